/* SPDX-License-Identifier: GPL-2.0-only */
/* Walking a BPF map in batches, with a cursor that can be kept between two calls. */
#ifndef ERXDP_MAP_WALK_H
#define ERXDP_MAP_WALK_H

#include <stdbool.h>
#include <stddef.h>

#define MAP_WALK_TOKEN 32 /* the largest key that can be walked */

struct map_cursor {
	int fd;
	size_t key_size, value_size;
	bool begun;	 /* token is valid */
	bool ended;	 /* the next call reports the end */
	bool one_by_one; /* the map type knows no batches */
	unsigned char token[MAP_WALK_TOKEN];
};

void map_cursor_init(struct map_cursor *c, int fd, size_t key_size, size_t value_size);

/*
 * Fetches the next elements, at most `room` of them. Their number; 0 at the end, after which the
 * cursor stands at the beginning again; or a negative errno. Elements fetched may be deleted
 * without harm to the walk. Hash maps are walked by whole buckets: `room` below 256 may fail with
 * -ENOSPC.
 */
int map_cursor_next(struct map_cursor *c, void *keys, void *values, unsigned int room);

/* Calls visit for each element until it returns other than 0; returns that, 0 at the end, or a
 * negative errno. */
typedef int (*map_visit_fn)(const void *key, const void *value, void *arg);
int map_walk(int fd, size_t key_size, size_t value_size, map_visit_fn visit, void *arg);

/* The number of elements, or a negative errno. */
long map_count(int fd, size_t key_size, size_t value_size);

#endif
