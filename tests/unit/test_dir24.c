// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table answers as the longest of its prefixes does, whatever came, changed or went before, and
 * nobody who looks up meanwhile finds anything but the answer before or the one after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dir24.h"
#include "fib.h"
#include "prefix_mask.h"

#define MOST	96 /* prefixes at a time */
#define CHUNKS	64
#define FEW	4 /* three, since number 0 is not used */
#define ANSWERS 1000

struct prefix {
	uint32_t first; /* host order, as all addresses here */
	uint8_t len;
	uint16_t value; /* 0: not there */
};

/* A table with its memory, and the plain list of what is in it. */
struct world {
	struct dir24 t;
	struct route_line *line;
	struct route_chunk *chunk;
	uint32_t nchunks;
	struct prefix prefix[MOST];
	uint64_t now;
};

static uint32_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static uint32_t last_of(const struct prefix *p)
{
	return p->first | ~ntohl(prefix_mask(p->len));
}

/* The longest prefix that is shorter than `below` and not shorter than `from`. */
static struct dir24_route match(const struct prefix *prefix, uint32_t addr, unsigned int from,
				unsigned int below)
{
	struct dir24_route best = {0};

	for (unsigned int i = 0; i < MOST; i++) {
		const struct prefix *p = &prefix[i];

		if (p->value && p->len >= from && p->len < below && addr >= p->first &&
		    addr <= last_of(p) && (!best.value || p->len > best.len))
			best = (struct dir24_route){p->value, p->len};
	}
	return best;
}

static struct dir24_route find_shorter(const void *owner, __be32 addr, unsigned int below)
{
	return match(owner, ntohl(addr), 1, below);
}

static void world_make(struct world *w, uint32_t nchunks)
{
	memset(w, 0, sizeof(*w));
	w->nchunks = nchunks;
	w->line = calloc(ERXDP_ROUTE_LINES, sizeof(*w->line));
	w->chunk = calloc(nchunks, sizeof(*w->chunk));
	assert_true(w->line && w->chunk);
	assert_int_equal(dir24_init(&w->t, w->line, w->chunk, nchunks, find_shorter, w->prefix), 0);
}

static void world_free(struct world *w)
{
	dir24_free(&w->t);
	free(w->line);
	free(w->chunk);
}

static uint16_t answer(const struct world *w, uint32_t addr)
{
	return dir24_lookup(w->line, w->chunk, htonl(addr));
}

static uint16_t expected(const struct world *w, uint32_t addr)
{
	return match(w->prefix, addr, 0, 33).value;
}

/* Crowded together, so that they lie in each other; the lengths that cost millions of stores are
 * drawn seldom. */
static struct prefix draw_prefix(void)
{
	static const uint32_t base[] = {0x0a000000, 0x0a000100, 0x0a000200, 0x0a010000,
					0x0affff00, 0x00000000, 0xffffff00, 0x7fffff00};
	struct prefix p = {.len = 12 + draw(21)};

	if (!draw(8))
		p.len = 9 + draw(3);
	if (!draw(400))
		p.len = 1 + draw(8);
	if (!draw(20))
		p.len = 0;
	p.first = (base[draw(8)] | draw(256)) & ntohl(prefix_mask(p.len));
	p.value = ROUTE_NEXTHOPS + 1 + draw(ANSWERS);
	return p;
}

static struct prefix *slot_for(struct world *w, struct prefix p)
{
	struct prefix *free = NULL;

	for (unsigned int i = 0; i < MOST; i++) {
		struct prefix *at = &w->prefix[i];

		if (at->value && at->first == p.first && at->len == p.len)
			return at;
		if (!at->value)
			free = at;
	}
	return free;
}

static void put(struct world *w, struct prefix p)
{
	struct prefix *at = slot_for(w, p);

	if (!at)
		return;
	*at = p;
	dir24_put(&w->t, htonl(p.first), (struct dir24_route){p.value, p.len}, w->now);
}

static void take(struct world *w, struct prefix *p)
{
	p->value = 0;
	dir24_remove(&w->t, htonl(p->first), p->len, w->now);
}

/* One that is there goes, or one comes or changes. */
static void change(struct world *w)
{
	struct prefix *p = &w->prefix[draw(MOST)];

	w->now += 100;
	if (p->value && draw(3))
		take(w, p);
	else
		put(w, draw_prefix());
}

/* At both ends of all prefixes, there or gone, and beyond them. */
static void judge(const struct world *w, bool (*right)(const struct world *w, uint32_t addr))
{
	for (unsigned int i = 0; i < MOST; i++) {
		const struct prefix *p = &w->prefix[i];
		const uint32_t at[] = {p->first - 1, p->first, last_of(p), last_of(p) + 1};

		for (unsigned int j = 0; j < sizeof(at) / sizeof(at[0]); j++)
			if (!right(w, at[j]))
				fail_msg("%08x: %u instead of %u", at[j], answer(w, at[j]),
					 expected(w, at[j]));
	}
}

static bool is_exact(const struct world *w, uint32_t addr)
{
	return answer(w, addr) == expected(w, addr);
}

static bool is_exact_or_left(const struct world *w, uint32_t addr)
{
	return is_exact(w, addr) || answer(w, addr) == ROUTE_KERNEL;
}

static unsigned int chunks_in_use(const struct world *w)
{
	unsigned int n = 0;

	for (uint32_t entry = 0; entry < ROUTE_ENTRIES; entry++)
		n += w->line[entry / ROUTE_LINE].at[entry % ROUTE_LINE] >= ROUTE_CHUNKS;
	return n;
}

static void take_all(struct world *w)
{
	for (unsigned int i = 0; i < MOST; i++)
		if (w->prefix[i].value)
			take(w, &w->prefix[i]);
}

static void assert_empty(const struct world *w)
{
	for (uint32_t entry = 0; entry < ROUTE_ENTRIES; entry++)
		assert_int_equal(w->line[entry / ROUTE_LINE].at[entry % ROUTE_LINE], ROUTE_NONE);
	assert_int_equal(w->line[ROUTE_DEFAULT_LINE].at[0], ROUTE_NONE);
}

static void test_random(void **state)
{
	struct world w;

	(void)state;
	world_make(&w, CHUNKS);
	seed = 1;
	for (unsigned int i = 0; i < 8000; i++) {
		change(&w);
		judge(&w, is_exact);
	}
	assert_int_equal(w.t.nleft, 0);
	take_all(&w);
	assert_empty(&w);
	world_free(&w);
}

/* Each length alone, at its ends and beyond them; and gone again. */
static void test_lengths(void **state)
{
	struct world w;

	(void)state;
	world_make(&w, CHUNKS);
	for (unsigned int len = 0; len <= 32; len++) {
		struct prefix p = {.len = len, .value = ROUTE_GROUPS + 1 + len};

		p.first = 0xa5a5a5a5 & ntohl(prefix_mask(len));
		put(&w, p);
		judge(&w, is_exact);
	}
	for (unsigned int i = 0; i < MOST; i++) {
		if (w.prefix[i].value)
			take(&w, &w.prefix[i]);
		judge(&w, is_exact);
	}
	assert_empty(&w);
	world_free(&w);
}

/* One write, whatever is in the table. */
static void test_default(void **state)
{
	const size_t lines = ROUTE_DEFAULT_LINE * sizeof(struct route_line);
	struct route_line *before = malloc(lines);
	struct world w;

	(void)state;
	world_make(&w, CHUNKS);
	put(&w, (struct prefix){0x0a000000, 8, 0x2001});
	put(&w, (struct prefix){0xc0000201, 32, 0x2002});
	memcpy(before, w.line, lines);
	put(&w, (struct prefix){0, 0, 0x2003});
	assert_int_equal(answer(&w, 0xc0000202), 0x2003);
	put(&w, (struct prefix){0, 0, 0x2004});
	assert_int_equal(answer(&w, 0xc0000202), 0x2004);
	assert_int_equal(answer(&w, 0xc0000201), 0x2002);
	assert_int_equal(answer(&w, 0x01020304), 0x2004);
	assert_true(!memcmp(before, w.line, lines));
	free(before);
	world_free(&w);
}

/* Too many /24s with longer prefixes: the kernel decides about those, and about no others. */
static void test_chunks_run_out(void **state)
{
	struct world w;

	(void)state;
	world_make(&w, FEW);
	seed = 2;
	for (unsigned int i = 0; i < 5000; i++) {
		change(&w);
		if (!draw(10))
			dir24_retry(&w.t, w.now);
		judge(&w, is_exact_or_left);
	}
	take_all(&w);
	w.now += FIB_SLOT_REST;
	dir24_retry(&w.t, w.now);
	assert_int_equal(w.t.nleft, 0);
	assert_empty(&w);
	world_free(&w);
}

/* What was left to the kernel is done when there is room. */
static void test_chunks_come_back(void **state)
{
	struct world w;

	(void)state;
	world_make(&w, FEW);
	put(&w, (struct prefix){0x0a000000, 8, 0x2001});
	for (uint32_t i = 0; i < 5; i++) {
		put(&w, (struct prefix){0x0a000000 + i * 256, 25, 0x2010 + i});
		put(&w, (struct prefix){0x0a000000 + i * 256, 32, 0x2020 + i});
	}
	assert_int_equal(w.t.nleft, 2);
	assert_int_equal(chunks_in_use(&w), 3);
	assert_int_equal(answer(&w, 0x0a0003ff), ROUTE_KERNEL);
	assert_int_equal(answer(&w, 0x0a0002ff), 0x2001);
	/* Covered anew meanwhile, and shortened. */
	put(&w, (struct prefix){0x0a000000, 16, 0x2002});
	take(&w, slot_for(&w, (struct prefix){0x0a000400, 25, 0}));
	take(&w, slot_for(&w, (struct prefix){0x0a000400, 32, 0}));
	take(&w, slot_for(&w, (struct prefix){0x0a000000, 25, 0}));
	take(&w, slot_for(&w, (struct prefix){0x0a000000, 32, 0}));
	/* The chunk rests: a reader may have its number. */
	w.now += FIB_SLOT_REST - 1;
	dir24_retry(&w.t, w.now);
	assert_int_equal(w.t.nleft, 1);
	assert_int_equal(answer(&w, 0x0a000401), 0x2002);
	assert_int_equal(answer(&w, 0x0a000301), ROUTE_KERNEL);
	w.now++;
	dir24_retry(&w.t, w.now);
	assert_int_equal(w.t.nleft, 0);
	judge(&w, is_exact);
	world_free(&w);
}

/* Words of `to`'s table are overwritten by another's: a writer that was killed between stores. */
static void mix(struct world *to, const struct world *from)
{
	for (uint32_t entry = 0; entry < ROUTE_ENTRIES; entry++) {
		uint16_t is = from->line[entry / ROUTE_LINE].at[entry % ROUTE_LINE];
		uint16_t *at = &to->line[entry / ROUTE_LINE].at[entry % ROUTE_LINE];

		if (is != *at && draw(2))
			*at = is;
	}
	for (unsigned int i = 0; i < CHUNKS * ROUTE_CHUNK; i++)
		if (draw(2))
			to->chunk[i / ROUTE_CHUNK].at[i % ROUTE_CHUNK] =
				from->chunk[i / ROUTE_CHUNK].at[i % ROUTE_CHUNK];
}

static bool stale[0x10000];

static void note_stale(void *arg, uint16_t value)
{
	(void)arg;
	stale[value] = true;
}

/* What addresses of interest lead to. */
static void list_answers(const struct world *w, const struct prefix *prefix, bool *found)
{
	memset(found, 0, sizeof(stale));
	for (unsigned int i = 0; i < MOST; i++) {
		found[answer(w, prefix[i].first)] = true;
		found[answer(w, last_of(&prefix[i]))] = true;
	}
}

/*
 * A new owner: the table's words are those of two states mixed, the wanted prefixes those of a
 * third. Afterwards all is right, and goes on being right; of what is found no longer it was told.
 */
static void adopt_once(void)
{
	static struct world live, other, wanted;
	static bool before[0x10000], after[0x10000];
	struct world *all[] = {&live, &other, &wanted};

	for (unsigned int i = 0; i < 3; i++) {
		world_make(all[i], CHUNKS);
		for (unsigned int n = 0; n < 150; n++)
			change(all[i]);
	}
	mix(&live, &other);
	dir24_free(&live.t);
	assert_int_equal(
		dir24_init(&live.t, live.line, live.chunk, CHUNKS, find_shorter, live.prefix), 0);
	list_answers(&live, other.prefix, before);
	memcpy(live.prefix, wanted.prefix, sizeof(live.prefix));
	memset(stale, 0, sizeof(stale));
	dir24_adopt(&live.t, &wanted.t, live.now, note_stale, NULL);
	judge(&live, is_exact);
	list_answers(&live, other.prefix, after);
	for (unsigned int i = 1; i < 0x10000; i++)
		assert_true(!before[i] || after[i] || stale[i]);
	for (unsigned int n = 0; n < 100; n++) {
		change(&live);
		judge(&live, is_exact);
	}
	take_all(&live);
	assert_empty(&live);
	for (unsigned int i = 0; i < 3; i++)
		world_free(all[i]);
}

static void test_adopt(void **state)
{
	(void)state;
	for (seed = 3; seed < 9; seed++) {
		uint32_t next = seed;

		adopt_once();
		seed = next;
	}
}

/* The same prefixes again: not one word is written, and chunks keep their numbers. */
static void test_adopt_unchanged(void **state)
{
	static struct world live, wanted;
	const size_t lines = ERXDP_ROUTE_LINES * sizeof(struct route_line);
	struct route_line *before = malloc(lines);

	(void)state;
	world_make(&live, CHUNKS);
	world_make(&wanted, CHUNKS);
	seed = 4;
	for (unsigned int n = 0; n < 500; n++)
		change(&live);
	for (unsigned int i = MOST; i--;)
		if (live.prefix[i].value)
			put(&wanted, live.prefix[i]);
	memcpy(before, live.line, lines);
	dir24_free(&live.t);
	assert_int_equal(
		dir24_init(&live.t, live.line, live.chunk, CHUNKS, find_shorter, live.prefix), 0);
	memset(stale, 0, sizeof(stale));
	dir24_adopt(&live.t, &wanted.t, 0, note_stale, NULL);
	assert_true(chunks_in_use(&live) > 3);
	assert_true(!memcmp(before, live.line, lines));
	for (unsigned int i = 0; i < 0x10000; i++)
		assert_false(stale[i]);
	judge(&live, is_exact);
	free(before);
	world_free(&live);
	world_free(&wanted);
}

/* What readers may find at each watched address while one change is made; `turn` is odd while that
 * is being written down. */
#define WATCHED 32
static struct {
	uint32_t addr[WATCHED];
	uint16_t old[WATCHED], new[WATCHED];
	uint32_t turn;
	bool stop;
	unsigned long judged, wrong;
} watch;

static void *read_on(void *arg)
{
	const struct world *w = arg;

	for (unsigned int i = 0; !__atomic_load_n(&watch.stop, __ATOMIC_RELAXED); i++) {
		unsigned int at = i % WATCHED;
		uint32_t turn = __atomic_load_n(&watch.turn, __ATOMIC_ACQUIRE);
		uint16_t old = watch.old[at], new = watch.new[at];
		uint16_t found = answer(w, watch.addr[at]);

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (turn & 1 || __atomic_load_n(&watch.turn, __ATOMIC_RELAXED) != turn)
			continue;
		watch.judged++;
		watch.wrong += found != old && found != new;
	}
	return NULL;
}

static void watch_change(struct world *w, struct prefix p, bool goes)
{
	struct prefix *at = slot_for(w, p), was = *at;

	__atomic_fetch_add(&watch.turn, 1, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < WATCHED; i++)
		watch.old[i] = expected(w, watch.addr[i]);
	*at = p;
	at->value = goes ? 0 : p.value;
	for (unsigned int i = 0; i < WATCHED; i++)
		watch.new[i] = expected(w, watch.addr[i]);
	*at = was;
	__atomic_fetch_add(&watch.turn, 1, __ATOMIC_SEQ_CST);
	w->now += 10;
	if (goes)
		take(w, at);
	else
		put(w, p);
}

/* Prefixes of every kind within and around one /24, and the default route; so few that its chunk
 * comes and goes. */
static struct prefix draw_watched(void)
{
	static const uint8_t lens[] = {0, 8, 16, 24, 25, 32};
	struct prefix p = {.len = lens[draw(sizeof(lens))]};

	p.first = (0x0a000000 | draw(2) << 5) & ntohl(prefix_mask(p.len));
	p.value = ROUTE_NEXTHOPS + 1 + draw(ANSWERS);
	return p;
}

static void test_readers(void **state)
{
	static struct world w;
	pthread_t reader;

	(void)state;
	world_make(&w, CHUNKS);
	for (unsigned int i = 0; i < WATCHED; i++)
		watch.addr[i] = 0x0a000000 + i * 8 + (i & 1);
	assert_int_equal(pthread_create(&reader, NULL, read_on, &w), 0);
	seed = 5;
	for (unsigned int i = 0; i < 200000; i++) {
		struct prefix p = draw_watched();
		struct prefix *at = slot_for(&w, p);

		/* The longer ones seldom stay, so that the first of them is made often. */
		if (at->value || p.len <= 24 || !draw(3))
			watch_change(&w, p, at->value && draw(4));
	}
	__atomic_store_n(&watch.stop, true, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);
	judge(&w, is_exact);
	assert_true(watch.judged > 1000);
	assert_int_equal(watch.wrong, 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),		 cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_default),		 cmocka_unit_test(test_chunks_run_out),
		cmocka_unit_test(test_chunks_come_back), cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_adopt_unchanged),	 cmocka_unit_test(test_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
