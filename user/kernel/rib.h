/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of what the kernel has: links with their addresses and settings, neighbours, rules,
 * nexthop objects, and the routes of every IPv4 table. It knows neither sockets nor BPF: events go
 * in (event.h), the plan and the fib read it.
 *
 * Structures and owners
 *
 *   rib ── links ──────── rib_link ── addresses (array, in the kernel's order)
 *       ├─ neighbours ─── rib_neighbour
 *       ├─ rules (array, by priority)
 *       ├─ nexthops ───── rib_nexthop ──┐ list of the routes that name it
 *       └─ prefixes ───── rib_prefix ── rib_route (list: by table, TOS, metric, then the kernel's
 *                                       order)
 *
 * Everything is owned by the rib. A rib_prefix lives while it has routes or is dirty; a rib_nexthop
 * of kind NH_ABSENT while routes name it.
 *
 * Flow
 *
 *   Notifications are applied one by one with rib_apply(). A dump is framed by rib_begin() and
 *   rib_sweep(): what the dump did not mention in between is removed as if that had been announced,
 *   since the kernel flushes much in silence (link down, address removed).
 *   `stale` says which kinds may have been flushed so and want a dump.
 *
 *   Notifications sent while a dump ran are applied after it although the dump may contain their
 *   effect already. That converges (an equal route is not inserted twice, a removal of nothing is
 *   nothing), with one exception: a replacement, replayed, may hit another entry than it did in the
 *   kernel, and a removal after it would then take that entry's place away. Between
 *   rib_replay(true) and rib_replay(false) such pairs are noticed and make the routes stale again.
 *
 *   What changed is kept for the one reader that computes the difference: dirty prefixes and
 *   neighbours on lists, everything else as bits in `changed`. The reader takes them off.
 */
#ifndef ERXDP_RIB_H
#define ERXDP_RIB_H

#include <stdio.h>
#include <sys/queue.h>

#include "event.h"
#include "htable.h"

#define KIND_BIT(kind) (1u << (kind))
#define KIND_ALL       (KIND_BIT(EVENT_MAX) - 2)

enum rib_changed {
	RIB_LINKS = 1 << 0, /* state, MTU, MAC, forwarding of a link */
	RIB_ADDRESSES = 1 << 1,
	RIB_NEIGHBOURS = 1 << 2, /* some; which: dirty_neighbours */
	RIB_NEXTHOPS = 1 << 3,	 /* contents of a nexthop object */
	RIB_RULES = 1 << 4,
	RIB_COVER = 1 << 5,    /* which prefixes an earlier table covers */
	RIB_TOPOLOGY = 1 << 6, /* links came, went, moved: the plan may be another */
	RIB_FLAPPED = 1 << 7,  /* links went up or down: which hops are usable */
};

struct rib_address {
	__be32 local;
	__be32 address;
	uint8_t len;
	uint8_t scope;
	bool secondary;
	uint32_t gen;
};

struct rib_link {
	struct hnode node;
	uint32_t ifindex;
	bool present; /* false: only its settings were announced so far */
	uint32_t gen;
	uint32_t conf_gen;
	bool has_conf;
	bool flapped;	      /* up or down since the fib last looked */
	bool forwarding;      /* net.ipv4.conf.NAME.forwarding */
	bool ignore_linkdown; /* net.ipv4.conf.NAME.ignore_routes_with_linkdown */
	struct event_link is; /* as last announced */
	struct rib_address *address;
	unsigned int naddress;
};

struct rib_neighbour {
	struct hnode node;
	struct rib_neighbour *next_dirty;
	uint32_t ifindex;
	__be32 addr;
	uint16_t state; /* NUD_*; 0: gone, freed when no longer dirty */
	uint8_t mac[6];
	bool has_mac;
	bool dirty;
	uint32_t gen;
};

struct rib_rule {
	struct event_rule is;
	uint32_t gen;
};

struct rib_route {
	struct rib_route *next; /* within the prefix */
	struct rib_prefix *prefix;
	struct rib_nexthop *nexthop; /* where nh_id is not 0 */
	LIST_ENTRY(rib_route) of_nexthop;
	uint32_t table;
	uint32_t metric;
	uint32_t nh_id;
	uint32_t mtu;
	uint32_t extra;
	__be32 prefsrc;
	uint8_t tos;
	uint8_t type;
	uint8_t scope;
	uint8_t protocol;
	uint32_t gen;
	uint8_t replayed; /* the replay in which it replaced another */
	bool foreign;
	uint8_t nhops;
	struct hop hop[];
};

/* Tables that take part in the lookup, in its order. */
enum rib_table { TABLE_LOCAL, TABLE_MAIN, TABLE_DEFAULT, TABLE_MAX };

struct rib_prefix {
	struct hnode node;
	struct rib_prefix *next_dirty;
	struct rib_route *routes;
	__be32 addr;
	uint8_t len;
	uint8_t tables; /* bit n: has a route in table n of enum rib_table */
	bool dirty;
	uint16_t cookie; /* the fib's: what it installed; 0: nothing */
	uint32_t record; /* the fib's: where it noted that */
};

struct rib_nexthop {
	struct hnode node;
	uint32_t id;
	enum nexthop_kind kind;	     /* as announced */
	enum nexthop_kind effective; /* a group of which a member cannot be used is foreign */
	uint32_t gen;
	struct hop hop;
	unsigned int nmembers;
	struct nexthop_member *member;
	LIST_HEAD(, rib_route) routes;
	LIST_ENTRY(rib_nexthop) of_groups;
};

struct rib {
	struct htable links, neighbours, nexthops, prefixes;
	LIST_HEAD(, rib_nexthop) groups;
	struct rib_rule *rule;
	unsigned int nrules;
	uint32_t nroutes;
	uint32_t ndead;			/* hops of theirs that the kernel called dead */
	uint32_t covers[TABLE_MAX][33]; /* prefixes by table and length */
	bool ignore_linkdown;		/* net.ipv4.conf.all.ignore_routes_with_linkdown */

	unsigned int changed; /* enum rib_changed */
	unsigned int stale;   /* KIND_BIT()s that may differ from the kernel's */
	struct rib_prefix *dirty_prefixes;
	struct rib_neighbour *dirty_neighbours;

	uint32_t gen;	      /* of the dump under way or last made */
	unsigned int dumping; /* KIND_BIT()s */
	uint8_t replay;	      /* number of the replay under way, 0: none */
	uint8_t last_replay;
};

struct rib *rib_new(void);
void rib_free(struct rib *rib);

/* 0 or -ENOMEM, after which the model wants a full dump. */
int rib_apply(struct rib *rib, const struct event *event);
void rib_begin(struct rib *rib, unsigned int kinds);
void rib_sweep(struct rib *rib, unsigned int kinds);
void rib_replay(struct rib *rib, bool on);

/* Links: rib_link.c. Only those that are present. */
const struct rib_link *rib_find_link(const struct rib *rib, uint32_t ifindex);
const struct rib_link *rib_find_link_named(const struct rib *rib, const char *name);
bool rib_link_is_up(const struct rib_link *link); /* administratively, and with carrier */
/* False where the kernel would not choose a route's own hop by this device (RTNH_F_DEAD, or
 * linkdown and ignored). */
bool rib_hop_is_usable(const struct rib *rib, const struct hop *hop);

/* Neighbours: rib_neigh.c. */
const struct rib_neighbour *rib_find_neighbour(const struct rib *rib, uint32_t ifindex,
					       __be32 addr);
bool rib_neighbour_is_usable(const struct rib_neighbour *neighbour);
/* Takes one off the dirty list; NULL at its end. rib_settle_neighbour() may free it. */
struct rib_neighbour *rib_take_neighbour(struct rib *rib);
void rib_settle_neighbour(struct rib *rib, struct rib_neighbour *neighbour);
void rib_mark_neighbours(struct rib *rib);

/* Rules: rib_rule.c. True where local, main and default are looked up in this order and nothing
 * else decides; otherwise the reason as a sentence. */
bool rib_rules_are_plain(const struct rib *rib, char *why, size_t len);

/* Nexthop objects: rib_nexthop.c. */
const struct rib_nexthop *rib_find_nexthop(const struct rib *rib, uint32_t id);

/* Routes: rib_route.c. */
struct rib_prefix *rib_find_prefix(const struct rib *rib, __be32 addr, unsigned int len);
struct rib_prefix *rib_take_prefix(struct rib *rib);
void rib_settle_prefix(struct rib *rib, struct rib_prefix *prefix);
void rib_mark_prefix(struct rib *rib, struct rib_prefix *prefix);
/* The entry of a prefix that the programs have, with routes or not; dirty. NULL: no memory. */
struct rib_prefix *rib_adopt_prefix(struct rib *rib, __be32 addr, unsigned int len);
void rib_mark_prefixes(struct rib *rib);
/* Those with hops of their own on links that went up or down since the last call. */
void rib_mark_flapped(struct rib *rib);
/* Those of tables that an earlier one's prefixes may cover. */
void rib_mark_covered(struct rib *rib);
/* -1 where the table takes no part in the lookup. */
int rib_table_of(const struct rib_route *route);
uint32_t rib_table_id(enum rib_table table);
/* True where a shorter prefix of an earlier table contains it. */
bool rib_is_covered(const struct rib *rib, const struct rib_prefix *prefix, enum rib_table table);
/* The devices that the best routes of 0.0.0.0/0 in the main table leave by; their number. */
unsigned int rib_default_devices(const struct rib *rib, uint32_t *ifindex, unsigned int room);

#endif
