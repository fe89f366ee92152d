// SPDX-License-Identifier: GPL-2.0-only
/* The model as a whole: made, fed, swept, freed. rib.h has the overview. */
#include <stdlib.h>

#include "rib.h"
#include "rib_parts.h"

static int (*const apply[EVENT_MAX])(struct rib *, const struct event *) = {
	[EVENT_LINK] = rib_apply_link,	     [EVENT_NETCONF] = rib_apply_netconf,
	[EVENT_ADDRESS] = rib_apply_address, [EVENT_NEIGHBOUR] = rib_apply_neighbour,
	[EVENT_RULE] = rib_apply_rule,	     [EVENT_NEXTHOP] = rib_apply_nexthop,
	[EVENT_ROUTE] = rib_apply_route,
};

static void (*const sweep[EVENT_MAX])(struct rib *) = {
	[EVENT_LINK] = rib_sweep_links,	       [EVENT_NETCONF] = rib_sweep_netconf,
	[EVENT_ADDRESS] = rib_sweep_addresses, [EVENT_NEIGHBOUR] = rib_sweep_neighbours,
	[EVENT_RULE] = rib_sweep_rules,	       [EVENT_NEXTHOP] = rib_sweep_nexthops,
	[EVENT_ROUTE] = rib_sweep_routes,
};

struct rib *rib_new(void)
{
	return calloc(1, sizeof(struct rib));
}

void rib_free(struct rib *rib)
{
	if (!rib)
		return;
	rib_free_routes(rib);
	rib_free_nexthops(rib);
	rib_free_neighbours(rib);
	rib_free_links(rib);
	free(rib->rule);
	free(rib);
}

int rib_apply(struct rib *rib, const struct event *event)
{
	int err;

	if (event->kind == EVENT_NONE)
		return 0;
	err = apply[event->kind](rib, event);
	if (err < 0)
		rib->stale |= KIND_ALL;
	return err;
}

void rib_begin(struct rib *rib, unsigned int kinds)
{
	rib->gen++;
	rib->dumping = kinds;
}

void rib_sweep(struct rib *rib, unsigned int kinds)
{
	rib->dumping = 0;
	for (unsigned int kind = 0; kind < EVENT_MAX; kind++)
		if (kinds & KIND_BIT(kind))
			sweep[kind](rib);
	rib->stale &= ~kinds;
}

void rib_replay(struct rib *rib, bool on)
{
	if (on && !++rib->last_replay)
		rib->last_replay = 1;
	rib->replay = on ? rib->last_replay : 0;
}
