// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands in `routes`: for each prefix the answer of the three tables that the default rules
 * look up one after the other, local, main and default.
 *
 * One table cannot say what three in a row say, in a few cases; there the kernel is asked
 * (ROUTE_KERNEL) instead of reasoned about:
 *  - a prefix of a later table inside a shorter one of an earlier: as long as no rule was ever made
 *    the kernel keeps local and main in one trie, where the longer prefix wins, afterwards in two,
 *    where the earlier table does; which of both holds cannot be seen from outside
 *    (fib_unmerge(), fib_trie.c);
 *  - throw: the lookup goes on in the next table, not at the next shorter prefix;
 *  - routes with a TOS: whether they apply depends on the packet;
 *  - several default routes of one metric: fib_select_default() goes round among them by what it
 *    has seen of their gateways.
 * A route without a usable hop is not there at all, as in fib_table_lookup(): the next one of the
 * prefix, or a shorter prefix, decides.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib_parts.h"

#define KERNEL ROUTE_VALUE(ROUTE_KERNEL, 0)
#define NONE   ROUTE_VALUE(ROUTE_NONE, 0)

/* Without a slot the kernel forwards for this prefix until one is free. */
static uint16_t nexthop_value(struct fib *fib, const struct nexthop_key *key)
{
	struct fib_nexthop *nexthop = fib_get_nexthop(fib, key);

	if (nexthop)
		return ROUTE_VALUE(ROUTE_NEXTHOP, nexthop->slot);
	fib->incomplete = true;
	return KERNEL;
}

static uint16_t group_value(struct fib *fib, const struct group_key *key)
{
	struct fib_group *group = fib_get_group(fib, key);

	if (group)
		return ROUTE_VALUE(ROUTE_GROUP, group->slot);
	fib->incomplete = true;
	return KERNEL;
}

static uint16_t object_value(struct fib *fib, const struct rib_route *route)
{
	switch (route->nexthop->effective) {
	case NH_SINGLE:
		return nexthop_value(
			fib, &(struct nexthop_key){.nh_id = route->nh_id, .mtu = route->mtu});
	case NH_GROUP:
		return group_value(fib,
				   &(struct group_key){.nh_id = route->nh_id, .mtu = route->mtu});
	case NH_BLACKHOLE:
		return ROUTE_VALUE(ROUTE_BLACKHOLE, 0);
	default:
		return KERNEL;
	}
}

static bool has_usable_hop(const struct fib *fib, const struct rib_route *route)
{
	for (unsigned int i = 0; i < route->nhops; i++)
		if (rib_hop_is_usable(fib->rib, &route->hop[i]))
			return true;
	return false;
}

static uint16_t unicast_value(struct fib *fib, const struct rib_route *route)
{
	struct group_key key = {.mtu = route->mtu, .nhops = route->nhops};

	if (route->foreign)
		return KERNEL;
	if (route->nh_id)
		return object_value(fib, route);
	if (!route->nhops)
		return KERNEL;
	if (!has_usable_hop(fib, route))
		return NONE;
	if (route->nhops == 1)
		return nexthop_value(fib, &(struct nexthop_key){.oif = route->hop[0].oif,
								.gateway = route->hop[0].gateway,
								.mtu = route->mtu});
	memcpy(key.hop, route->hop, route->nhops * sizeof(key.hop[0]));
	return group_value(fib, &key);
}

static uint16_t route_value(struct fib *fib, const struct rib_route *route)
{
	switch (route->type) {
	case RTN_UNICAST:
		return unicast_value(fib, route);
	case RTN_LOCAL:
		return ROUTE_VALUE(ROUTE_LOCAL, 0);
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST:
		if (!has_usable_hop(fib, route))
			return NONE;
		return ROUTE_VALUE(ROUTE_BROADCAST, 0);
	case RTN_BLACKHOLE:
		return ROUTE_VALUE(ROUTE_BLACKHOLE, 0);
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		return ROUTE_VALUE(ROUTE_UNREACHABLE, 0);
	default: /* throw among them */
		return KERNEL;
	}
}

static bool is_one_of_several_defaults(const struct rib_prefix *prefix,
				       const struct rib_route *route)
{
	const struct rib_route *next = route->next;

	return !prefix->len && route->type == RTN_UNICAST && next && next->table == route->table &&
	       next->tos == route->tos && next->metric == route->metric;
}

/* The routes of a prefix are sorted as the tables are looked up. */
static uint16_t wanted_value(struct fib *fib, const struct rib_prefix *prefix)
{
	const struct rib_route *route;

	for (route = prefix->routes; route; route = route->next) {
		int table = rib_table_of(route);
		uint16_t value;

		if (table < 0)
			continue;
		if (route->tos || rib_is_covered(fib->rib, prefix, table) ||
		    is_one_of_several_defaults(prefix, route))
			return KERNEL;
		value = route_value(fib, route);
		if (value != NONE)
			return value;
	}
	return NONE;
}

/* Prefixes put off, linked by next_dirty while they are on no list of the model's. */
struct later {
	struct rib_prefix *remove, *retry;
	int err;
};

static void put_off(struct rib_prefix **list, struct rib_prefix *prefix)
{
	prefix->next_dirty = *list;
	*list = prefix;
}

static void apply_prefix(struct fib *fib, struct rib_prefix *prefix, struct later *later)
{
	uint16_t value = wanted_value(fib, prefix);
	int err;

	if (value == prefix->cookie) {
		fib_put_value(fib, value); /* held already */
		rib_settle_prefix(fib->rib, prefix);
		return;
	}
	if (value == NONE) {
		put_off(&later->remove, prefix);
		return;
	}
	err = fib_install(fib, prefix, value);
	if (err < 0) {
		later->err = err;
		put_off(&later->retry, prefix);
	}
}

int fib_apply_routes(struct fib *fib)
{
	struct later later = {0};
	struct rib_prefix *prefix;

	fib->trouble[0] = 0;
	rib_mark_flapped(fib->rib);
	rib_mark_covered(fib->rib);
	while ((prefix = rib_take_prefix(fib->rib)))
		apply_prefix(fib, prefix, &later);
	while ((prefix = later.remove)) {
		later.remove = prefix->next_dirty;
		fib_withdraw(fib, prefix);
	}
	while ((prefix = later.retry)) {
		later.retry = prefix->next_dirty;
		rib_mark_prefix(fib->rib, prefix);
	}
	fib_note_left(fib);
	return later.err;
}
