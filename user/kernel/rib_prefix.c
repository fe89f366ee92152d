// SPDX-License-Identifier: GPL-2.0-only
/* Prefixes: found, marked as changed, and which table's routes decide about them. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#include "prefix_mask.h"
#include "rib.h"
#include "rib_parts.h"
#include "rib_prefix.h"

static uint32_t hash_prefix(__be32 addr, unsigned int len)
{
	uint32_t key[2] = {addr, len};

	return hash_bytes(key, sizeof(key), 0);
}

struct rib_prefix *rib_find_prefix(const struct rib *rib, __be32 addr, unsigned int len)
{
	struct hnode *node = htable_first(&rib->prefixes, hash_prefix(addr, len));

	for (; node; node = htable_again(node)) {
		struct rib_prefix *prefix = hentry(node, struct rib_prefix, node);

		if (prefix->addr == addr && prefix->len == len)
			return prefix;
	}
	return NULL;
}

struct rib_prefix *rib_get_prefix(struct rib *rib, __be32 addr, unsigned int len)
{
	struct rib_prefix *prefix = rib_find_prefix(rib, addr, len);

	if (prefix)
		return prefix;
	prefix = calloc(1, sizeof(*prefix));
	if (!prefix)
		return NULL;
	prefix->addr = addr;
	prefix->len = len;
	if (htable_insert(&rib->prefixes, &prefix->node, hash_prefix(addr, len)) < 0) {
		free(prefix);
		return NULL;
	}
	return prefix;
}

void rib_put_prefix(struct rib *rib, struct rib_prefix *prefix)
{
	if (prefix->routes || prefix->dirty || prefix->cookie)
		return;
	htable_remove(&rib->prefixes, &prefix->node);
	free(prefix);
}

void rib_mark_prefix(struct rib *rib, struct rib_prefix *prefix)
{
	if (prefix->dirty)
		return;
	prefix->dirty = true;
	prefix->next_dirty = rib->dirty_prefixes;
	rib->dirty_prefixes = prefix;
}

void rib_mark_prefixes(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->prefixes)
		rib_mark_prefix(rib, hentry(node, struct rib_prefix, node));
}

static bool is_on_flapped_link(const struct rib *rib, const struct rib_prefix *prefix)
{
	const struct rib_route *route;

	for (route = prefix->routes; route; route = route->next)
		for (unsigned int i = 0; i < route->nhops; i++)
			if (rib_link_flapped(rib, route->hop[i].oif))
				return true;
	return false;
}

void rib_mark_flapped(struct rib *rib)
{
	struct hnode *node;

	if (!(rib->changed & RIB_FLAPPED))
		return;
	hash_for_each(node, &rib->prefixes) {
		struct rib_prefix *prefix = hentry(node, struct rib_prefix, node);

		if (is_on_flapped_link(rib, prefix))
			rib_mark_prefix(rib, prefix);
	}
	rib_clear_flaps(rib);
	rib->changed &= ~RIB_FLAPPED;
}

void rib_mark_covered(struct rib *rib)
{
	struct hnode *node;

	if (!(rib->changed & RIB_COVER))
		return;
	hash_for_each(node, &rib->prefixes) {
		struct rib_prefix *prefix = hentry(node, struct rib_prefix, node);

		if (prefix->tables & ~(1u << TABLE_LOCAL))
			rib_mark_prefix(rib, prefix);
	}
	rib->changed &= ~RIB_COVER;
}

struct rib_prefix *rib_take_prefix(struct rib *rib)
{
	struct rib_prefix *prefix = rib->dirty_prefixes;

	if (prefix) {
		rib->dirty_prefixes = prefix->next_dirty;
		prefix->dirty = false;
	}
	return prefix;
}

void rib_settle_prefix(struct rib *rib, struct rib_prefix *prefix)
{
	rib_put_prefix(rib, prefix);
}

struct rib_prefix *rib_adopt_prefix(struct rib *rib, __be32 addr, unsigned int len)
{
	struct rib_prefix *prefix = rib_get_prefix(rib, addr, len);

	if (prefix)
		rib_mark_prefix(rib, prefix);
	return prefix;
}

uint32_t rib_table_id(enum rib_table table)
{
	static const uint32_t id[TABLE_MAX] = {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT};

	return id[table];
}

int rib_table_of(const struct rib_route *route)
{
	for (int table = 0; table < TABLE_MAX; table++)
		if (rib_table_id(table) == route->table)
			return table;
	return -1;
}

/* A local prefix longer than any other covers nothing, nor does one of a table with none behind. */
static bool may_cover(const struct rib *rib, int table, unsigned int len)
{
	if (table == TABLE_LOCAL)
		return len < 32;
	if (table == TABLE_DEFAULT)
		return false;
	for (unsigned int i = 0; i <= 32; i++)
		if (rib->covers[TABLE_DEFAULT][i])
			return true;
	return false;
}

void rib_update_tables(struct rib *rib, struct rib_prefix *prefix)
{
	const struct rib_route *route;
	uint8_t tables = 0;

	for (route = prefix->routes; route; route = route->next)
		if (rib_table_of(route) >= 0)
			tables |= 1 << rib_table_of(route);
	for (int table = 0; table < TABLE_MAX; table++) {
		uint8_t bit = 1 << table;

		if (!((tables ^ prefix->tables) & bit))
			continue;
		rib->covers[table][prefix->len] += tables & bit ? 1 : -1;
		if (may_cover(rib, table, prefix->len))
			rib->changed |= RIB_COVER;
	}
	prefix->tables = tables;
}

bool rib_is_covered(const struct rib *rib, const struct rib_prefix *prefix, enum rib_table table)
{
	for (unsigned int earlier = 0; earlier < table; earlier++) {
		for (unsigned int len = 0; len < prefix->len; len++) {
			const struct rib_prefix *cover;

			if (!rib->covers[earlier][len])
				continue;
			cover = rib_find_prefix(rib, prefix->addr & prefix_mask(len), len);
			if (cover && cover->tables & 1 << earlier)
				return true;
		}
	}
	return false;
}
