// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "htable.h"

#define HTABLE_MIN 16

uint32_t hash_bytes(const void *data, size_t len, uint32_t seed)
{
	const uint8_t *byte = data;
	uint32_t hash = seed ^ 0x9e3779b9u;

	while (len--) {
		hash += *byte++;
		hash += hash << 10;
		hash ^= hash >> 6;
	}
	hash += hash << 3;
	hash ^= hash >> 11;
	hash += hash << 15;
	return hash;
}

static void link_node(struct htable *table, struct hnode *node)
{
	struct hnode **head = &table->bucket[node->hash & (table->nbuckets - 1)];

	node->next = *head;
	*head = node;
}

static int grow(struct htable *table)
{
	uint32_t old_size = table->nbuckets;
	struct hnode **old = table->bucket;
	uint32_t size = old_size ? old_size * 2 : HTABLE_MIN;
	struct hnode **bucket = calloc(size, sizeof(*bucket));

	if (!bucket)
		return -ENOMEM;
	table->bucket = bucket;
	table->nbuckets = size;
	for (uint32_t i = 0; i < old_size; i++) {
		struct hnode *node = old[i];

		while (node) {
			struct hnode *next = node->next;

			link_node(table, node);
			node = next;
		}
	}
	free(old);
	return 0;
}

int htable_insert(struct htable *table, struct hnode *node, uint32_t hash)
{
	if (table->count >= table->nbuckets && grow(table) < 0 && !table->nbuckets)
		return -ENOMEM;
	node->hash = hash;
	link_node(table, node);
	table->count++;
	return 0;
}

void htable_remove(struct htable *table, struct hnode *node)
{
	struct hnode **link = &table->bucket[node->hash & (table->nbuckets - 1)];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	table->count--;
}

struct hnode *htable_first(const struct htable *table, uint32_t hash)
{
	struct hnode *node;

	if (!table->nbuckets)
		return NULL;
	for (node = table->bucket[hash & (table->nbuckets - 1)]; node; node = node->next)
		if (node->hash == hash)
			return node;
	return NULL;
}

struct hnode *htable_again(const struct hnode *node)
{
	struct hnode *next;

	for (next = node->next; next; next = next->next)
		if (next->hash == node->hash)
			return next;
	return NULL;
}

struct hnode *htable_next(const struct htable *table, struct hcursor *cursor)
{
	struct hnode *node = cursor->next;

	while (!node) {
		if (cursor->bucket >= table->nbuckets)
			return NULL;
		node = table->bucket[cursor->bucket++];
	}
	cursor->next = node->next;
	return node;
}

void htable_free(struct htable *table)
{
	free(table->bucket);
	*table = (struct htable){0};
}
