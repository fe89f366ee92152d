// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message parser: what each message means, and that no sequence of bytes makes it read what is
 * not there. Routes that the programs cannot serve must be recognised here, or they would be
 * served.
 */
#include "model.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <net/if_arp.h>

#include "nlmsg.h"

/* Behind <net/if.h>, which it makes room for, and not before it. */
#include <linux/if_bonding.h>

static char buf[1024] __attribute__((aligned(8)));
static struct nlmsghdr *nlh;
static struct event event;

static void *begin(uint16_t type, uint16_t flags, size_t head)
{
	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	return mnl_nlmsg_put_extra_header(nlh, head);
}

static void put_addr(uint16_t type, const char *addr)
{
	mnl_attr_put_u32(nlh, type, inet_addr(addr));
}

static struct rtmsg *begin_route(uint16_t type, uint16_t flags)
{
	struct rtmsg *rtm = begin(type, flags, sizeof(*rtm));

	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 16;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	put_addr(RTA_DST, "10.1.0.0");
	return rtm;
}

static void put_via6(uint16_t type)
{
	struct {
		uint16_t family;
		uint8_t addr[16];
	} via = {.family = AF_INET6};

	mnl_attr_put(nlh, type, sizeof(via), &via);
}

static void put_path(unsigned int oif, const char *gateway, unsigned int weight, bool foreign)
{
	struct rtnexthop *path = mnl_nlmsg_get_payload_tail(nlh);
	uint32_t before = nlh->nlmsg_len;

	memset(path, 0, sizeof(*path));
	path->rtnh_ifindex = oif;
	path->rtnh_hops = weight - 1;
	nlh->nlmsg_len += sizeof(*path);
	put_addr(RTA_GATEWAY, gateway);
	if (foreign)
		mnl_attr_put_u16(nlh, RTA_ENCAP_TYPE, 1);
	path->rtnh_len = nlh->nlmsg_len - before;
}

static void route_simple(void)
{
	begin_route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	mnl_attr_put_u32(nlh, RTA_TABLE, 1234);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 20);
	put_addr(RTA_GATEWAY, "192.0.2.254");
}

static void route_replaced(void)
{
	struct nlattr *metrics;

	begin_route(RTM_NEWROUTE, NLM_F_REPLACE);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
	metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
	mnl_attr_put_u32(nlh, RTAX_MTU, 1400);
	mnl_attr_nest_end(nlh, metrics);
}

static void route_multipath(void)
{
	struct nlattr *paths;

	begin_route(RTM_NEWROUTE, NLM_F_APPEND);
	paths = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	put_path(5, "192.0.2.254", 1, false);
	put_path(6, "192.0.2.253", 3, false);
	mnl_attr_nest_end(nlh, paths);
}

static void route_multipath_tunnel(void)
{
	struct nlattr *paths;

	begin_route(RTM_NEWROUTE, 0);
	paths = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	put_path(5, "192.0.2.254", 1, false);
	put_path(6, "192.0.2.253", 3, true);
	mnl_attr_nest_end(nlh, paths);
}

static void route_many_paths(void)
{
	struct nlattr *paths;

	begin_route(RTM_NEWROUTE, 0);
	paths = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	for (unsigned int i = 0; i < 40; i++)
		put_path(5 + i, "192.0.2.254", 1, false);
	mnl_attr_nest_end(nlh, paths);
}

static void route_ipv6_gateway(void)
{
	begin_route(RTM_NEWROUTE, 0);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
	put_via6(RTA_VIA);
}

static void route_tunnel(void)
{
	begin_route(RTM_NEWROUTE, 0);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
	mnl_attr_put_u16(nlh, RTA_ENCAP_TYPE, 1);
	mnl_attr_put_u32(nlh, RTA_ENCAP, 0);
}

/* As nexthop_compat_mode sends it: with the object's hops, and its type. */
static void route_by_object(void)
{
	begin_route(RTM_NEWROUTE, 0)->rtm_type = RTN_BLACKHOLE;
	mnl_attr_put_u32(nlh, RTA_NH_ID, 7);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
}

static void route_cached(void)
{
	begin_route(RTM_NEWROUTE, 0)->rtm_flags = RTM_F_CLONED;
}

static void route_ipv6(void)
{
	begin_route(RTM_NEWROUTE, 0)->rtm_family = AF_INET6;
}

static void route_gone(void)
{
	begin_route(RTM_DELROUTE, 0);
	mnl_attr_put_u32(nlh, RTA_OIF, 5);
}

static void test_routes(void **state)
{
	static const struct {
		const char *what;
		void (*build)(void);
		enum event_kind kind;
		enum event_place place;
		unsigned int nhops;
		bool foreign;
	} cases[] = {
		{"a new route", route_simple, EVENT_ROUTE, PLACE_FIRST, 1, false},
		{"a replaced one", route_replaced, EVENT_ROUTE, PLACE_REPLACE, 1, false},
		{"appended, two paths", route_multipath, EVENT_ROUTE, PLACE_LAST, 2, false},
		{"one path is a tunnel", route_multipath_tunnel, EVENT_ROUTE, PLACE_FIRST, 2, true},
		{"too many paths", route_many_paths, EVENT_ROUTE, PLACE_FIRST, 32, true},
		{"an IPv6 gateway", route_ipv6_gateway, EVENT_ROUTE, PLACE_FIRST, 1, true},
		{"a tunnel", route_tunnel, EVENT_ROUTE, PLACE_FIRST, 1, true},
		{"by an object", route_by_object, EVENT_ROUTE, PLACE_FIRST, 0, false},
		{"a cached exception", route_cached, EVENT_NONE, 0, 0, false},
		{"an IPv6 route", route_ipv6, EVENT_NONE, 0, 0, false},
		{"a removal", route_gone, EVENT_ROUTE, PLACE_FIRST, 1, false},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i].build();
		if (nlmsg_parse(nlh, &event) != 0 || event.kind != cases[i].kind)
			fail_msg("%s: kind %d", cases[i].what, event.kind);
		if (event.kind == EVENT_ROUTE &&
		    (event.route.nhops != cases[i].nhops || event.route.place != cases[i].place ||
		     event.route.foreign != cases[i].foreign))
			fail_msg("%s: %u hops, place %d, foreign %d", cases[i].what,
				 event.route.nhops, event.route.place, event.route.foreign);
	}
	assert_true(event.removal);
}

static void test_route_fields(void **state)
{
	(void)state;
	route_simple();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.route.table, 1234);
	assert_int_equal(event.route.metric, 20);
	assert_int_equal(event.route.dst, inet_addr("10.1.0.0"));
	assert_int_equal(event.route.len, 16);
	assert_int_equal(event.route.hop[0].gateway, inet_addr("192.0.2.254"));
	route_replaced();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.route.mtu, 1400);
	assert_int_not_equal(event.route.extra, 0);
	route_multipath();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.route.hop[1].weight, 3);
	/* Blackhole or not is the object's matter, and may change without the route. */
	route_by_object();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.route.nh_id, 7);
	assert_int_equal(event.route.type, RTN_UNICAST);
}

static struct nhmsg *begin_nexthop(uint8_t family, uint32_t id)
{
	struct nhmsg *head = begin(RTM_NEWNEXTHOP, 0, sizeof(*head));

	head->nh_family = family;
	mnl_attr_put_u32(nlh, NHA_ID, id);
	return head;
}

static void nexthop_gateway(void)
{
	begin_nexthop(AF_INET, 1);
	mnl_attr_put_u32(nlh, NHA_OIF, 5);
	put_addr(NHA_GATEWAY, "192.0.2.254");
}

static void nexthop_ipv6(void)
{
	static const uint8_t addr[16];

	begin_nexthop(AF_INET6, 1);
	mnl_attr_put_u32(nlh, NHA_OIF, 5);
	mnl_attr_put(nlh, NHA_GATEWAY, sizeof(addr), addr);
}

static void nexthop_blackhole(void)
{
	begin_nexthop(AF_INET, 1);
	mnl_attr_put(nlh, NHA_BLACKHOLE, 0, NULL);
}

static void put_group(unsigned int n)
{
	struct nexthop_grp group[40] = {0};

	for (unsigned int i = 0; i < n; i++) {
		group[i].id = i + 1;
		group[i].weight = i;
	}
	begin_nexthop(AF_UNSPEC, 99);
	mnl_attr_put(nlh, NHA_GROUP, n * sizeof(group[0]), group);
}

static void nexthop_group_of_two(void)
{
	put_group(2);
}

static void nexthop_group_of_forty(void)
{
	put_group(40);
}

static void nexthop_group_resilient(void)
{
	put_group(2);
	mnl_attr_put_u16(nlh, NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_RES);
}

static void test_nexthops(void **state)
{
	static const struct {
		const char *what;
		void (*build)(void);
		enum nexthop_kind kind;
		unsigned int nmembers;
	} cases[] = {
		{"a gateway", nexthop_gateway, NH_SINGLE, 0},
		{"an IPv6 gateway", nexthop_ipv6, NH_FOREIGN, 0},
		{"a blackhole", nexthop_blackhole, NH_BLACKHOLE, 0},
		{"too large a group", nexthop_group_of_forty, NH_FOREIGN, 32},
		{"a resilient group", nexthop_group_resilient, NH_FOREIGN, 2},
		{"a group", nexthop_group_of_two, NH_GROUP, 2},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i].build();
		if (nlmsg_parse(nlh, &event) != 0 || event.nexthop.kind != cases[i].kind ||
		    event.nexthop.nmembers != cases[i].nmembers)
			fail_msg("%s: kind %d", cases[i].what, event.nexthop.kind);
	}
	assert_int_equal(event.nexthop.member[1].weight, 2);
}

static void rule_main(void)
{
	struct fib_rule_hdr *head = begin(RTM_NEWRULE, 0, sizeof(*head));

	head->family = AF_INET;
	head->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(nlh, FRA_PRIORITY, 100);
	mnl_attr_put_u32(nlh, FRA_TABLE, RT_TABLE_MAIN);
	mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, ~0u);
}

static void rule_source(void)
{
	rule_main();
	((struct fib_rule_hdr *)mnl_nlmsg_get_payload(nlh))->src_len = 24;
	put_addr(FRA_SRC, "198.51.100.0");
}

static void rule_mark(void)
{
	rule_main();
	mnl_attr_put_u32(nlh, FRA_FWMARK, 0x10);
}

static void rule_suppress(void)
{
	rule_main();
	mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, 0);
}

static void rule_vrf(void)
{
	rule_main();
	mnl_attr_put_u8(nlh, FRA_L3MDEV, 1);
}

static void rule_not(void)
{
	rule_main();
	((struct fib_rule_hdr *)mnl_nlmsg_get_payload(nlh))->flags = FIB_RULE_INVERT;
}

static void rule_ports(void)
{
	static const struct fib_rule_port_range range = {80, 80};

	rule_main();
	mnl_attr_put(nlh, FRA_DPORT_RANGE, sizeof(range), &range);
}

static void test_rules(void **state)
{
	static const struct {
		void (*build)(void);
		bool plain;
		const char *text;
	} cases[] = {
		{rule_main, true, "from all lookup 254"},
		{rule_source, false, "from 198.51.100.0/24 lookup 254"},
		{rule_mark, false, "from all fwmark 0x10 lookup 254"},
		{rule_suppress, false, "from all lookup 254"},
		{rule_vrf, false, "from all lookup the device's VRF"},
		{rule_not, false, "not from all lookup 254"},
		{rule_ports, false, "from all lookup 254"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i].build();
		assert_int_equal(nlmsg_parse(nlh, &event), 0);
		assert_string_equal(event.rule.text, cases[i].text);
		if (event.rule.plain != cases[i].plain)
			fail_msg("%s: plain %d", cases[i].text, event.rule.plain);
	}
}

static void link_vlan(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
	struct ifinfomsg *head = begin(RTM_NEWLINK, 0, sizeof(*head));
	struct nlattr *info, *data;

	head->ifi_index = 9;
	head->ifi_type = ARPHRD_ETHER;
	head->ifi_flags = UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "bond0.1000");
	mnl_attr_put_u32(nlh, IFLA_MTU, 1496);
	mnl_attr_put_u32(nlh, IFLA_LINK, 3);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, 1000);
	mnl_attr_put_u16(nlh, IFLA_VLAN_PROTOCOL, htons(0x88a8));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static struct nlattr *begin_link(uint32_t ifindex, const char *name)
{
	struct ifinfomsg *head = begin(RTM_NEWLINK, 0, sizeof(*head));

	head->ifi_index = ifindex;
	head->ifi_type = ARPHRD_ETHER;
	head->ifi_flags = UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return mnl_attr_nest_start(nlh, IFLA_LINKINFO);
}

static void put_aggregator(uint16_t id)
{
	struct nlattr *ad = mnl_attr_nest_start(nlh, IFLA_BOND_AD_INFO);

	mnl_attr_put_u16(nlh, IFLA_BOND_AD_INFO_AGGREGATOR, id);
	mnl_attr_put_u16(nlh, IFLA_BOND_AD_INFO_NUM_PORTS, 2);
	mnl_attr_nest_end(nlh, ad);
}

static void put_bond(uint8_t mode, uint8_t policy, uint16_t aggregator)
{
	struct nlattr *info = begin_link(6, "bond0"), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bond");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u8(nlh, IFLA_BOND_MODE, mode);
	mnl_attr_put_u8(nlh, IFLA_BOND_XMIT_HASH_POLICY, policy);
	if (aggregator)
		put_aggregator(aggregator);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static void put_slave(const char *kind, uint8_t state, uint8_t link)
{
	struct nlattr *info = begin_link(2, "eth0"), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, kind);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(nlh, IFLA_BOND_SLAVE_STATE, state);
	mnl_attr_put_u8(nlh, IFLA_BOND_SLAVE_MII_STATUS, link);
	mnl_attr_put_u16(nlh, IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, 3);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static void link_bond(void)
{
	put_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER34, 3);
}

static void link_slave(void)
{
	put_slave("bond", BOND_STATE_ACTIVE, BOND_LINK_UP);
}

static void test_bonds(void **state)
{
	(void)state;
	link_bond();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.link.kind, LINK_BOND);
	assert_int_equal(event.link.bond.mode, BOND_MODE_8023AD);
	assert_int_equal(event.link.bond.policy, BOND_XMIT_POLICY_LAYER34);
	assert_int_equal(event.link.bond.aggregator, 3);
	/* Nobody to speak LACP with, or another mode. */
	put_bond(BOND_MODE_XOR, BOND_XMIT_POLICY_LAYER23, 0);
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.link.bond.mode, BOND_MODE_XOR);
	assert_int_equal(event.link.bond.aggregator, 0);
}

static void put_bridge(bool data)
{
	struct nlattr *info = begin_link(7, "br0");

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bridge");
	if (data)
		mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, IFLA_INFO_DATA));
	mnl_attr_nest_end(nlh, info);
}

/* A bridge, with its settings or without; its port is none. */
static void test_bridges(void **state)
{
	(void)state;
	for (int data = 0; data < 2; data++) {
		put_bridge(data);
		assert_int_equal(nlmsg_parse(nlh, &event), 0);
		assert_int_equal(event.link.kind, LINK_BRIDGE);
	}
	put_slave("bridge", 0, 0);
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.link.kind, LINK_OTHER);
}

static void test_slaves(void **state)
{
	static const struct {
		const char *what, *kind;
		uint8_t state, link;
		bool active;
	} cases[] = {
		{"a slave in use", "bond", BOND_STATE_ACTIVE, BOND_LINK_UP, true},
		{"LACP has not let it distribute", "bond", BOND_STATE_BACKUP, BOND_LINK_UP, false},
		{"its link is going down", "bond", BOND_STATE_ACTIVE, BOND_LINK_FAIL, false},
		{"its link is coming up", "bond", BOND_STATE_ACTIVE, BOND_LINK_BACK, false},
		{"its link is down", "bond", BOND_STATE_ACTIVE, BOND_LINK_DOWN, false},
		{"a slave of a team", "team", BOND_STATE_ACTIVE, BOND_LINK_UP, false},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_slave(cases[i].kind, cases[i].state, cases[i].link);
		assert_int_equal(nlmsg_parse(nlh, &event), 0);
		if (event.link.bond.active != cases[i].active)
			fail_msg("%s: active %d", cases[i].what, event.link.bond.active);
	}
	link_slave();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.link.kind, LINK_OTHER);
	assert_int_equal(event.link.bond.aggregator, 3);
}

static void address_plain(void)
{
	struct ifaddrmsg *head = begin(RTM_NEWADDR, 0, sizeof(*head));

	head->ifa_family = AF_INET;
	head->ifa_prefixlen = 24;
	head->ifa_index = 9;
	put_addr(IFA_ADDRESS, "192.0.2.1");
	put_addr(IFA_LOCAL, "192.0.2.1");
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_SECONDARY);
}

static void neighbour_plain(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
	struct ndmsg *head = begin(RTM_NEWNEIGH, 0, sizeof(*head));

	head->ndm_family = AF_INET;
	head->ndm_ifindex = 9;
	head->ndm_state = NUD_STALE;
	put_addr(NDA_DST, "192.0.2.254");
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac), mac);
}

static void netconf_all(void)
{
	struct netconfmsg *head = begin(RTM_NEWNETCONF, 0, sizeof(*head));

	head->ncm_family = AF_INET;
	mnl_attr_put_u32(nlh, NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL);
	mnl_attr_put_u32(nlh, NETCONFA_FORWARDING, 1);
}

static void test_others(void **state)
{
	(void)state;
	link_vlan();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.kind, EVENT_LINK);
	assert_int_equal(event.link.kind, LINK_VLAN);
	assert_int_equal(event.link.tag.vid, 1000);
	assert_int_equal(event.link.tag.tpid, htons(0x88a8));
	assert_int_equal(event.link.parent, 3);
	assert_true(event.link.has_mac);
	/* The parent's index is another namespace's. */
	mnl_attr_put_u32(nlh, IFLA_LINK_NETNSID, 0);
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.link.parent, 0);
	address_plain();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_true(event.address.secondary);
	neighbour_plain();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.neighbour.mac[5], 9);
	netconf_all();
	assert_int_equal(nlmsg_parse(nlh, &event), 0);
	assert_int_equal(event.netconf.ifindex, 0);
	assert_true(event.netconf.forwarding);
	assert_false(event.netconf.has_ignore_linkdown);
}

static void (*const all[])(void) = {
	route_simple,
	route_replaced,
	route_multipath,
	route_many_paths,
	route_tunnel,
	route_by_object,
	nexthop_gateway,
	nexthop_ipv6,
	nexthop_group_of_two,
	nexthop_blackhole,
	nexthop_group_of_forty,
	rule_source,
	link_vlan,
	link_bond,
	link_slave,
	address_plain,
	neighbour_plain,
	netconf_all,
};

/* In a block of exactly its size, so that a read beyond it is one beyond the allocation. */
static int parse_copy(size_t len)
{
	struct nlmsghdr *copy = malloc(len);
	int err;

	assert_non_null(copy);
	memcpy(copy, nlh, len);
	copy->nlmsg_len = len;
	err = nlmsg_parse(copy, &event);
	free(copy);
	return err;
}

static void test_truncated(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		all[i]();
		for (size_t len = nlh->nlmsg_len; len >= sizeof(*nlh); len--) {
			int err = parse_copy(len);

			assert_true(err == 0 || err == -EBADMSG);
		}
	}
}

static void test_corrupt(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned int flips = 1 + i % 4;
		int err;

		all[i % (sizeof(all) / sizeof(all[0]))]();
		while (flips--) {
			size_t at = rand_r(&seed) % (nlh->nlmsg_len - sizeof(*nlh));

			buf[sizeof(*nlh) + at] = rand_r(&seed);
		}
		err = parse_copy(nlh->nlmsg_len);
		assert_true(err == 0 || err == -EBADMSG);
		assert_true(event.kind != EVENT_ROUTE || event.route.nhops <= ERXDP_MAX_MEMBERS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes),	  cmocka_unit_test(test_route_fields),
		cmocka_unit_test(test_nexthops),  cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bonds),	  cmocka_unit_test(test_slaves),
		cmocka_unit_test(test_bridges),	  cmocka_unit_test(test_others),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
