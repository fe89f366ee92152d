// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session remembers where its packets leave, for as long as the tables are of one generation. A
 * change that bites new flows only would send a running one to a nexthop that is gone, or let it
 * out by a rule that was withdrawn.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>

#define FLOW flow_of(17, INSIDE, 5000, SERVER, 53)
#define BACK IP(SERVER, PUBLIC), UDP(53, 5000)

static const struct pcase out = {
	.what = "out by the default route",
	.verdict = V_TX,
	.slot = V1000,
	.sent = BOND0,
	.in = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)},
	.out = {TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53), .ttl = 63},
};
static const struct pcase out_elsewhere = {
	.what = "out by another gateway",
	.verdict = V_TX,
	.slot = V1000,
	.sent = BOND0,
	.in = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)},
	.out = {TO_BOND0_PRIVATE, IP(PUBLIC, SERVER), UDP(5000, 53), .ttl = 63},
};
static const struct pcase in = {
	.what = "back to VLAN 1000",
	.verdict = V_TX,
	.slot = BOND0,
	.sent = V1000,
	.in = {FROM_BOND0, BACK},
	.out = {TO_V1000, IP(SERVER, INSIDE), UDP(53, 5000), .ttl = 63},
};
static const struct pcase in_elsewhere = {
	.what = "back to VLAN 2000",
	.verdict = V_TX,
	.slot = BOND0,
	.sent = V2000,
	.in = {FROM_BOND0, BACK},
	.out = {TO_V2000, IP(SERVER, INSIDE), UDP(53, 5000), .ttl = 63},
};

static const struct pcase plain = {
	.what = "out as it is",
	.verdict = V_TX,
	.slot = V1000,
	.sent = BOND0,
	.in = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)},
	.out = {TO_BOND0, IP(INSIDE, SERVER), UDP(5000, 53), .ttl = 63},
};

static void begin(void)
{
	scenario_reset();
	case_run(&out);
	case_run(&in);
}

/* A route that the programs are not told of: they go on as they were. */
static void route_set_silently(const char *prefix, uint32_t value)
{
	uint32_t generation = bench.control->generation;

	route_set(prefix, value);
	bench.control->generation = generation;
}

static void test_remembered(void **state)
{
	(void)state;
	begin();
	route_set_silently("0.0.0.0/0", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE));
	route_set_silently("10.0.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_V2000));
	case_run(&out);
	case_run(&in);
}

static void test_asked_anew(void **state)
{
	(void)state;
	begin();
	route_set("0.0.0.0/0", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE));
	case_run(&out_elsewhere);
	case_run(&in);
	route_set("10.0.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_V2000));
	case_run(&in_elsewhere);
	case_run(&out_elsewhere);
}

/* What one direction has found out does not pass for the other one's. */
static void test_each_direction(void **state)
{
	(void)state;
	begin();
	route_set("10.0.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_V2000));
	route_set("0.0.0.0/0", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE));
	case_run(&in_elsewhere);
	case_run(&out_elsewhere);
}

static void test_exempt_now(void **state)
{
	(void)state;
	begin();
	exempt_set(bench.xdp->maps.exempt_dst, SERVER "/32");
	case_run(&plain);
}

/* What the nexthop says of itself is asked each time: it changes without a generation. */
static void test_nexthop(void **state)
{
	struct pcase passes = out;

	(void)state;
	begin();
	passes.sent = 0;
	passes.out = (struct spec){0};
	passes.verdict = V_PASS_LINK_DOWN;
	bench.nexthop[NH_DEFAULT].flags |= NEXTHOP_DOWN;
	case_run(&passes);
	bench.nexthop[NH_DEFAULT].flags &= ~(NEXTHOP_DOWN | NEXTHOP_RESOLVED);
	passes.verdict = V_PASS_NEIGHBOUR;
	case_run(&passes);
	bench.nexthop[NH_DEFAULT].flags |= NEXTHOP_RESOLVED;
	bench.nexthop[NH_DEFAULT].mtu = 40;
	passes.verdict = V_PASS_TOO_BIG;
	case_run(&passes);
	bench.nexthop[NH_DEFAULT].mtu = 1500;
	bench.nexthop[NH_DEFAULT].seq = 1;
	passes.verdict = V_PASS_BUSY;
	case_run(&passes);
	bench.nexthop[NH_DEFAULT].seq = 2;
	case_run(&out);
}

/* A nexthop may get another device in one write, before the generation is raised: what was
 * translated for one uplink does not leave by another device. */
static void test_other_device(void **state)
{
	uint32_t generation;

	(void)state;
	begin();
	generation = bench.control->generation;
	bench.nexthop[NH_DEFAULT].flags &= ~NEXTHOP_UPLINK;
	case_run(&plain);
	assert_int_equal(bench.control->generation, generation);
}

static void test_expired(void **state)
{
	struct pcase local = in;

	(void)state;
	begin();
	session_age(FLOW, 1000);
	local.verdict = V_PASS_LOCAL;
	local.sent = 0;
	local.out = (struct spec){0};
	case_run(&local);
	assert_int_equal(session_count(), 0);
}

static void test_forwarding_off(void **state)
{
	struct pcase passes = out;

	(void)state;
	begin();
	iface_flags_set(V1000, 0);
	passes.verdict = V_PASS_FORWARDING;
	passes.sent = 0;
	passes.out = (struct spec){0};
	case_run(&passes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembered),     cmocka_unit_test(test_asked_anew),
		cmocka_unit_test(test_each_direction), cmocka_unit_test(test_exempt_now),
		cmocka_unit_test(test_nexthop),	       cmocka_unit_test(test_other_device),
		cmocka_unit_test(test_expired),	       cmocka_unit_test(test_forwarding_off),
	};

	return cases_main("way", NULL, 0, tests, LEN(tests));
}
