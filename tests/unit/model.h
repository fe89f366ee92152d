/* SPDX-License-Identifier: GPL-2.0-only */
/* Events in short words, for the tests of the model and of what is made of it. */
#ifndef ERXDP_TESTS_MODEL_H
#define ERXDP_TESTS_MODEL_H

#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rib.h"

#define LOWER_UP 0x10000
#define UP	 (IFF_UP | IFF_RUNNING | LOWER_UP)

static inline void apply(struct rib *rib, const struct event *event)
{
	assert_int_equal(rib_apply(rib, event), 0);
}

static inline void set_link(struct rib *rib, uint32_t ifindex, const char *name, uint32_t flags)
{
	struct event event = {.kind = EVENT_LINK};

	event.link.ifindex = ifindex;
	event.link.flags = flags;
	event.link.mtu = 1500;
	event.link.has_mac = true;
	event.link.mac[0] = 2;
	event.link.mac[5] = ifindex;
	snprintf(event.link.name, sizeof(event.link.name), "%s", name);
	apply(rib, &event);
}

static inline void set_vlan(struct rib *rib, uint32_t ifindex, const char *name, uint32_t parent,
			    uint16_t vid)
{
	struct event event = {.kind = EVENT_LINK};

	event.link = (struct event_link){.ifindex = ifindex,
					 .flags = UP,
					 .mtu = 1500,
					 .has_mac = true,
					 .mac = {2, 0, 0, 0, 0, ifindex},
					 .parent = parent,
					 .kind = LINK_VLAN,
					 .tag = {htons(0x8100), vid}};
	snprintf(event.link.name, sizeof(event.link.name), "%s", name);
	apply(rib, &event);
}

static inline void set_slave(struct rib *rib, uint32_t ifindex, const char *name, uint32_t master)
{
	struct event event = {.kind = EVENT_LINK};

	event.link = (struct event_link){
		.ifindex = ifindex, .flags = UP, .mtu = 1500, .has_mac = true, .master = master};
	snprintf(event.link.name, sizeof(event.link.name), "%s", name);
	apply(rib, &event);
}

static inline void set_bond(struct rib *rib, uint32_t ifindex, const char *name)
{
	struct event event = {.kind = EVENT_LINK};

	event.link = (struct event_link){.ifindex = ifindex,
					 .flags = UP,
					 .mtu = 1500,
					 .has_mac = true,
					 .mac = {2, 0, 0, 0, 0, ifindex},
					 .kind = LINK_BOND};
	snprintf(event.link.name, sizeof(event.link.name), "%s", name);
	apply(rib, &event);
}

static inline void set_forwarding(struct rib *rib, uint32_t ifindex, bool on)
{
	struct event event = {.kind = EVENT_NETCONF};

	event.netconf = (struct event_netconf){
		.ifindex = ifindex, .has_forwarding = true, .forwarding = on};
	apply(rib, &event);
}

static inline struct event an_address(uint32_t ifindex, const char *local, uint8_t len)
{
	struct event event = {.kind = EVENT_ADDRESS};

	event.address.ifindex = ifindex;
	event.address.local = inet_addr(local);
	event.address.address = event.address.local;
	event.address.len = len;
	return event;
}

static inline struct event a_neighbour(uint32_t ifindex, const char *addr, uint16_t state,
				       uint8_t mac)
{
	struct event event = {.kind = EVENT_NEIGHBOUR};

	event.neighbour.ifindex = ifindex;
	event.neighbour.addr = inet_addr(addr);
	event.neighbour.state = state;
	event.neighbour.has_mac = mac;
	event.neighbour.mac[0] = 2;
	event.neighbour.mac[5] = mac;
	return event;
}

static inline void set_neighbour(struct rib *rib, uint32_t ifindex, const char *addr,
				 uint16_t state, uint8_t mac)
{
	struct event event = a_neighbour(ifindex, addr, state, mac);

	apply(rib, &event);
}

/* A unicast route of the main table, by a hop of its own where oif is not 0. */
static inline struct event a_route(const char *dst, uint8_t len, uint32_t oif, const char *gateway)
{
	struct event event = {.kind = EVENT_ROUTE};
	struct event_route *route = &event.route;

	route->table = RT_TABLE_MAIN;
	route->dst = inet_addr(dst);
	route->len = len;
	route->type = RTN_UNICAST;
	if (!oif)
		return event;
	route->nhops = 1;
	route->hop[0] =
		(struct hop){.oif = oif, .gateway = gateway ? inet_addr(gateway) : 0, .weight = 1};
	return event;
}

static inline void add_hop(struct event *event, uint32_t oif, const char *gateway, uint32_t weight)
{
	event->route.hop[event->route.nhops++] =
		(struct hop){.oif = oif, .gateway = inet_addr(gateway), .weight = weight};
}

static inline struct event of_type(struct event event, uint8_t type)
{
	event.route.type = type;
	return event;
}

static inline struct event in_table(struct event event, uint32_t table)
{
	event.route.table = table;
	return event;
}

static inline struct event removal_of(struct event event)
{
	event.removal = true;
	return event;
}

static inline void add(struct rib *rib, struct event event)
{
	apply(rib, &event);
}

static inline void del(struct rib *rib, struct event event)
{
	event.removal = true;
	apply(rib, &event);
}

static inline struct event by_object(const char *dst, uint8_t len, uint32_t id)
{
	struct event event = a_route(dst, len, 0, NULL);

	event.route.nh_id = id;
	return event;
}

static inline struct event an_object(uint32_t id, uint32_t oif, const char *gateway)
{
	struct event event = {.kind = EVENT_NEXTHOP};

	event.nexthop.id = id;
	event.nexthop.kind = NH_SINGLE;
	event.nexthop.hop =
		(struct hop){.oif = oif, .gateway = gateway ? inet_addr(gateway) : 0, .weight = 1};
	return event;
}

static inline struct event a_blackhole(uint32_t id)
{
	struct event event = an_object(id, 0, NULL);

	event.nexthop.kind = NH_BLACKHOLE;
	return event;
}

/* Two members, the ids and the weights of which are given. */
static inline struct event a_group(uint32_t id, uint32_t one, uint32_t weight_one, uint32_t two,
				   uint32_t weight_two)
{
	struct event event = {.kind = EVENT_NEXTHOP};

	event.nexthop.id = id;
	event.nexthop.kind = NH_GROUP;
	event.nexthop.member[0] = (struct nexthop_member){one, weight_one};
	event.nexthop.member[1] = (struct nexthop_member){two, weight_two};
	event.nexthop.nmembers = two ? 2 : 1;
	return event;
}

static inline struct event a_rule(uint32_t priority, uint32_t table, bool plain)
{
	struct event event = {.kind = EVENT_RULE};

	event.rule.priority = priority;
	event.rule.table = table;
	event.rule.digest = priority * 1000 + table + plain;
	event.rule.plain = plain;
	snprintf(event.rule.text, sizeof(event.rule.text), "from all lookup %u", table);
	return event;
}

static inline void add_default_rules(struct rib *rib)
{
	add(rib, a_rule(0, RT_TABLE_LOCAL, true));
	add(rib, a_rule(32766, RT_TABLE_MAIN, true));
	add(rib, a_rule(32767, RT_TABLE_DEFAULT, true));
}

#endif
