// SPDX-License-Identifier: GPL-2.0-only
#include "dir24.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Depths that no prefix has: they keep prefixes of up to 24 bits from a word that is not theirs. */
#define DEPTH_CHUNK 25 /* the word names a chunk */
#define DEPTH_LEFT  26 /* to the kernel, for want of a chunk */

#define RETRY_MOST 64 /* each asks for up to 256 addresses */

/* Chunks for the host's own addresses, or of a small table a part of them. */
#define RESERVE	     512
#define RESERVE_PART 16

/* Words beside each other, with their depths. */
struct words {
	uint16_t *at;
	uint8_t *depth;
};

static uint16_t *word_at(const struct dir24 *t, uint32_t entry)
{
	return &t->line[entry / ROUTE_LINE].at[entry % ROUTE_LINE];
}

static uint16_t *default_word(const struct dir24 *t)
{
	return t->line[ROUTE_DEFAULT_LINE].at;
}

static uint16_t load(const uint16_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void store(uint16_t *word, uint16_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static struct words words_of(const struct dir24 *t, uint32_t chunk)
{
	return (struct words){t->chunk[chunk].at, t->chunk_depth + (size_t)chunk * ROUTE_CHUNK};
}

static uint32_t chunk_of(const struct dir24 *t, uint32_t entry)
{
	return load(word_at(t, entry)) - ROUTE_CHUNKS;
}

int dir24_init(struct dir24 *t, struct route_line *line, struct route_chunk *chunk,
	       uint32_t nchunks, dir24_find_fn find, const void *owner)
{
	*t = (struct dir24){.line = line, .chunk = chunk, .find = find, .owner = owner};
	/* Memory that is not written to is not taken. */
	t->reserve = nchunks / RESERVE_PART < RESERVE ? nchunks / RESERVE_PART : RESERVE;
	t->depth = calloc(ROUTE_ENTRIES, 1);
	t->chunk_depth = calloc(nchunks, ROUTE_CHUNK);
	if (fib_slots_init(&t->chunks, nchunks) < 0 || !t->depth || !t->chunk_depth)
		return -ENOMEM; /* dir24_free() undoes the others */
	return 0;
}

void dir24_free(struct dir24 *t)
{
	free(t->depth);
	free(t->chunk_depth);
	fib_slots_free(&t->chunks);
}

static void set_entry(struct dir24 *t, uint32_t entry, uint16_t value, uint8_t depth)
{
	t->depth[entry] = depth;
	store(word_at(t, entry), value);
}

static void leave_entry(struct dir24 *t, uint32_t entry)
{
	set_entry(t, entry, ROUTE_KERNEL, DEPTH_LEFT);
	t->nleft++;
}

/* The words of a prefix of length `len` in a chunk that no longer one has. */
static void spread_in_chunk(struct words words, uint32_t first, uint32_t n, unsigned int len,
			    struct dir24_route route)
{
	for (uint32_t i = first; i < first + n; i++) {
		if (words.depth[i] > len)
			continue;
		words.depth[i] = route.len;
		store(&words.at[i], route.value);
	}
}

/* The same of one of up to 24 bits. */
static void spread(struct dir24 *t, uint32_t host, unsigned int len, struct dir24_route route)
{
	uint32_t entry = host / ROUTE_CHUNK, end = entry + (1U << (24 - len));

	for (; entry < end; entry++) {
		if (t->depth[entry] <= len)
			set_entry(t, entry, route.value, route.len);
		else if (t->depth[entry] == DEPTH_CHUNK)
			spread_in_chunk(words_of(t, chunk_of(t, entry)), 0, ROUTE_CHUNK, len,
					route);
	}
}

static bool is_own(uint16_t value)
{
	return value == ROUTE_VALUE(ROUTE_LOCAL, 0) || value == ROUTE_VALUE(ROUTE_BROADCAST, 0);
}

/* A chunk for an entry, with what its word says of all of its addresses; 0: none is free, or only
 * such as are not for everybody. Nobody sees it before its number is stored. */
static uint32_t make_chunk(struct dir24 *t, uint32_t entry, bool own, uint64_t now)
{
	struct dir24_route route = {load(word_at(t, entry)), t->depth[entry]};
	bool may = own || fib_slots_left(&t->chunks) > t->reserve;
	uint32_t chunk = may ? fib_slots_get(&t->chunks, now) : 0;

	if (chunk) {
		memset(words_of(t, chunk).depth, 0, ROUTE_CHUNK);
		spread_in_chunk(words_of(t, chunk), 0, ROUTE_CHUNK, 0, route);
	}
	return chunk;
}

static void publish_chunk(struct dir24 *t, uint32_t entry, uint32_t chunk)
{
	set_entry(t, entry, ROUTE_CHUNKS + chunk, DEPTH_CHUNK);
}

/* An entry that was left to the kernel, from what the owner has by now. */
static void rebuild(struct dir24 *t, uint32_t entry, uint64_t now)
{
	struct dir24_route route[ROUTE_CHUNK];
	bool longer = false, own = false;
	uint32_t chunk;

	for (uint32_t i = 0; i < ROUTE_CHUNK; i++) {
		route[i] = t->find(t->owner, htonl(entry * ROUTE_CHUNK + i), 33);
		longer |= route[i].len > 24;
		own |= is_own(route[i].value);
	}
	chunk = longer ? make_chunk(t, entry, own, now) : 0;
	if (longer && !chunk)
		return;
	for (uint32_t i = 0; longer && i < ROUTE_CHUNK; i++)
		spread_in_chunk(words_of(t, chunk), i, 1, 32, route[i]);
	t->nleft--;
	if (longer)
		publish_chunk(t, entry, chunk);
	else
		set_entry(t, entry, route[0].value, route[0].len);
}

static void put_long(struct dir24 *t, uint32_t host, struct dir24_route route, uint64_t now)
{
	uint32_t entry = host / ROUTE_CHUNK, chunk;
	bool made = t->depth[entry] != DEPTH_CHUNK;

	if (t->depth[entry] == DEPTH_LEFT) {
		if (is_own(route.value))
			rebuild(t, entry, now);
		return;
	}
	chunk = made ? make_chunk(t, entry, is_own(route.value), now) : chunk_of(t, entry);
	if (!chunk) {
		leave_entry(t, entry);
		return;
	}
	spread_in_chunk(words_of(t, chunk), host % ROUTE_CHUNK, 1U << (32 - route.len), route.len,
			route);
	if (made)
		publish_chunk(t, entry, chunk);
}

void dir24_put(struct dir24 *t, __be32 addr, struct dir24_route route, uint64_t now)
{
	uint32_t host = ntohl(addr);

	if (!route.len)
		store(default_word(t), route.value);
	else if (route.len <= 24)
		spread(t, host, route.len, route);
	else
		put_long(t, host, route, now);
}

/* No depth above 24 is left where no longer prefix is: each has its words, or longer ones have. */
static bool has_longer(struct words words)
{
	for (uint32_t i = 0; i < ROUTE_CHUNK; i++)
		if (words.depth[i] > 24)
			return true;
	return false;
}

static void remove_long(struct dir24 *t, uint32_t host, unsigned int len, uint64_t now)
{
	uint32_t entry = host / ROUTE_CHUNK, chunk;
	struct words words;

	if (t->depth[entry] != DEPTH_CHUNK)
		return;
	chunk = chunk_of(t, entry);
	words = words_of(t, chunk);
	spread_in_chunk(words, host % ROUTE_CHUNK, 1U << (32 - len), len,
			t->find(t->owner, htonl(host), len));
	if (has_longer(words))
		return;
	set_entry(t, entry, words.at[0], words.depth[0]);
	fib_slots_put(&t->chunks, chunk, now);
}

void dir24_remove(struct dir24 *t, __be32 addr, unsigned int len, uint64_t now)
{
	uint32_t host = ntohl(addr);

	if (!len)
		store(default_word(t), ROUTE_NONE);
	else if (len <= 24)
		spread(t, host, len, t->find(t->owner, addr, len));
	else
		remove_long(t, host, len, now);
}

static uint32_t next_left(struct dir24 *t)
{
	const uint8_t *at = memchr(t->depth + t->cursor, DEPTH_LEFT, ROUTE_ENTRIES - t->cursor);

	if (!at)
		at = memchr(t->depth, DEPTH_LEFT, ROUTE_ENTRIES);
	t->cursor = at - t->depth;
	return t->cursor;
}

void dir24_retry(struct dir24 *t, uint64_t now)
{
	for (unsigned int i = 0; i < RETRY_MOST && t->nleft; i++) {
		rebuild(t, next_left(t), now);
		t->cursor = (t->cursor + 1) % ROUTE_ENTRIES;
	}
}

uint16_t dir24_lookup(const struct route_line *line, const struct route_chunk *chunk, __be32 addr)
{
	uint32_t host = ntohl(addr), entry = host / ROUTE_CHUNK;
	uint16_t value = load(&line[entry / ROUTE_LINE].at[entry % ROUTE_LINE]);

	if (value >= ROUTE_CHUNKS)
		value = load(&chunk[value - ROUTE_CHUNKS].at[host % ROUTE_CHUNK]);
	return value ? value : load(line[ROUTE_DEFAULT_LINE].at);
}

/* What is being made equal to what. */
struct adoption {
	struct dir24 *t;
	struct dir24 *wanted;
	uint64_t now;
	dir24_stale_fn stale;
	void *arg;
};

static void change_word(const struct adoption *a, uint16_t *word, uint16_t value)
{
	uint16_t old = load(word);

	if (old == value)
		return;
	store(word, value);
	a->stale(a->arg, old);
}

/* The numbers that the table names are not to be given out. One that two entries name (nobody
 * writes such a table) is the first one's; the kernel decides until the second has its own. */
static void claim_chunks(const struct adoption *a)
{
	for (uint32_t entry = 0; entry < ROUTE_ENTRIES; entry++) {
		uint16_t *word = word_at(a->t, entry), value = load(word);

		if (value >= ROUTE_CHUNKS && !fib_slots_take(&a->t->chunks, value - ROUTE_CHUNKS))
			store(word, ROUTE_KERNEL);
	}
}

static void drop_chunk(const struct adoption *a, uint32_t chunk)
{
	for (uint32_t i = 0; i < ROUTE_CHUNK; i++)
		a->stale(a->arg, load(&a->t->chunk[chunk].at[i]));
	fib_slots_put(&a->t->chunks, chunk, a->now);
}

static void adopt_word(const struct adoption *a, uint32_t entry, uint16_t value)
{
	uint16_t *word = word_at(a->t, entry), old = load(word);

	if (old < ROUTE_CHUNKS) {
		change_word(a, word, value);
		return;
	}
	store(word, value);
	drop_chunk(a, old - ROUTE_CHUNKS);
}

static void adopt_chunk(const struct adoption *a, uint32_t entry)
{
	struct words from = words_of(a->wanted, chunk_of(a->wanted, entry)), to;
	uint16_t *word = word_at(a->t, entry), old = load(word);
	bool known = old >= ROUTE_CHUNKS;
	uint32_t chunk = known ? chunk_of(a->t, entry) : fib_slots_get(&a->t->chunks, a->now);

	if (!chunk) {
		leave_entry(a->t, entry);
		a->stale(a->arg, old);
		return;
	}
	to = words_of(a->t, chunk);
	memcpy(to.depth, from.depth, ROUTE_CHUNK);
	for (uint32_t i = 0; i < ROUTE_CHUNK; i++) {
		if (known)
			change_word(a, &to.at[i], from.at[i]);
		else
			store(&to.at[i], from.at[i]);
	}
	if (known)
		return;
	publish_chunk(a->t, entry, chunk);
	a->stale(a->arg, old);
}

static void swap_depths(struct dir24 *t, struct dir24 *wanted)
{
	uint8_t *depth = t->depth;

	t->depth = wanted->depth;
	wanted->depth = depth;
	t->nleft = wanted->nleft;
}

void dir24_adopt(struct dir24 *t, struct dir24 *wanted, uint64_t now, dir24_stale_fn stale,
		 void *arg)
{
	const struct adoption a = {t, wanted, now, stale, arg};

	swap_depths(t, wanted);
	claim_chunks(&a);
	for (uint32_t entry = 0; entry < ROUTE_ENTRIES; entry++) {
		uint16_t value = load(word_at(wanted, entry));

		if (value >= ROUTE_CHUNKS)
			adopt_chunk(&a, entry);
		else if (value != load(word_at(t, entry)))
			adopt_word(&a, entry, value);
	}
	change_word(&a, default_word(t), *default_word(wanted));
}
