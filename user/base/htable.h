/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An intrusive hash table: the owner embeds a struct hnode, hashes its own key and compares it
 * itself. A zeroed struct htable is an empty one.
 */
#ifndef ERXDP_HTABLE_H
#define ERXDP_HTABLE_H

#include <stddef.h>
#include <stdint.h>

struct hnode {
	struct hnode *next;
	uint32_t hash;
};

struct htable {
	struct hnode **bucket;
	uint32_t nbuckets; /* 0 or a power of two */
	uint32_t count;
};

struct hcursor {
	uint32_t bucket;
	struct hnode *next;
};

#define hentry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

/* Jenkins' one-at-a-time finish over two words; good enough for keys of our own host. */
uint32_t hash_bytes(const void *data, size_t len, uint32_t seed);

/* 0 or -ENOMEM (nothing inserted). A table that cannot grow goes on with longer chains. */
int htable_insert(struct htable *table, struct hnode *node, uint32_t hash);
void htable_remove(struct htable *table, struct hnode *node);
/* The first node with this hash, and the next one with the same. */
struct hnode *htable_first(const struct htable *table, uint32_t hash);
struct hnode *htable_again(const struct hnode *node);
struct hnode *htable_next(const struct htable *table, struct hcursor *cursor);
/* Frees the buckets; the nodes are the owner's. */
void htable_free(struct htable *table);

/* Every node; the current one may be removed, nothing may be inserted meanwhile. */
#define hash_for_each(node, table) \
	for (struct hcursor cursor_##node = {0}; ((node) = htable_next((table), &cursor_##node));)

#endif
