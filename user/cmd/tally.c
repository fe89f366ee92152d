// SPDX-License-Identifier: GPL-2.0-only
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_ROWS 1024

struct tally_node {
	struct hnode node;
	struct tally_row row;
};

/* There may be a million rows, made and dropped every few seconds. */
struct tally_chunk {
	struct tally_chunk *next;
	unsigned int used;
	struct tally_node node[CHUNK_ROWS];
};

static struct tally_node *new_node(struct tally *tally)
{
	struct tally_chunk *chunk = tally->chunks;

	if (!chunk || chunk->used == CHUNK_ROWS) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = tally->chunks;
		chunk->used = 0;
		tally->chunks = chunk;
	}
	return &chunk->node[chunk->used++];
}

static struct tally_row *find(const struct tally *tally, uint64_t key, uint32_t hash)
{
	for (struct hnode *n = htable_first(&tally->table, hash); n; n = htable_again(n)) {
		struct tally_node *node = hentry(n, struct tally_node, node);

		if (node->row.key == key)
			return &node->row;
	}
	return NULL;
}

struct tally_row *tally_get(struct tally *tally, uint64_t key)
{
	uint32_t hash = hash_bytes(&key, sizeof(key), 0);
	struct tally_row *row = find(tally, key, hash);
	struct tally_node *node;

	if (row)
		return row;
	node = new_node(tally);
	if (!node)
		return NULL;
	node->row = (struct tally_row){.key = key};
	if (!htable_insert(&tally->table, &node->node, hash))
		return &node->row;
	tally->chunks->used--;
	return NULL;
}

void tally_set_rates(struct tally *tally, const struct tally *earlier, double seconds)
{
	struct hnode *node;

	hash_for_each(node, &tally->table) {
		struct tally_row *row = &hentry(node, struct tally_node, node)->row;
		const struct tally_row *old = find(earlier, row->key, node->hash);

		if (old && row->bytes > old->bytes)
			row->count[TALLY_RATE] = (row->bytes - old->bytes) * 8 / seconds;
	}
}

uint32_t tally_keys(const struct tally *tally)
{
	return tally->table.count;
}

static int before(const struct tally_row *a, const struct tally_row *b, enum tally_order order)
{
	if (a->count[order] != b->count[order])
		return a->count[order] > b->count[order];
	if (a->count[TALLY_SESSIONS] != b->count[TALLY_SESSIONS])
		return a->count[TALLY_SESSIONS] > b->count[TALLY_SESSIONS];
	return a->key < b->key;
}

unsigned int tally_rank(const struct tally *tally, enum tally_order order, struct tally_row *rows,
			unsigned int max)
{
	struct hnode *node;
	unsigned int n = 0, at;

	hash_for_each(node, &tally->table) {
		const struct tally_row *row = &hentry(node, struct tally_node, node)->row;

		if (n == max && (!max || !before(row, &rows[n - 1], order)))
			continue;
		for (at = n < max ? n++ : n - 1; at && before(row, &rows[at - 1], order); at--)
			rows[at] = rows[at - 1];
		rows[at] = *row;
	}
	return n;
}

void tally_free(struct tally *tally)
{
	while (tally->chunks) {
		struct tally_chunk *chunk = tally->chunks;

		tally->chunks = chunk->next;
		free(chunk);
	}
	htable_free(&tally->table);
}
