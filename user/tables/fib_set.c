// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib_set.h"
#include "log.h"

struct entry {
	struct hnode node;
	uint32_t gen;
	uint8_t key[FIB_SET_KEY];
	uint8_t value[FIB_SET_VALUE];
};

void fib_set_init(struct fib_set *set, const struct fib_io *io, int fd, const char *name,
		  size_t key_size, size_t value_size)
{
	*set = (struct fib_set){
		.io = io, .fd = fd, .name = name, .key_size = key_size, .value_size = value_size};
}

void fib_set_free(struct fib_set *set)
{
	struct hnode *node;

	hash_for_each(node, &set->entries)
		free(hentry(node, struct entry, node));
	htable_free(&set->entries);
}

static struct entry *find(const struct fib_set *set, const void *key)
{
	struct hnode *node = htable_first(&set->entries, hash_bytes(key, set->key_size, 0));

	for (; node; node = htable_again(node)) {
		struct entry *entry = hentry(node, struct entry, node);

		if (!memcmp(entry->key, key, set->key_size))
			return entry;
	}
	return NULL;
}

static struct entry *add(struct fib_set *set, const void *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	memcpy(entry->key, key, set->key_size);
	if (htable_insert(&set->entries, &entry->node, hash_bytes(key, set->key_size, 0)) < 0) {
		free(entry);
		return NULL;
	}
	return entry;
}

static void drop(struct fib_set *set, struct entry *entry)
{
	htable_remove(&set->entries, &entry->node);
	free(entry);
}

int fib_set_adopt(struct fib_set *set)
{
	uint8_t key[FIB_SET_KEY], value[FIB_SET_VALUE];
	const void *from = NULL;
	int err;

	while (!(err = set->io->next(set->fd, from, key))) {
		struct entry *entry;

		from = key;
		if (set->io->lookup(set->fd, key, value) < 0)
			continue; /* the kernel took it meanwhile: a device map's device went */
		if (set->ours && !set->ours(value))
			continue;
		entry = find(set, key);
		if (!entry)
			entry = add(set, key);
		if (!entry)
			return -ENOMEM;
		if (set->forget)
			set->forget(value);
		memcpy(entry->value, value, set->value_size);
	}
	return err == -ENOENT ? 0 : err;
}

static int write_value(struct fib_set *set, const void *key, const void *value)
{
	uint8_t old[FIB_SET_VALUE], new[FIB_SET_VALUE];
	int err;

	memcpy(new, value, set->value_size);
	if (set->carry && !set->io->lookup(set->fd, key, old))
		set->carry(old, new);
	err = set->io->update(set->fd, key, new);
	if (err < 0 && !set->complained) {
		log_warn("%s: cannot add an entry: %s", set->name, strerror(-err));
		set->complained = true;
	}
	return err;
}

int fib_set_put(struct fib_set *set, const void *key, const void *value)
{
	struct entry *entry = find(set, key);
	int err;

	if (entry)
		entry->gen = set->gen;
	if (entry && !memcmp(entry->value, value, set->value_size))
		return 0;
	err = write_value(set, key, value);
	if (err < 0)
		return err;
	if (!entry)
		entry = add(set, key);
	if (!entry) {
		set->io->remove(set->fd, key);
		return -ENOMEM;
	}
	entry->gen = set->gen;
	memcpy(entry->value, value, set->value_size);
	return 0;
}

void fib_set_remove(struct fib_set *set, const void *key)
{
	struct entry *entry = find(set, key);

	if (!entry)
		return;
	set->io->remove(set->fd, key);
	drop(set, entry);
}

bool fib_set_has(const struct fib_set *set, const void *key)
{
	return find(set, key);
}

bool fib_set_has_put(const struct fib_set *set, const void *key)
{
	const struct entry *entry = find(set, key);

	return entry && entry->gen == set->gen;
}

void fib_set_begin(struct fib_set *set)
{
	set->gen++;
}

void fib_set_end(struct fib_set *set)
{
	struct hnode *node;

	hash_for_each(node, &set->entries) {
		struct entry *entry = hentry(node, struct entry, node);

		if (entry->gen == set->gen)
			continue;
		set->io->remove(set->fd, entry->key);
		drop(set, entry);
	}
}
