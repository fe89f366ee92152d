// SPDX-License-Identifier: GPL-2.0-only
/* Nexthop objects and groups, and what hangs on them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"

static struct rib_nexthop *find(const struct rib *rib, uint32_t id)
{
	struct hnode *node = htable_first(&rib->nexthops, id);

	return node ? hentry(node, struct rib_nexthop, node) : NULL;
}

const struct rib_nexthop *rib_find_nexthop(const struct rib *rib, uint32_t id)
{
	struct rib_nexthop *nexthop = find(rib, id);

	return nexthop && nexthop->kind != NH_ABSENT ? nexthop : NULL;
}

static struct rib_nexthop *get(struct rib *rib, uint32_t id)
{
	struct rib_nexthop *nexthop = find(rib, id);

	if (nexthop)
		return nexthop;
	nexthop = calloc(1, sizeof(*nexthop));
	if (!nexthop)
		return NULL;
	nexthop->id = id;
	LIST_INIT(&nexthop->routes);
	if (htable_insert(&rib->nexthops, &nexthop->node, id) < 0) {
		free(nexthop);
		return NULL;
	}
	return nexthop;
}

static void put(struct rib *rib, struct rib_nexthop *nexthop)
{
	if (nexthop->kind != NH_ABSENT || !LIST_EMPTY(&nexthop->routes))
		return;
	htable_remove(&rib->nexthops, &nexthop->node);
	free(nexthop->member);
	free(nexthop);
}

int rib_tie_nexthop(struct rib *rib, struct rib_route *route)
{
	if (!route->nh_id)
		return 0;
	route->nexthop = get(rib, route->nh_id);
	if (!route->nexthop)
		return -ENOMEM;
	LIST_INSERT_HEAD(&route->nexthop->routes, route, of_nexthop);
	return 0;
}

void rib_untie_nexthop(struct rib *rib, struct rib_route *route)
{
	if (!route->nexthop)
		return;
	LIST_REMOVE(route, of_nexthop);
	put(rib, route->nexthop);
	route->nexthop = NULL;
}

static bool has_member(const struct rib_nexthop *group, uint32_t id)
{
	for (unsigned int i = 0; i < group->nmembers; i++)
		if (group->member[i].id == id)
			return true;
	return false;
}

static enum nexthop_kind effective_kind(const struct rib *rib, const struct rib_nexthop *nexthop)
{
	if (nexthop->kind != NH_GROUP)
		return nexthop->kind;
	for (unsigned int i = 0; i < nexthop->nmembers; i++) {
		const struct rib_nexthop *member = rib_find_nexthop(rib, nexthop->member[i].id);

		if (!member || member->kind != NH_SINGLE)
			return NH_FOREIGN;
	}
	return NH_GROUP;
}

/* A route's value names the kind of its nexthop; everything else about it is behind an index. */
static void update_effective(struct rib *rib, struct rib_nexthop *nexthop)
{
	enum nexthop_kind kind = effective_kind(rib, nexthop);
	struct rib_route *route;

	if (kind == nexthop->effective)
		return;
	nexthop->effective = kind;
	for (route = LIST_FIRST(&nexthop->routes); route; route = LIST_NEXT(route, of_nexthop))
		rib_mark_prefix(rib, route->prefix);
}

static void update_groups_of(struct rib *rib, uint32_t id)
{
	struct rib_nexthop *group;

	for (group = LIST_FIRST(&rib->groups); group; group = LIST_NEXT(group, of_groups))
		if (has_member(group, id))
			update_effective(rib, group);
}

static int set_members(struct rib_nexthop *nexthop, const struct event_nexthop *is)
{
	struct nexthop_member *member = NULL;

	if (is->nmembers) {
		member = malloc(is->nmembers * sizeof(*member));
		if (!member)
			return -ENOMEM;
		memcpy(member, is->member, is->nmembers * sizeof(*member));
	}
	free(nexthop->member);
	nexthop->member = member;
	nexthop->nmembers = is->nmembers;
	return 0;
}

static int update(struct rib *rib, struct rib_nexthop *nexthop, const struct event_nexthop *is)
{
	if (set_members(nexthop, is) < 0)
		return -ENOMEM;
	if (nexthop->kind != NH_GROUP && is->kind == NH_GROUP)
		LIST_INSERT_HEAD(&rib->groups, nexthop, of_groups);
	if (nexthop->kind == NH_GROUP && is->kind != NH_GROUP)
		LIST_REMOVE(nexthop, of_groups);
	nexthop->kind = is->kind;
	nexthop->hop = is->hop;
	nexthop->gen = rib->gen;
	rib->changed |= RIB_NEXTHOPS;
	update_effective(rib, nexthop);
	update_groups_of(rib, nexthop->id);
	return 0;
}

static void remove_nexthop(struct rib *rib, struct rib_nexthop *nexthop);

/* The kernel announces the group anew; a group that is left without members goes. */
static void leave_groups(struct rib *rib, uint32_t id)
{
	struct rib_nexthop *group = LIST_FIRST(&rib->groups), *next;

	for (; group; group = next) {
		unsigned int kept = 0;

		next = LIST_NEXT(group, of_groups);
		if (!has_member(group, id))
			continue;
		for (unsigned int i = 0; i < group->nmembers; i++)
			if (group->member[i].id != id)
				group->member[kept++] = group->member[i];
		group->nmembers = kept;
		if (kept)
			update_effective(rib, group);
		else
			remove_nexthop(rib, group);
	}
}

/* Its routes go with it (fib_flush()), of which the kernel says nothing. */
static void remove_nexthop(struct rib *rib, struct rib_nexthop *nexthop)
{
	struct rib_route *route = LIST_FIRST(&nexthop->routes), *next;
	uint32_t id = nexthop->id;
	bool group = nexthop->kind == NH_GROUP;

	rib->changed |= RIB_NEXTHOPS;
	if (group)
		LIST_REMOVE(nexthop, of_groups);
	for (; route; route = next) {
		next = LIST_NEXT(route, of_nexthop);
		rib_remove_route(rib, route);
	}
	nexthop->kind = NH_ABSENT;
	put(rib, nexthop);
	if (!group)
		leave_groups(rib, id);
}

int rib_apply_nexthop(struct rib *rib, const struct event *event)
{
	const struct event_nexthop *is = &event->nexthop;
	struct rib_nexthop *nexthop;

	if (event->removal) {
		nexthop = find(rib, is->id);
		if (nexthop && nexthop->kind != NH_ABSENT)
			remove_nexthop(rib, nexthop);
		return 0;
	}
	nexthop = get(rib, is->id);
	return nexthop ? update(rib, nexthop, is) : -ENOMEM;
}

static unsigned int list_unseen(const struct rib *rib, uint32_t *id)
{
	struct hnode *node;
	unsigned int n = 0;

	hash_for_each(node, &rib->nexthops) {
		const struct rib_nexthop *nexthop = hentry(node, struct rib_nexthop, node);

		if (nexthop->kind != NH_ABSENT && nexthop->gen != rib->gen)
			id[n++] = nexthop->id;
	}
	return n;
}

void rib_sweep_nexthops(struct rib *rib)
{
	/* By id, since the removal of one may remove a group that the walk stands at. */
	uint32_t *id = malloc((rib->nexthops.count + 1) * sizeof(*id));
	unsigned int n = id ? list_unseen(rib, id) : 0;

	if (!id)
		rib->stale |= KIND_ALL;
	for (unsigned int i = 0; i < n; i++) {
		struct rib_nexthop *nexthop = find(rib, id[i]);

		if (nexthop && nexthop->kind != NH_ABSENT)
			remove_nexthop(rib, nexthop);
	}
	free(id);
}

void rib_free_nexthops(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->nexthops) {
		struct rib_nexthop *nexthop = hentry(node, struct rib_nexthop, node);

		free(nexthop->member);
		free(nexthop);
	}
	htable_free(&rib->nexthops);
}
