/* SPDX-License-Identifier: GPL-2.0-only */
/* A route as the programs would use it: a prefix with what it leads to. */
#ifndef ERXDP_ROUTE_VIEW_H
#define ERXDP_ROUTE_VIEW_H

#include <net/if.h>
#include <stdbool.h>

#include <erxdp/maps.h>

struct mapset;
struct json_object;
struct libscols_table;

struct route_hop {
	struct nexthop nexthop;
	double share; /* of the flows, in percent */
};

struct route_view {
	struct prefix_key prefix;
	enum route_kind kind;
	unsigned int nhops;
	struct route_hop hop[ERXDP_MAX_MEMBERS];
};

struct route_entry {
	struct prefix_key prefix;
	__u16 value;
};

/* Follows an entry to its nexthops. 0, or -EBUSY where they kept changing. */
int route_view_fill(const struct mapset *maps, const struct route_entry *entry,
		    struct route_view *view);
/*
 * What the programs would use for an address: the prefix that matches, its nexthops, and the
 * destination's own neighbour where there is no gateway. Where none matches kind is ROUTE_NONE. 0
 * or a negative errno.
 */
int route_view_find(const struct mapset *maps, __be32 addr, struct route_view *view);

/* "nexthop", "group", "local" ... */
const char *route_kind_name(enum route_kind kind);
/* What becomes of a packet for such a route, in words; NULL where its nexthops tell. */
const char *route_kind_text(enum route_kind kind);

#endif
