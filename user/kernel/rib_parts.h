/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model call of one another. */
#ifndef ERXDP_RIB_PARTS_H
#define ERXDP_RIB_PARTS_H

#include "rib.h"

static inline bool rib_is_dumping(const struct rib *rib, enum event_kind kind)
{
	return rib->dumping & KIND_BIT(kind);
}

int rib_apply_link(struct rib *rib, const struct event *event);
int rib_apply_netconf(struct rib *rib, const struct event *event);
int rib_apply_address(struct rib *rib, const struct event *event);
int rib_apply_neighbour(struct rib *rib, const struct event *event);
int rib_apply_rule(struct rib *rib, const struct event *event);
int rib_apply_nexthop(struct rib *rib, const struct event *event);
int rib_apply_route(struct rib *rib, const struct event *event);

void rib_sweep_links(struct rib *rib);
void rib_sweep_netconf(struct rib *rib);
void rib_sweep_addresses(struct rib *rib);
void rib_sweep_neighbours(struct rib *rib);
void rib_sweep_rules(struct rib *rib);
void rib_sweep_nexthops(struct rib *rib);
void rib_sweep_routes(struct rib *rib);

void rib_free_links(struct rib *rib);
void rib_free_neighbours(struct rib *rib);
void rib_free_nexthops(struct rib *rib);
void rib_free_routes(struct rib *rib);

/* The device's entry, made where there is none. NULL: no memory. */
struct rib_link *rib_get_link(struct rib *rib, uint32_t ifindex);
void rib_drop_link(struct rib *rib, struct rib_link *link);
bool rib_link_flapped(const struct rib *rib, uint32_t ifindex);
void rib_clear_flaps(struct rib *rib);

/* Ties a route to its nexthop object, known or not yet; 0 or -ENOMEM. */
int rib_tie_nexthop(struct rib *rib, struct rib_route *route);
void rib_untie_nexthop(struct rib *rib, struct rib_route *route);
/* Unlinks and frees; the prefix becomes dirty. */
void rib_remove_route(struct rib *rib, struct rib_route *route);

#endif
