/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the fib call of one another. */
#ifndef ERXDP_FIB_PARTS_H
#define ERXDP_FIB_PARTS_H

#include "dir24.h"
#include "fib.h"
#include "fib_record.h"
#include "fib_set.h"
#include "fib_slots.h"
#include "htable.h"
#include "mapset.h"
#include "plan.h"
#include "rib.h"

struct nexthop_key {
	uint32_t nh_id; /* 0: a route's own hop, by the next two */
	uint32_t oif;
	__be32 gateway;
	uint32_t mtu; /* the route's, 0: none */
};

struct fib_nexthop {
	struct hnode node;
	struct nexthop_key key;
	bool orphan; /* found in the maps, not taken over yet; hashed by content, not by key */
	uint32_t slot;
	uint32_t refs;	   /* of prefixes and groups */
	struct nexthop is; /* as written, without seq */
};

struct group_key {
	uint32_t nh_id; /* 0: a route's own hops */
	uint32_t mtu;
	unsigned int nhops;
	struct hop hop[ERXDP_MAX_MEMBERS];
};

struct fib_group {
	struct hnode node;
	struct group_key key;
	bool orphan;
	uint32_t slot;
	uint32_t refs; /* of prefixes */
	unsigned int nmembers;
	struct fib_nexthop *member[ERXDP_MAX_MEMBERS];
	uint32_t weight[ERXDP_MAX_MEMBERS];
	struct nexthop_group is; /* as written, without seq */
};

struct fib {
	struct rib *rib;
	const struct config *config;
	struct mapset *maps;
	const struct fib_io *io;
	struct plan plan;
	bool replanned;	  /* interfaces and slots want a look */
	uint32_t decided; /* writes since the generation was raised that sessions must heed */

	struct htable nexthops, groups;
	struct fib_nexthop **nexthop_at; /* by slot */
	struct fib_group **group_at;
	struct fib_slots nexthop_slots, group_slots;
	struct dir24 table;
	struct fib_records records;
	struct fib_set ifaces, tx_ports, exempt_dst, exempt_src, neighbours, inside_policies,
		endpoints, inside_endpoints;

	uint64_t now; /* of the fib_apply() under way */
	uint32_t nprefixes;
	uint32_t lengths[33]; /* of them, by length */
	bool told_left;	      /* that the table leaves some to the kernel */
	bool wants_resolution;
	bool incomplete; /* for want of slots: prefixes were left to the kernel */
	bool told_incomplete;
	char trouble[160];
};

/* What the sets hold fits into their shadows. */
_Static_assert(sizeof(struct exempt_key) <= FIB_SET_KEY && sizeof(struct endpoint) <= FIB_SET_KEY &&
		       sizeof(struct iface_key) <= FIB_SET_KEY &&
		       sizeof(struct neighbour_key) <= FIB_SET_KEY,
	       "keys of sets");
_Static_assert(sizeof(struct iface) <= FIB_SET_VALUE && sizeof(struct neighbour) <= FIB_SET_VALUE &&
		       sizeof(struct endpoint_owner) <= FIB_SET_VALUE,
	       "values of sets");

static inline const struct plan_iface *fib_iface_of(const struct fib *fib, uint32_t ifindex)
{
	for (unsigned int i = 0; i < fib->plan.nifaces; i++)
		if (fib->plan.iface[i].ifindex == ifindex)
			return &fib->plan.iface[i];
	return NULL;
}

static inline const struct plan_port *fib_port_of(const struct fib *fib,
						  const struct plan_iface *iface)
{
	return plan_find_port(&fib->plan, iface->port);
}

/* The seq of an element in a memory-mapped array: odd while it is being written. One left odd by a
 * writer that died comes out even too. */
void fib_seq_begin(__u32 *seq);
void fib_seq_end(__u32 *seq);

/* fib.c. Something was written that decides where packets leave: sessions that remember that are
 * asked anew, when all is written or, of much, now and then. */
void fib_decided(struct fib *fib);

/* One of enum control_flags, for the programs at once. */
void fib_set_flag(struct fib *fib, uint32_t flag, bool on);

/* fib_nexthop.c. get: one more reference, made where there is none; NULL: no slot, no memory. */
struct fib_nexthop *fib_get_nexthop(struct fib *fib, const struct nexthop_key *key);
void fib_put_nexthop(struct fib *fib, struct fib_nexthop *nexthop);
void fib_refresh_nexthops(struct fib *fib);
/* One more reference on a slot that an installed route or group names. NULL: no such slot. */
struct fib_nexthop *fib_adopt_nexthop(struct fib *fib, uint32_t slot);
void fib_free_nexthops(struct fib *fib);

/* fib_group.c, likewise. */
struct fib_group *fib_get_group(struct fib *fib, const struct group_key *key);
void fib_put_group(struct fib *fib, struct fib_group *group);
void fib_refresh_groups(struct fib *fib);
struct fib_group *fib_adopt_group(struct fib *fib, uint32_t slot);
void fib_free_groups(struct fib *fib);

/* fib_share.c: who takes what, from the members' contents and the model. */
void fib_share(const struct fib *fib, const struct fib_group *group, struct nexthop_group *is);

/* fib_route.c. */
int fib_apply_routes(struct fib *fib);

/* fib_table.c. A value holds one reference on what it leads to: fib_install() takes it over, and
 * gives it back where it fails. */
int fib_install(struct fib *fib, struct rib_prefix *prefix, uint16_t value);
void fib_withdraw(struct fib *fib, struct rib_prefix *prefix);
void fib_put_value(struct fib *fib, uint16_t value);
void fib_note_left(struct fib *fib);
int fib_adopt_routes(struct fib *fib);
struct dir24_route fib_find_shorter(const void *owner, __be32 addr, unsigned int below);

/* fib_iface.c, fib_neigh.c. */
void fib_apply_uplinks(struct fib *fib);
void fib_apply_ifaces(struct fib *fib);
void fib_apply_neighbours(struct fib *fib);
void fib_init_neighbours(struct fib *fib);

/* fib_bond.c: also once a second, as a sign that the daemon lives. */
void fib_apply_bonds(struct fib *fib);

/* fib_policy.c: what the configuration says. 0 or a negative errno. */
void fib_init_policy(struct fib *fib);
int fib_apply_policy(struct fib *fib);
/* By the plan: each uplink has its own, or the ones that hold for all. */
int fib_apply_exemptions(struct fib *fib);

/* fib_forward.c: static forwardings, by the addresses that the uplinks have now. */
void fib_init_forwards(struct fib *fib);
void fib_apply_forwards(struct fib *fib);

#endif
