// SPDX-License-Identifier: GPL-2.0-only
#include "map_walk.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WALK_ROOM 4096

#ifndef ENOTSUPP
#define ENOTSUPP 524 /* the kernel's own, for operations that a map type lacks */
#endif

void map_cursor_init(struct map_cursor *c, int fd, size_t key_size, size_t value_size)
{
	*c = (struct map_cursor){.fd = fd, .key_size = key_size, .value_size = value_size};
}

static void rewind_cursor(struct map_cursor *c)
{
	c->begun = false;
	c->ended = false;
}

static bool batches_unknown(int err)
{
	return err == -EINVAL || err == -ENOTSUPP || err == -EOPNOTSUPP;
}

static int next_batch(struct map_cursor *c, void *keys, void *values, unsigned int room)
{
	unsigned char out[MAP_WALK_TOKEN] = {0};
	__u32 count = room;
	int err;

	err = bpf_map_lookup_batch(c->fd, c->begun ? c->token : NULL, out, keys, values, &count,
				   NULL);
	if (err && err != -ENOENT)
		return err;
	memcpy(c->token, out, sizeof(out));
	c->begun = true;
	c->ended = err == -ENOENT; /* the last elements come with this error */
	return count;
}

/*
 * The token is the first key of the next round, fetched before the caller can delete anything: a
 * key that is gone would send bpf_map_get_next_key() back to the beginning.
 */
static int next_one_by_one(struct map_cursor *c, void *keys, void *values, unsigned int room)
{
	unsigned int n = 0;
	int err = 0;

	if (!c->begun)
		err = bpf_map_get_next_key(c->fd, NULL, c->token);
	c->begun = true;
	while (!err && n < room) {
		char *key = (char *)keys + n * c->key_size;

		memcpy(key, c->token, c->key_size);
		if (!bpf_map_lookup_elem(c->fd, key, (char *)values + n * c->value_size))
			n++;
		err = bpf_map_get_next_key(c->fd, key, c->token);
	}
	if (err && err != -ENOENT)
		return err;
	c->ended = err == -ENOENT;
	return n;
}

static int next_some(struct map_cursor *c, void *keys, void *values, unsigned int room)
{
	int n;

	if (!c->one_by_one) {
		n = next_batch(c, keys, values, room);
		if (n >= 0 || c->begun || !batches_unknown(n))
			return n;
		c->one_by_one = true;
	}
	return next_one_by_one(c, keys, values, room);
}

int map_cursor_next(struct map_cursor *c, void *keys, void *values, unsigned int room)
{
	int n = 0;

	if (c->key_size > sizeof(c->token))
		return -E2BIG;
	while (!c->ended && !n)
		n = next_some(c, keys, values, room);
	if (n <= 0)
		rewind_cursor(c);
	return n;
}

int map_walk(int fd, size_t key_size, size_t value_size, map_visit_fn visit, void *arg)
{
	char *keys = calloc(WALK_ROOM, key_size);
	char *values = calloc(WALK_ROOM, value_size);
	struct map_cursor c;
	int n, ret = 0;

	map_cursor_init(&c, fd, key_size, value_size);
	if (!keys || !values)
		ret = -ENOMEM;
	while (!ret) {
		n = map_cursor_next(&c, keys, values, WALK_ROOM);
		if (n <= 0) {
			ret = n;
			break;
		}
		for (int i = 0; i < n && !ret; i++)
			ret = visit(keys + i * key_size, values + i * value_size, arg);
	}
	free(keys);
	free(values);
	return ret;
}

static int count_one(const void *key, const void *value, void *arg)
{
	(void)key;
	(void)value;
	(*(long *)arg)++;
	return 0;
}

long map_count(int fd, size_t key_size, size_t value_size)
{
	long count = 0;
	int err = map_walk(fd, key_size, value_size, count_one, &count);

	return err ? err : count;
}
