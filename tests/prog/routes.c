// SPDX-License-Identifier: GPL-2.0-only
#include "routes.h"

#include "dir24.h"
#include "prefix_mask.h"
#include "scenario.h"

#define MOST 64

static struct {
	struct dir24 table;
	struct prefix_key key[MOST];
	uint16_t value[MOST];
	unsigned int n;
} routes;

static struct dir24_route find_shorter(const void *owner, __be32 addr, unsigned int below)
{
	struct dir24_route found = {0};

	(void)owner;
	for (unsigned int i = 0; i < routes.n; i++) {
		const struct prefix_key *key = &routes.key[i];

		if (key->prefixlen > found.len && key->prefixlen < below &&
		    (addr & prefix_mask(key->prefixlen)) == key->addr)
			found = (struct dir24_route){routes.value[i], key->prefixlen};
	}
	return found;
}

void routes_open(void)
{
	assert_int_equal(dir24_init(&routes.table, bench.route, bench.route_chunk,
				    ERXDP_MAX_ROUTE_CHUNKS, find_shorter, NULL),
			 0);
	routes.n = 0;
}

void routes_close(void)
{
	dir24_free(&routes.table);
}

static unsigned int find(struct prefix_key key)
{
	unsigned int i = 0;

	while (i < routes.n &&
	       (routes.key[i].addr != key.addr || routes.key[i].prefixlen != key.prefixlen))
		i++;
	return i;
}

/* So that a chunk is free again at once. */
static uint64_t now(void)
{
	static uint64_t time;

	return time += 1000;
}

void route_set(const char *prefix, uint16_t value)
{
	struct prefix_key key = prefix_of(prefix);
	unsigned int i = find(key);

	assert_true(i < MOST);
	routes.key[i] = key;
	routes.value[i] = value;
	routes.n += i == routes.n;
	dir24_put(&routes.table, key.addr, (struct dir24_route){value, key.prefixlen}, now());
	generation_raise();
}

static void remove_at(unsigned int i)
{
	struct prefix_key key = routes.key[i];

	routes.n--;
	routes.key[i] = routes.key[routes.n];
	routes.value[i] = routes.value[routes.n];
	dir24_remove(&routes.table, key.addr, key.prefixlen, now());
}

void route_remove(const char *prefix)
{
	unsigned int i = find(prefix_of(prefix));

	assert_true(i < routes.n);
	remove_at(i);
	generation_raise();
}

void routes_clear(void)
{
	while (routes.n)
		remove_at(routes.n - 1);
}
