// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"

/* The kernel's NUD_VALID: an entry that packets may be sent with. */
#define USABLE (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

static uint32_t hash_neighbour(uint32_t ifindex, __be32 addr)
{
	uint32_t key[2] = {ifindex, addr};

	return hash_bytes(key, sizeof(key), 0);
}

static struct rib_neighbour *find(const struct rib *rib, uint32_t ifindex, __be32 addr)
{
	struct hnode *node = htable_first(&rib->neighbours, hash_neighbour(ifindex, addr));

	for (; node; node = htable_again(node)) {
		struct rib_neighbour *neighbour = hentry(node, struct rib_neighbour, node);

		if (neighbour->ifindex == ifindex && neighbour->addr == addr)
			return neighbour;
	}
	return NULL;
}

const struct rib_neighbour *rib_find_neighbour(const struct rib *rib, uint32_t ifindex, __be32 addr)
{
	return find(rib, ifindex, addr);
}

bool rib_neighbour_is_usable(const struct rib_neighbour *neighbour)
{
	return neighbour && neighbour->has_mac && neighbour->state & USABLE;
}

static void mark(struct rib *rib, struct rib_neighbour *neighbour)
{
	rib->changed |= RIB_NEIGHBOURS;
	if (neighbour->dirty)
		return;
	neighbour->dirty = true;
	neighbour->next_dirty = rib->dirty_neighbours;
	rib->dirty_neighbours = neighbour;
}

void rib_mark_neighbours(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->neighbours)
		mark(rib, hentry(node, struct rib_neighbour, node));
}

struct rib_neighbour *rib_take_neighbour(struct rib *rib)
{
	struct rib_neighbour *neighbour = rib->dirty_neighbours;

	if (neighbour) {
		rib->dirty_neighbours = neighbour->next_dirty;
		neighbour->dirty = false;
	}
	return neighbour;
}

void rib_settle_neighbour(struct rib *rib, struct rib_neighbour *neighbour)
{
	if (neighbour->state || neighbour->dirty)
		return;
	htable_remove(&rib->neighbours, &neighbour->node);
	free(neighbour);
}

static struct rib_neighbour *add(struct rib *rib, const struct event_neighbour *is)
{
	struct rib_neighbour *neighbour = calloc(1, sizeof(*neighbour));

	if (!neighbour)
		return NULL;
	neighbour->ifindex = is->ifindex;
	neighbour->addr = is->addr;
	if (htable_insert(&rib->neighbours, &neighbour->node,
			  hash_neighbour(is->ifindex, is->addr)) < 0) {
		free(neighbour);
		return NULL;
	}
	return neighbour;
}

static void remove_neighbour(struct rib *rib, struct rib_neighbour *neighbour)
{
	neighbour->state = 0;
	mark(rib, neighbour);
}

int rib_apply_neighbour(struct rib *rib, const struct event *event)
{
	const struct event_neighbour *is = &event->neighbour;
	struct rib_neighbour *neighbour = find(rib, is->ifindex, is->addr);
	uint16_t state = is->state ? is->state : NUD_FAILED; /* 0 is for the removed */

	if (event->removal) {
		if (neighbour)
			remove_neighbour(rib, neighbour);
		return 0;
	}
	if (!neighbour)
		neighbour = add(rib, is);
	if (!neighbour)
		return -ENOMEM;
	neighbour->gen = rib->gen;
	if (neighbour->state == state && neighbour->has_mac == is->has_mac &&
	    !memcmp(neighbour->mac, is->mac, sizeof(neighbour->mac)))
		return 0;
	neighbour->state = state;
	neighbour->has_mac = is->has_mac;
	memcpy(neighbour->mac, is->mac, sizeof(neighbour->mac));
	mark(rib, neighbour);
	return 0;
}

void rib_sweep_neighbours(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->neighbours) {
		struct rib_neighbour *neighbour = hentry(node, struct rib_neighbour, node);

		if (neighbour->gen != rib->gen && neighbour->state)
			remove_neighbour(rib, neighbour);
	}
}

void rib_free_neighbours(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->neighbours)
		free(hentry(node, struct rib_neighbour, node));
	htable_free(&rib->neighbours);
}
