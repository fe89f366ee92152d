// SPDX-License-Identifier: GPL-2.0-only
#include "lookups.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <erxdp/session_table.h>

#include "dir24.h"
#include "lookup.h"
#include "lookup.skel.h"
#include "prefix_mask.h"
#include "seconds.h"

#define RUNS		 20000
#define SAMPLES_PER_TURN 10
#define FILL_AT_ONCE	 65536
#define TRIE_AT_ONCE	 8192

static const struct {
	const char *name;
	enum lookup what;
	enum kind kind;
} session_lookups[] =
	{
		{"loop", LOOKUP_NONE, KIND_DIRECT},
		{"session-inside", LOOKUP_INSIDE, KIND_STAGE},
		{"session-outside", LOOKUP_OUTSIDE, KIND_STAGE},
		{"bpf-hash", LOOKUP_HASH, KIND_STAGE},
},
  route_lookups[] = {
	  {"loop", LOOKUP_ADDRESS, KIND_DIRECT},
	  {"route", LOOKUP_ROUTE, KIND_STAGE},
	  {"bpf-trie", LOOKUP_TRIE, KIND_STAGE},
};

struct bench {
	struct lookup_bpf *bpf;
	struct request *request;
	struct dir24 table;
};

static void *map_memory(const struct bpf_map *map)
{
	size_t len = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return at == MAP_FAILED ? NULL : at;
}

static int run(const struct bench *b)
{
	char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame));

	return bpf_prog_test_run_opts(bpf_program__fd(b->bpf->progs.bench_lookup), &opts);
}

static int load(struct bench *b, uint32_t sessions)
{
	b->bpf = lookup_bpf__open();
	if (!b->bpf)
		return -1;
	bpf_map__set_max_entries(b->bpf->maps.sessions, session_records(sessions));
	bpf_map__set_max_entries(b->bpf->maps.session_pool, session_records(sessions));
	bpf_map__set_max_entries(b->bpf->maps.inside_index, session_buckets(sessions));
	bpf_map__set_max_entries(b->bpf->maps.outside_index, session_buckets(sessions));
	bpf_map__set_max_entries(b->bpf->maps.hash, sessions);
	if (lookup_bpf__load(b->bpf))
		return -1;
	b->request = map_memory(b->bpf->maps.requests);
	return b->request ? 0 : -1;
}

static int fill_sessions(struct bench *b, uint32_t n, uint32_t room)
{
	struct control *control = map_memory(b->bpf->maps.control);

	if (!control)
		return -1;
	control->max_sessions = room;
	control->session_records = session_records(room);
	control->session_buckets = session_buckets(room);
	control->session_seed = 0x9e3779b97f4a7c15;
	for (uint32_t first = 0; first < n; first += FILL_AT_ONCE) {
		uint32_t runs = n - first < FILL_AT_ONCE ? n - first : FILL_AT_ONCE;

		*b->request = (struct request){.what = LOOKUP_FILL, .first = first, .runs = runs};
		if (run(b) || b->request->found != runs)
			return -1;
	}
	return 0;
}

static struct dir24_route no_shorter(const void *owner, __be32 addr, unsigned int below)
{
	(void)owner;
	(void)addr;
	(void)below;
	return (struct dir24_route){};
}

/* Lengths as a full internet table has them, roughly: six of ten are /24. */
static unsigned int prefix_len(unsigned int random)
{
	static const unsigned char lens[20] = {24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
					       24, 24, 23, 23, 22, 22, 22, 21, 20, 16};

	return lens[random % 20];
}

static int trie_add(struct bench *b, struct prefix_key *key, __u32 n)
{
	static __u32 values[TRIE_AT_ONCE];

	for (__u32 i = 0; i < n; i++)
		values[i] = 1;
	return bpf_map_update_batch(bpf_map__fd(b->bpf->maps.trie), key, values, &n, NULL);
}

static int fill_routes(struct bench *b, uint32_t n)
{
	static struct prefix_key key[TRIE_AT_ONCE];
	void *lines = map_memory(b->bpf->maps.routes), *chunks;
	unsigned int seed = 1;
	int err;

	chunks = map_memory(b->bpf->maps.route_chunks);
	if (!lines || !chunks ||
	    dir24_init(&b->table, lines, chunks, ERXDP_MAX_ROUTE_CHUNKS, no_shorter, NULL))
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		struct prefix_key *k = &key[i % TRIE_AT_ONCE];
		uint32_t random = (uint32_t)rand_r(&seed) << 16 ^ rand_r(&seed);

		k->prefixlen = prefix_len(rand_r(&seed));
		k->addr = htonl(random) & prefix_mask(k->prefixlen);
		dir24_put(&b->table, k->addr,
			  (struct dir24_route){ROUTE_VALUE(ROUTE_NEXTHOP, 1), k->prefixlen}, 0);
		err = i % TRIE_AT_ONCE == TRIE_AT_ONCE - 1 || i == n - 1
			      ? trie_add(b, key, i % TRIE_AT_ONCE + 1)
			      : 0;
		if (err)
			return -1;
	}
	return 0;
}

/* One turn of one kind of lookup. Each session must be found. */
static int turn(struct bench *b, enum lookup what, uint32_t n, struct contender *contender)
{
	for (unsigned int i = 0; i < SAMPLES_PER_TURN; i++) {
		double began;

		*b->request = (struct request){
			.what = what, .n = n, .runs = RUNS, .random = random(), .first = -1};
		began = seconds();
		if (run(b) || (what < LOOKUP_ADDRESS && b->request->found != RUNS)) {
			fprintf(stderr, "bench: %s: %u of %u found\n", contender->name,
				b->request->found, RUNS);
			return -1;
		}
		samples_add(&contender->cost.turn, (seconds() - began) * 1e9 / RUNS);
	}
	contender_end_turn(contender);
	return 0;
}

static int fill(struct bench *b, const struct measurement *m)
{
	uint32_t room = m->flows / 9 * 10 + 16;
	int err = load(b, m->flows ? room : 1);

	if (!err)
		err = m->flows ? fill_sessions(b, m->flows, room) : fill_routes(b, m->routes);
	if (err)
		fprintf(stderr, "bench: the tables for lookups could not be filled\n");
	return err;
}

int lookups_measure(struct measurement *m)
{
	struct bench b = {};
	int err = fill(&b, m);

	m->n = m->flows ? sizeof(session_lookups) / sizeof(session_lookups[0])
			: sizeof(route_lookups) / sizeof(route_lookups[0]);
	m->contender = calloc(m->n, sizeof(*m->contender));
	if (!m->contender)
		err = -1;
	for (unsigned int i = 0; !err && i < m->rounds * m->n; i++) {
		unsigned int at = i % m->n;
		struct contender *c = &m->contender[at];

		snprintf(c->name, sizeof(c->name), "%s",
			 m->flows ? session_lookups[at].name : route_lookups[at].name);
		c->kind = m->flows ? session_lookups[at].kind : route_lookups[at].kind;
		err = turn(&b, m->flows ? session_lookups[at].what : route_lookups[at].what,
			   m->flows, c);
	}
	if (b.table.depth)
		dir24_free(&b.table);
	lookup_bpf__destroy(b.bpf);
	return err;
}
