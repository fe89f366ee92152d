// SPDX-License-Identifier: GPL-2.0-only
/* On-link neighbours, and which addresses the kernel should be asked to resolve. */
#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <string.h>

#include "fib_parts.h"

/* A neighbour that packets went to this recently is kept from going stale, in seconds. */
#define USED_RECENTLY 30

static void forget_used(void *value)
{
	((struct neighbour *)value)->used = 0;
}

static void carry_used(const void *old, void *value)
{
	((struct neighbour *)value)->used = ((const struct neighbour *)old)->used;
}

void fib_init_neighbours(struct fib *fib)
{
	fib_set_init(&fib->neighbours, fib->io, fib->maps->neighbours, "neighbours",
		     sizeof(struct neighbour_key), sizeof(struct neighbour));
	fib->neighbours.forget = forget_used;
	fib->neighbours.carry = carry_used;
}

static bool is_wanted(const struct fib *fib, const struct rib_neighbour *neighbour)
{
	return rib_neighbour_is_usable(neighbour) && fib_iface_of(fib, neighbour->ifindex);
}

static void apply_one(struct fib *fib, const struct rib_neighbour *neighbour)
{
	struct neighbour_key key = {.ifindex = neighbour->ifindex, .addr = neighbour->addr};
	struct neighbour value = {0};

	if (!is_wanted(fib, neighbour)) {
		fib_set_remove(&fib->neighbours, &key);
		return;
	}
	memcpy(value.mac, neighbour->mac, sizeof(value.mac));
	/* One that finds no room is the kernel's, packet for packet. */
	fib_set_put(&fib->neighbours, &key, &value);
}

void fib_apply_neighbours(struct fib *fib)
{
	struct rib_neighbour *neighbour;

	while ((neighbour = rib_take_neighbour(fib->rib))) {
		apply_one(fib, neighbour);
		rib_settle_neighbour(fib->rib, neighbour);
	}
}

/* A gateway that erxdp itself sends to; the others are the kernel's business. */
static bool is_our_gateway(const struct fib_nexthop *nexthop)
{
	const struct nexthop *is = &nexthop->is;

	return !nexthop->orphan && is->gateway && is->flags & NEXTHOP_TRANSMIT &&
	       !(is->flags & NEXTHOP_DOWN);
}

void fib_list_unresolved(struct fib *fib, fib_resolve_fn visit, void *arg)
{
	struct hnode *node;

	hash_for_each(node, &fib->nexthops) {
		const struct fib_nexthop *nexthop = hentry(node, struct fib_nexthop, node);
		const struct nexthop *is = &nexthop->is;
		const struct rib_neighbour *neighbour;

		if (!is_our_gateway(nexthop))
			continue;
		neighbour = rib_find_neighbour(fib->rib, is->oif, is->gateway);
		if (!neighbour || !neighbour->state || neighbour->state & (NUD_FAILED | NUD_STALE))
			visit(is->oif, is->gateway, arg);
	}
}

void fib_list_used_neighbours(struct fib *fib, fib_resolve_fn visit, void *arg)
{
	uint32_t now = fib->io->now() / 1000;
	struct hnode *node;

	hash_for_each(node, &fib->rib->neighbours) {
		const struct rib_neighbour *neighbour = hentry(node, struct rib_neighbour, node);
		struct neighbour_key key = {.ifindex = neighbour->ifindex, .addr = neighbour->addr};
		struct neighbour value;

		if (!(neighbour->state & NUD_STALE) || !is_wanted(fib, neighbour) ||
		    fib->io->lookup(fib->maps->neighbours, &key, &value) < 0)
			continue;
		if (value.used && now - value.used < USED_RECENTLY)
			visit(neighbour->ifindex, neighbour->addr, arg);
	}
}

bool fib_wants_resolution(struct fib *fib)
{
	bool wants = fib->wants_resolution;

	fib->wants_resolution = false;
	return wants;
}

void fib_count(const struct fib *fib, struct fib_counts *counts)
{
	struct hnode *node;

	*counts = (struct fib_counts){.prefixes = fib->nprefixes,
				      .nexthops = fib->nexthops.count,
				      .groups = fib->groups.count,
				      .neighbours = fib->neighbours.entries.count};
	hash_for_each(node, &fib->nexthops) {
		const struct fib_nexthop *nexthop = hentry(node, struct fib_nexthop, node);

		if (is_our_gateway(nexthop) && !(nexthop->is.flags & NEXTHOP_RESOLVED))
			counts->unresolved++;
	}
}
