// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes of a prefix, kept as fib_table_insert() keeps a leaf's aliases: by table (local first),
 * TOS descending, metric ascending; equals ("a class") in the order in which the kernel looks at
 * them.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"
#include "rib_prefix.h"

/* < 0: the route stands before the class of `is`; 0: in it. */
static int order(const struct rib_route *route, const struct event_route *is)
{
	if (route->table != is->table)
		return route->table > is->table ? -1 : 1;
	if (route->tos != is->tos)
		return route->tos > is->tos ? -1 : 1;
	if (route->metric != is->metric)
		return route->metric < is->metric ? -1 : 1;
	return 0;
}

static struct rib_route **class_begin(struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at = &prefix->routes;

	while (*at && order(*at, is) < 0)
		at = &(*at)->next;
	return at;
}

static struct rib_route **class_end(struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at = class_begin(prefix, is);

	while (*at && !order(*at, is))
		at = &(*at)->next;
	return at;
}

static bool same_hops(const struct rib_route *route, const struct event_route *is)
{
	if (route->nhops != is->nhops)
		return false;
	for (unsigned int i = 0; i < is->nhops; i++) {
		const struct hop *a = &route->hop[i], *b = &is->hop[i];

		if (a->oif != b->oif || a->gateway != b->gateway || a->weight != b->weight ||
		    a->onlink != b->onlink)
			return false;
	}
	return true;
}

/* What the kernel takes for the same route: type, and all that makes a fib_info. */
static bool same_route(const struct rib_route *route, const struct event_route *is)
{
	return route->type == is->type && route->scope == is->scope &&
	       route->protocol == is->protocol && route->prefsrc == is->prefsrc &&
	       route->nh_id == is->nh_id && route->mtu == is->mtu && route->extra == is->extra &&
	       same_hops(route, is);
}

static struct rib_route **find(struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at;

	for (at = class_begin(prefix, is); *at && !order(*at, is); at = &(*at)->next)
		if (same_route(*at, is))
			return at;
	return NULL;
}

static void touch(struct rib *rib, struct rib_prefix *prefix)
{
	rib_update_tables(rib, prefix);
	if (prefix->tables || prefix->cookie)
		rib_mark_prefix(rib, prefix);
}

static struct rib_route *make(const struct rib *rib, const struct event_route *is)
{
	struct rib_route *route = calloc(1, sizeof(*route) + is->nhops * sizeof(route->hop[0]));

	if (!route)
		return NULL;
	route->table = is->table;
	route->metric = is->metric;
	route->nh_id = is->nh_id;
	route->mtu = is->mtu;
	route->extra = is->extra;
	route->prefsrc = is->prefsrc;
	route->tos = is->tos;
	route->type = is->type;
	route->scope = is->scope;
	route->protocol = is->protocol;
	route->foreign = is->foreign;
	route->gen = rib->gen;
	route->nhops = is->nhops;
	memcpy(route->hop, is->hop, is->nhops * sizeof(is->hop[0]));
	return route;
}

static unsigned int count_dead(const struct rib_route *route)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < route->nhops; i++)
		n += route->hop[i].dead;
	return n;
}

static int insert(struct rib *rib, struct rib_prefix *prefix, struct rib_route **at,
		  const struct event_route *is)
{
	struct rib_route *route = make(rib, is);

	if (!route)
		return -ENOMEM;
	if (rib_tie_nexthop(rib, route) < 0) {
		free(route);
		return -ENOMEM;
	}
	if (is->place == PLACE_REPLACE)
		route->replayed = rib->replay;
	route->prefix = prefix;
	route->next = *at;
	*at = route;
	rib->nroutes++;
	rib->ndead += count_dead(route);
	touch(rib, prefix);
	return 0;
}

static void remove_at(struct rib *rib, struct rib_prefix *prefix, struct rib_route **at)
{
	struct rib_route *route = *at;

	*at = route->next;
	/* See rib.h: in its stead there may have been another, which this replay has lost. */
	if (rib->replay && route->replayed == rib->replay)
		rib->stale |= KIND_BIT(EVENT_ROUTE);
	rib->nroutes--;
	rib->ndead -= count_dead(route);
	rib_untie_nexthop(rib, route);
	free(route);
	touch(rib, prefix);
}

void rib_remove_route(struct rib *rib, struct rib_route *route)
{
	struct rib_prefix *prefix = route->prefix;
	struct rib_route **at = &prefix->routes;

	while (*at != route)
		at = &(*at)->next;
	remove_at(rib, prefix, at);
	rib_put_prefix(rib, prefix);
}

static void refresh_hops(struct rib *rib, struct rib_route *route, const struct event_route *is)
{
	for (unsigned int i = 0; i < route->nhops; i++) {
		if (route->hop[i].dead == is->hop[i].dead)
			continue;
		route->hop[i].dead = is->hop[i].dead;
		rib->ndead += is->hop[i].dead ? 1 : -1;
		touch(rib, route->prefix);
	}
}

/* A dump lists a class in its order: what it mentions goes to the end of the class. */
static void move_to_end(struct rib *rib, struct rib_prefix *prefix, struct rib_route **at,
			const struct event_route *is)
{
	struct rib_route *route = *at, **end;

	route->gen = rib->gen;
	refresh_hops(rib, route, is);
	if (!route->next || order(route->next, is))
		return;
	*at = route->next;
	end = class_end(prefix, is);
	route->next = *end;
	*end = route;
	touch(rib, prefix);
}

static int take_dumped(struct rib *rib, struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at = find(prefix, is);

	if (!at)
		return insert(rib, prefix, class_end(prefix, is), is);
	move_to_end(rib, prefix, at, is);
	return 0;
}

static int replace(struct rib *rib, struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at = class_begin(prefix, is);
	bool found = *at && !order(*at, is);

	/* A replacement of nothing: the model has missed something. */
	if (!found)
		rib->stale |= KIND_BIT(EVENT_ROUTE);
	if (found) {
		int err = insert(rib, prefix, &(*at)->next, is);

		if (err < 0)
			return err;
		/* Its place is taken over, not lost. */
		(*at)->replayed = 0;
		remove_at(rib, prefix, at);
		return 0;
	}
	return insert(rib, prefix, at, is);
}

static int take_announced(struct rib *rib, struct rib_prefix *prefix, const struct event_route *is)
{
	struct rib_route **at = find(prefix, is);

	/*
	 * The same again: told by nexthop_compat_mode when the object changed, by a change of
	 * offload flags, or in a replay, where its place among its equals is then uncertain.
	 */
	if (at) {
		/* In a replay the dump has the later state of the hops. */
		if (!rib->replay)
			refresh_hops(rib, *at, is);
		if (rib->replay && is->place == PLACE_REPLACE && at != class_begin(prefix, is))
			rib->stale |= KIND_BIT(EVENT_ROUTE);
		return 0;
	}
	switch (is->place) {
	case PLACE_REPLACE:
		return replace(rib, prefix, is);
	case PLACE_LAST:
		return insert(rib, prefix, class_end(prefix, is), is);
	default:
		return insert(rib, prefix, class_begin(prefix, is), is);
	}
}

static void withdraw(struct rib *rib, const struct event_route *is)
{
	struct rib_prefix *prefix = rib_find_prefix(rib, is->dst, is->len);
	struct rib_route **at = prefix ? find(prefix, is) : NULL;

	if (at) {
		remove_at(rib, prefix, at);
		rib_put_prefix(rib, prefix);
	} else if (!rib->replay) {
		rib->stale |= KIND_BIT(EVENT_ROUTE);
	}
}

int rib_apply_route(struct rib *rib, const struct event *event)
{
	const struct event_route *is = &event->route;
	struct rib_prefix *prefix;
	int err;

	if (event->removal) {
		withdraw(rib, is);
		return 0;
	}
	prefix = rib_get_prefix(rib, is->dst, is->len);
	if (!prefix)
		return -ENOMEM;
	if (rib_is_dumping(rib, EVENT_ROUTE))
		err = take_dumped(rib, prefix, is);
	else
		err = take_announced(rib, prefix, is);
	rib_put_prefix(rib, prefix);
	return err;
}

void rib_sweep_routes(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->prefixes) {
		struct rib_prefix *prefix = hentry(node, struct rib_prefix, node);
		struct rib_route **at = &prefix->routes;

		while (*at) {
			if ((*at)->gen != rib->gen)
				remove_at(rib, prefix, at);
			else
				at = &(*at)->next;
		}
		rib_put_prefix(rib, prefix);
	}
}

/* Usable or not: which device the default route is meant to leave by does not depend on it. */
static unsigned int devices_of(const struct rib *rib, const struct rib_route *route,
			       uint32_t *ifindex, unsigned int room)
{
	unsigned int n = 0;

	if (!route->nh_id) {
		for (unsigned int i = 0; i < route->nhops && n < room; i++)
			ifindex[n++] = route->hop[i].oif;
		return n;
	}
	if (route->nexthop->kind == NH_SINGLE && room)
		ifindex[n++] = route->nexthop->hop.oif;
	for (unsigned int i = 0; i < route->nexthop->nmembers && n < room; i++) {
		const struct rib_nexthop *member =
			rib_find_nexthop(rib, route->nexthop->member[i].id);

		if (member)
			ifindex[n++] = member->hop.oif;
	}
	return n;
}

unsigned int rib_default_devices(const struct rib *rib, uint32_t *ifindex, unsigned int room)
{
	const struct rib_prefix *prefix = rib_find_prefix(rib, 0, 0);
	const struct rib_route *route = prefix ? prefix->routes : NULL;

	for (; route; route = route->next)
		if (rib_table_of(route) == TABLE_MAIN && route->type == RTN_UNICAST && !route->tos)
			return devices_of(rib, route, ifindex, room);
	return 0;
}

void rib_free_routes(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->prefixes) {
		struct rib_prefix *prefix = hentry(node, struct rib_prefix, node);

		while (prefix->routes) {
			struct rib_route *route = prefix->routes;

			prefix->routes = route->next;
			rib_untie_nexthop(rib, route);
			free(route);
		}
		free(prefix);
	}
	htable_free(&rib->prefixes);
}
