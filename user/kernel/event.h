/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One fact that the kernel told, in the project's own terms: what the message parser (nlmsg) makes
 * and the model (rib) takes, be it from a dump or from a notification.
 */
#ifndef ERXDP_EVENT_H
#define ERXDP_EVENT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

enum event_kind {
	EVENT_NONE, /* well-formed, and nothing of ours */
	EVENT_LINK,
	EVENT_NETCONF,
	EVENT_ADDRESS,
	EVENT_NEIGHBOUR,
	EVENT_RULE,
	EVENT_NEXTHOP,
	EVENT_ROUTE,
	EVENT_MAX
};

/* Where a route goes among those with its table, prefix, TOS and metric (fib_table_insert()). */
enum event_place { PLACE_FIRST, PLACE_LAST, PLACE_REPLACE };

enum link_kind { LINK_OTHER, LINK_VLAN, LINK_BOND, LINK_VRF, LINK_BRIDGE };

/* Of a bond, and of its slaves: by which of them it sends. */
struct event_bond {
	uint8_t mode;	     /* BOND_MODE_* */
	uint8_t policy;	     /* BOND_XMIT_POLICY_* */
	uint16_t aggregator; /* 802.3ad: the bond's active one, the slave's own; 0: none */
	bool active;	     /* a slave whose link the bond found up and that it sends by */
};

struct event_link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint32_t flags; /* IFF_* */
	uint32_t mtu;
	uint8_t mac[6];
	bool has_mac; /* six bytes, i.e. Ethernet */
	uint8_t operstate;
	uint32_t parent; /* IFLA_LINK; 0: none, or in another namespace */
	uint32_t master;
	enum link_kind kind;
	struct vlan_tag tag; /* of a VLAN device */
	uint32_t table;	     /* of a VRF */
	struct event_bond bond;
};

/* ifindex 0 stands for "all"; a field is valid where its has_ is set. */
struct event_netconf {
	uint32_t ifindex;
	bool is_default; /* the template for devices to come: of no interest */
	bool has_forwarding, forwarding;
	bool has_ignore_linkdown, ignore_linkdown;
};

struct event_address {
	uint32_t ifindex;
	__be32 local;	/* the host's own */
	__be32 address; /* the prefix's, or the peer's on a point-to-point link */
	uint8_t len;
	uint8_t scope;
	bool secondary;
};

struct event_neighbour {
	uint32_t ifindex;
	__be32 addr;
	uint16_t state; /* NUD_* */
	uint8_t mac[6];
	bool has_mac;
};

struct event_rule {
	uint32_t priority;
	uint32_t table;
	uint32_t digest; /* of the whole message: what tells two rules apart */
	bool plain;	 /* everything looks up `table`: no selector, no other action */
	char text[96];	 /* "from all lookup 200" */
};

struct hop {
	uint32_t oif;
	__be32 gateway; /* 0: the destination is on the link */
	uint32_t weight;
	bool onlink;
	bool dead; /* RTNH_F_DEAD, of a route's own hop: its state, not a part of its identity */
};

enum nexthop_kind {
	NH_ABSENT, /* referred to, but not (or no longer) known */
	NH_SINGLE,
	NH_GROUP,
	NH_BLACKHOLE,
	NH_FOREIGN, /* IPv6 gateway, encapsulation, resilient group, too many members */
};

struct nexthop_member {
	uint32_t id;
	uint32_t weight;
};

struct event_nexthop {
	uint32_t id;
	enum nexthop_kind kind;
	struct hop hop;
	unsigned int nmembers;
	struct nexthop_member member[ERXDP_MAX_MEMBERS];
};

struct event_route {
	uint32_t table;
	__be32 dst;
	uint8_t len;
	uint8_t tos;
	uint8_t type; /* RTN_* */
	uint8_t scope;
	uint8_t protocol;
	bool foreign; /* the programs cannot do it: IPv6 gateway, encapsulation, too many paths */
	uint32_t metric;
	uint32_t nh_id; /* 0: the hops are the route's own */
	uint32_t mtu;	/* RTAX_MTU, 0: none */
	__be32 prefsrc;
	uint32_t extra; /* digest of what does not matter here but tells two routes apart */
	enum event_place place;
	unsigned int nhops;
	struct hop hop[ERXDP_MAX_MEMBERS];
};

struct event {
	enum event_kind kind;
	bool removal;
	union {
		struct event_link link;
		struct event_netconf netconf;
		struct event_address address;
		struct event_neighbour neighbour;
		struct event_rule rule;
		struct event_nexthop nexthop;
		struct event_route route;
	};
};

#endif
