/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps in plain memory, for the fib: each "descriptor" is an index, and every write is counted. */
#ifndef ERXDP_TESTS_FAKE_MAPS_H
#define ERXDP_TESTS_FAKE_MAPS_H

#include <errno.h>
#include <sys/mman.h>

#include "fib.h"
#include "mapset.h"

#define FAKE_MAPS    8
#define FAKE_ENTRIES 256

enum {
	FAKE_IFACES,
	FAKE_DST,
	FAKE_SRC,
	FAKE_NEIGHBOURS,
	FAKE_PORTS,
	FAKE_INSIDE,
	FAKE_ENDPOINTS,
	FAKE_INSIDE_ENDPOINTS
};

struct fake_map {
	size_t key_size, value_size;
	unsigned int n, updates, removals;
	int refuse; /* errno for every update, 0: none */
	uint8_t key[FAKE_ENTRIES][16], value[FAKE_ENTRIES][32];
};

static struct fake_map fake[FAKE_MAPS];
static uint64_t fake_time;

static inline int fake_find(const struct fake_map *map, const void *key)
{
	for (unsigned int i = 0; i < map->n; i++)
		if (!memcmp(map->key[i], key, map->key_size))
			return i;
	return -1;
}

static inline int fake_update(int fd, const void *key, const void *value)
{
	struct fake_map *map = &fake[fd];
	int at = fake_find(map, key);

	map->updates++;
	if (map->refuse)
		return -map->refuse;
	if (at < 0) {
		assert_true(map->n < FAKE_ENTRIES);
		at = map->n++;
	}
	memcpy(map->key[at], key, map->key_size);
	memcpy(map->value[at], value, map->value_size);
	return 0;
}

static inline int fake_lookup(int fd, const void *key, void *value)
{
	int at = fake_find(&fake[fd], key);

	if (at < 0)
		return -ENOENT;
	memcpy(value, fake[fd].value[at], fake[fd].value_size);
	return 0;
}

static inline int fake_remove(int fd, const void *key)
{
	struct fake_map *map = &fake[fd];
	int at = fake_find(map, key);

	map->removals++;
	if (at < 0)
		return -ENOENT;
	map->n--;
	memmove(map->key[at], map->key[map->n], sizeof(map->key[0]));
	memmove(map->value[at], map->value[map->n], sizeof(map->value[0]));
	return 0;
}

static inline int fake_next(int fd, const void *key, void *next)
{
	int at = key ? fake_find(&fake[fd], key) + 1 : 0;

	if (at >= (int)fake[fd].n)
		return -ENOENT;
	memcpy(next, fake[fd].key[at], fake[fd].key_size);
	return 0;
}

static inline uint64_t fake_now(void)
{
	return fake_time;
}

static const struct fib_io fake_io = {fake_update, fake_lookup, fake_remove, fake_next, fake_now};

static inline void fake_map_init(int fd, size_t key_size, size_t value_size)
{
	memset(&fake[fd], 0, sizeof(fake[fd]));
	fake[fd].key_size = key_size;
	fake[fd].value_size = value_size;
}

/* Memory-mapped arrays, which outlive whoever writes them. */
static inline void *fake_array(size_t n, size_t size)
{
	void *at = mmap(NULL, n * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

static inline void fake_maps_make(struct mapset *maps)
{
	fake_map_init(FAKE_IFACES, sizeof(struct iface_key), sizeof(struct iface));
	fake_map_init(FAKE_DST, sizeof(struct exempt_key), sizeof(__u32));
	fake_map_init(FAKE_SRC, sizeof(struct exempt_key), sizeof(__u32));
	fake_map_init(FAKE_INSIDE, sizeof(struct prefix_key), sizeof(__u32));
	fake_map_init(FAKE_ENDPOINTS, sizeof(struct endpoint), sizeof(struct endpoint_owner));
	fake_map_init(FAKE_INSIDE_ENDPOINTS, sizeof(struct inside_endpoint),
		      sizeof(struct endpoint));
	fake_map_init(FAKE_NEIGHBOURS, sizeof(struct neighbour_key), sizeof(struct neighbour));
	fake_map_init(FAKE_PORTS, sizeof(__u32), sizeof(__u32));
	*maps = (struct mapset){.ifaces = FAKE_IFACES,
				.exempt_dst = FAKE_DST,
				.exempt_src = FAKE_SRC,
				.neighbours = FAKE_NEIGHBOURS,
				.tx_ports = FAKE_PORTS,
				.inside_policies = FAKE_INSIDE,
				.endpoints = FAKE_ENDPOINTS,
				.inside_endpoints = FAKE_INSIDE_ENDPOINTS,
				.policy = calloc(ERXDP_MAX_POLICIES, sizeof(struct policy)),
				.route = fake_array(ERXDP_ROUTE_LINES, sizeof(struct route_line)),
				.route_chunk =
					calloc(ERXDP_MAX_ROUTE_CHUNKS, sizeof(struct route_chunk)),
				.prefix = fake_array(ERXDP_MAX_ROUTES, sizeof(struct route_record)),
				.nexthop = fake_array(ERXDP_MAX_NEXTHOPS, sizeof(struct nexthop)),
				.group = fake_array(ERXDP_MAX_GROUPS, sizeof(struct nexthop_group)),
				.uplink = calloc(ERXDP_MAX_IFACES, sizeof(struct uplink)),
				.bond = calloc(ERXDP_MAX_IFACES, sizeof(struct bond)),
				.ctl = calloc(1, sizeof(struct control))};
	fake_time = 1000000;
}

static inline void fake_maps_free(struct mapset *maps)
{
	munmap(maps->route, ERXDP_ROUTE_LINES * sizeof(*maps->route));
	munmap(maps->route_chunk, ERXDP_MAX_ROUTE_CHUNKS * sizeof(*maps->route_chunk));
	munmap(maps->prefix, ERXDP_MAX_ROUTES * sizeof(*maps->prefix));
	munmap(maps->nexthop, ERXDP_MAX_NEXTHOPS * sizeof(*maps->nexthop));
	munmap(maps->group, ERXDP_MAX_GROUPS * sizeof(*maps->group));
	free(maps->uplink);
	free(maps->bond);
	free(maps->policy);
	free(maps->ctl);
}

static inline void fake_forget_writes(void)
{
	for (unsigned int i = 0; i < FAKE_MAPS; i++)
		fake[i].updates = fake[i].removals = 0;
}

#endif
