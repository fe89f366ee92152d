// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest prefix decides, then the nexthop's state; whatever the programs cannot do whole, the
 * kernel does, and answers.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <stdio.h>

#define ANY_UDP UDP(5000, 53)

/* From VLAN 1000 towards `to`, and not forwarded. */
#define STAYS(text, prepare, to, way)                                            \
	{                                                                        \
		.what = text, .arrange = prepare, .verdict = way, .slot = V1000, \
		.in = {FROM_V1000, IP(INSIDE, to), ANY_UDP},                     \
	}

/* The same, and forwarded. */
#define GOES(text, prepare, to, out_l2, out_slot)                                 \
	{                                                                         \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = V1000, \
		.sent = out_slot, .in = {FROM_V1000, IP(INSIDE, to), ANY_UDP},    \
		.out = {out_l2, IP(INSIDE, to), ANY_UDP, .ttl = 63},              \
	}

static void no_default(void)
{
	route_remove("0.0.0.0/0");
}

static void onlink_gateway(void)
{
	/* FRR's "onlink": the gateway is in no subnet of the device. For the programs a gateway. */
	bench.nexthop[NH_V2000].gateway = inet_addr("203.0.113.77");
}

static void host_route(void)
{
	route_set("10.20.1.1/32", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE));
}

static void nexthop_down(void)
{
	bench.nexthop[NH_V2000].flags |= NEXTHOP_DOWN;
}

static void nexthop_unresolved(void)
{
	bench.nexthop[NH_V2000].flags &= ~NEXTHOP_RESOLVED;
}

static void nexthop_busy(void)
{
	bench.nexthop[NH_V2000].seq = 7;
}

static void nexthop_not_ours(void)
{
	bench.nexthop[NH_V2000].flags &= ~NEXTHOP_TRANSMIT;
}

static void nexthop_small(void)
{
	bench.nexthop[NH_V2000].mtu = 47;
}

static void nexthop_exact(void)
{
	bench.nexthop[NH_V2000].mtu = 48;
}

static void group_busy(void)
{
	bench.group[GROUP_BOTH].seq = 3;
}

static void group_one(void)
{
	bench.group[GROUP_BOTH].count = 1;
	bench.group[GROUP_BOTH].member[0].bound = 0x7fffffff;
}

static void group_empty(void)
{
	bench.group[GROUP_BOTH].count = 0;
}

/* The numbers that lie beside those of another kind, or of a chunk. */
static void last_nexthop(void)
{
	bench.nexthop[ERXDP_MAX_NEXTHOPS - 1] = bench.nexthop[NH_AZURE];
	route_set("10.20.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, ERXDP_MAX_NEXTHOPS - 1));
}

static void last_group(void)
{
	bench.group[ERXDP_MAX_GROUPS - 1] = bench.group[GROUP_BOTH];
	bench.group[ERXDP_MAX_GROUPS - 1].member[0].bound = 0x7fffffff;
	route_set("10.20.0.0/16", ROUTE_VALUE(ROUTE_GROUP, ERXDP_MAX_GROUPS - 1));
}

/* 10.20.1.0/24 in parts: a quarter, in it a blackhole, in that a host of its own. */
static void parts(void)
{
	route_set("10.20.1.64/26", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE));
	route_set("10.20.1.96/28", ROUTE_VALUE(ROUTE_BLACKHOLE, 0));
	route_set("10.20.1.98/32", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ETH1));
}

/* They went again, the covering ones last. */
static void parts_gone(void)
{
	parts();
	route_remove("10.20.1.98/32");
	route_remove("10.20.1.96/28");
	route_remove("10.20.1.64/26");
}

/* A /24 that only the default route leads to, but for one host. */
static void host_beside_default(void)
{
	route_set("172.31.0.9/32", ROUTE_VALUE(ROUTE_BLACKHOLE, 0));
}

static void default_by_vlan(void)
{
	route_set("0.0.0.0/0", ROUTE_VALUE(ROUTE_NEXTHOP, NH_V2000));
}

/* Withdrawn, and back. */
static void default_flaps(void)
{
	route_remove("0.0.0.0/0");
	host_beside_default();
	default_by_vlan();
}

static void default_is_gone(void)
{
	host_beside_default();
	no_default();
}

static void neighbour_is_noted(void)
{
	struct neighbour_key key = {.ifindex = device[V1000], .addr = inet_addr("192.168.0.2")};
	struct neighbour value;

	assert_int_equal(bpf_map__lookup_elem(bench.xdp->maps.neighbours, &key, sizeof(key), &value,
					      sizeof(value), 0),
			 0);
	assert_in_range(value.used, clock_now() - 2, clock_now());
}

static const struct pcase cases[] = {
	GOES("10.0/16 before 10/8", NULL, OTHER, MEMBERS(TO_V1000), V1000),
	GOES("10/8 where nothing longer matches", NULL, "10.99.0.1", MEMBERS(TO_BOND0_PRIVATE),
	     BOND0),
	GOES("the default route for the rest", NULL, "172.31.0.1", MEMBERS(TO_BOND0), BOND0),
	GOES("a host route before all", host_route, "10.20.1.1", MEMBERS(TO_V1000), V1000),
	GOES("an onlink gateway is a gateway", onlink_gateway, "10.20.1.1", MEMBERS(TO_V2000),
	     V2000),
	GOES("a packet exactly as long as the MTU goes", nexthop_exact, "10.20.1.1",
	     MEMBERS(TO_V2000), V2000),
	GOES("a group of one member", group_one, "10.60.1.1", MEMBERS(TO_V1000), V1000),
	{
		.what = "connected without a gateway: the destination is its own neighbour, and "
			"used",
		.inspect = neighbour_is_noted,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP("172.16.5.5", "192.168.0.2"), ANY_UDP},
		.out = {.dmac = MAC_NEIGHBOUR(2),
			.smac = MAC_HOST(V1000),
			TAG_1000,
			IP("172.16.5.5", "192.168.0.2"),
			ANY_UDP,
			.ttl = 63},
	},
	STAYS("connected, and the neighbour is not known", NULL, "192.168.0.77", V_PASS_NEIGHBOUR),
	STAYS("gateway not resolved", nexthop_unresolved, "10.20.1.1", V_PASS_NEIGHBOUR),
	STAYS("blackhole: silent", NULL, "192.168.100.9", V_DROP_BLACKHOLE),
	STAYS("unreachable or prohibit: the kernel answers", NULL, "198.51.100.9",
	      V_PASS_UNREACHABLE),
	STAYS("a kind of route that only the kernel does", NULL, "192.0.2.9", V_PASS_EGRESS),
	STAYS("no route at all: the kernel answers", no_default, SERVER, V_PASS_NO_ROUTE),
	STAYS("for this host: its public address", NULL, PUBLIC, V_PASS_LOCAL),
	STAYS("for this host: its address in the VLAN", NULL, "192.168.0.1", V_PASS_LOCAL),
	STAYS("one byte above the MTU: the kernel fragments or answers [RFC 4787 REQ-13]",
	      nexthop_small, "10.20.1.1", V_PASS_TOO_BIG),
	STAYS("the link is down", nexthop_down, "10.20.1.1", V_PASS_LINK_DOWN),
	STAYS("a device that erxdp does not transmit on", nexthop_not_ours, "10.20.1.1",
	      V_PASS_EGRESS),
	STAYS("a nexthop that is just being written", nexthop_busy, "10.20.1.1", V_PASS_BUSY),
	STAYS("a group that is just being written", group_busy, "10.60.1.1", V_PASS_BUSY),
	GOES("the last nexthop that a word can name", last_nexthop, "10.20.1.1", MEMBERS(TO_V1000),
	     V1000),
	GOES("the last group that a word can name", last_group, "10.20.1.1", MEMBERS(TO_V1000),
	     V1000),
	GOES("below a quarter of a /24", parts, "10.20.1.63", MEMBERS(TO_V2000), V2000),
	GOES("the quarter's first address", parts, "10.20.1.64", MEMBERS(TO_V1000), V1000),
	STAYS("a /28 in the quarter", parts, "10.20.1.97", V_DROP_BLACKHOLE),
	GOES("the quarter again, behind the /28", parts, "10.20.1.112", MEMBERS(TO_V1000), V1000),
	GOES("above the quarter", parts, "10.20.1.128", MEMBERS(TO_V2000), V2000),
	GOES("all parts of the /24 gone", parts_gone, "10.20.1.98", MEMBERS(TO_V2000), V2000),
	GOES("the default route, beside a host route in the same /24", host_beside_default,
	     "172.31.0.8", MEMBERS(TO_BOND0), BOND0),
	STAYS("that host route", host_beside_default, "172.31.0.9", V_DROP_BLACKHOLE),
	GOES("another default route", default_by_vlan, "172.31.0.1", MEMBERS(TO_V2000), V2000),
	GOES("a default route that was away", default_flaps, "172.31.0.8", MEMBERS(TO_V2000),
	     V2000),
	STAYS("no default route, beside a host route", default_is_gone, "172.31.0.8",
	      V_PASS_NO_ROUTE),
	STAYS("the host route without a default", default_is_gone, "172.31.0.9", V_DROP_BLACKHOLE),
	STAYS("a group without members", group_empty, "10.60.1.1", V_PASS_EGRESS),
};

/* Which of the group's two VLANs a flow takes. */
static uint16_t path_of(unsigned int flow, uint16_t sport)
{
	struct run run = {.hook = HOOK_XDP};
	char src[16], dst[16];
	struct spec spec = {FROM_V1000, .proto = 17, .sport = sport, .dport = 53};

	snprintf(src, sizeof(src), "10.0.%u.%u", flow / 250, 1 + flow % 250);
	snprintf(dst, sizeof(dst), "10.60.%u.%u", flow % 7, 1 + flow % 11);
	spec.src = src;
	spec.dst = dst;
	frame_build(&run.frame, &spec);
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, XDP_TX);
	return run.frame.data[14] << 8 | run.frame.data[15];
}

/* Weights 1 and 3: a quarter of 10,000 flows by the first path, within two per cent points. */
static void test_weights(void **state)
{
	unsigned int first = 0;

	(void)state;
	scenario_reset();
	for (unsigned int flow = 0; flow < 10000; flow++) {
		uint16_t vlan = path_of(flow, 1000);

		assert_true(vlan == 1000 || vlan == 2000);
		first += vlan == 1000;
	}
	assert_in_range(first, 2300, 2700);
}

/* A flow that changed its path would be reordered, or would meet another firewall. */
static void test_same_flow_same_path(void **state)
{
	(void)state;
	scenario_reset();
	for (unsigned int flow = 0; flow < 1000; flow++) {
		uint16_t vlan = path_of(flow, 1000);

		for (int again = 0; again < 3; again++)
			assert_int_equal(path_of(flow, 1000), vlan);
	}
}

/* net.ipv4.fib_multipath_hash_policy: 0 keeps two hosts on one path, 1 spreads their flows. */
static void test_hash_policy(void **state)
{
	for (unsigned int policy = 0; policy < 2; policy++) {
		unsigned int first = 0;

		scenario_reset();
		bench.control->flags |= policy ? CONTROL_HASH_L4 : 0;
		for (uint16_t port = 1; port <= 1000; port++)
			first += path_of(1, port) == 1000;
		if (policy)
			assert_in_range(first, 200, 300);
		else
			assert_true(first == 0 || first == 1000);
	}
	(void)state;
}

/* Policy 0 hashes addresses alone, so that an echo takes the path that it is to probe. */
static void test_hash_ignores_protocol(void **state)
{
	(void)state;
	scenario_reset();
	for (unsigned int host = 1; host < 100; host++) {
		struct run run = {.hook = HOOK_XDP};
		char src[16];
		uint8_t vid[2];
		struct spec udp = {FROM_V1000, IP(src, "10.60.1.1"), ANY_UDP};
		struct spec tcp = {FROM_V1000, IP(src, "10.60.1.1"), TCP(1, 2, TH_ACK)};

		snprintf(src, sizeof(src), "10.0.3.%u", host);
		frame_build(&run.frame, &udp);
		assert_int_equal(bench_run(&run), 0);
		vid[0] = run.frame.data[14];
		vid[1] = run.frame.data[15];
		frame_build(&run.frame, &tcp);
		assert_int_equal(bench_run(&run), 0);
		assert_memory_equal(vid, run.frame.data + 14, 2);
	}
}

/* Every change of a group is under its sequence count; after it the new members are in force. */
static void test_group_change(void **state)
{
	(void)state;
	scenario_reset();
	bench.group[GROUP_BOTH].member[0].bound = 0x7fffffff;
	for (unsigned int flow = 0; flow < 100; flow++)
		assert_int_equal(path_of(flow, 1), 1000);
	bench.group[GROUP_BOTH].member[0].nexthop = NH_V2000;
	for (unsigned int flow = 0; flow < 100; flow++)
		assert_int_equal(path_of(flow, 1), 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),	     cmocka_unit_test(test_same_flow_same_path),
		cmocka_unit_test(test_hash_policy),  cmocka_unit_test(test_hash_ignores_protocol),
		cmocka_unit_test(test_group_change),
	};

	return cases_main("route", cases, LEN(cases), tests, LEN(tests));
}
