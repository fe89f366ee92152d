// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the programs and the kernel agree about a route. `erxdp route get` is where one looks first
 * when traffic goes astray: a false "agree" would send the search the wrong way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "route_kernel.h"
#include "route_view.h"

enum { BOND0 = 4, VLAN = 5 };

#define HOP(dev, gw)                                        \
	{                                                   \
		.nexthop = {.oif = (dev), .gateway = (gw) } \
	}
#define GW1 0x010200c0
#define GW2 0x020200c0

static const struct {
	const char *what;
	struct kernel_route kernel;
	struct route_view programs;
	bool agree;
} cases[] = {
	{"same gateway",
	 {.type = RTN_UNICAST, .oif = BOND0, .gateway = GW1},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(BOND0, GW1)}},
	 true},
	{"other gateway",
	 {.type = RTN_UNICAST, .oif = BOND0, .gateway = GW2},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(BOND0, GW1)}},
	 false},
	{"same gateway, other device",
	 {.type = RTN_UNICAST, .oif = VLAN, .gateway = GW1},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(BOND0, GW1)}},
	 false},
	{"on link by both",
	 {.type = RTN_UNICAST, .oif = VLAN},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(VLAN, 0)}},
	 true},
	{"on link, but a gateway in the programs",
	 {.type = RTN_UNICAST, .oif = VLAN},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(VLAN, GW1)}},
	 false},
	{"IPv6 gateway, which the programs cannot know",
	 {.type = RTN_UNICAST, .oif = VLAN, .foreign = true},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(VLAN, 0)}},
	 false},
	{"IPv6 gateway, left to the kernel",
	 {.type = RTN_UNICAST, .oif = VLAN, .foreign = true},
	 {.kind = ROUTE_KERNEL},
	 true},
	{"second member of a group",
	 {.type = RTN_UNICAST, .oif = BOND0, .gateway = GW2},
	 {.kind = ROUTE_GROUP, .nhops = 2, .hop = {HOP(BOND0, GW1), HOP(BOND0, GW2)}},
	 true},
	{"no member of the group",
	 {.type = RTN_UNICAST, .oif = VLAN, .gateway = GW2},
	 {.kind = ROUTE_GROUP, .nhops = 2, .hop = {HOP(BOND0, GW1), HOP(BOND0, GW2)}},
	 false},
	{"local by both", {.type = RTN_LOCAL, .oif = 1}, {.kind = ROUTE_LOCAL}, true},
	{"local in the kernel only",
	 {.type = RTN_LOCAL, .oif = 1},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(1, 0)}},
	 false},
	{"local in the programs only",
	 {.type = RTN_UNICAST, .oif = BOND0},
	 {.kind = ROUTE_LOCAL},
	 false},
	{"broadcast", {.type = RTN_BROADCAST}, {.kind = ROUTE_BROADCAST}, true},
	{"multicast", {.type = RTN_MULTICAST}, {.kind = ROUTE_BROADCAST}, true},
	{"no route by both", {.error = -ENETUNREACH}, {.kind = ROUTE_NONE}, true},
	{"no route, but one in the programs",
	 {.error = -ENETUNREACH},
	 {.kind = ROUTE_NEXTHOP, .nhops = 1, .hop = {HOP(BOND0, GW1)}},
	 false},
	{"a route, but none in the programs",
	 {.type = RTN_UNICAST, .oif = BOND0, .gateway = GW1},
	 {.kind = ROUTE_NONE},
	 false},
	{"blackhole", {.error = -EINVAL}, {.kind = ROUTE_BLACKHOLE}, true},
	{"blackhole in the kernel only", {.error = -EINVAL}, {.kind = ROUTE_NONE}, false},
	{"unreachable", {.error = -EHOSTUNREACH}, {.kind = ROUTE_UNREACHABLE}, true},
	{"prohibit", {.error = -EACCES}, {.kind = ROUTE_UNREACHABLE}, true},
	{"prohibit in the kernel, dropped here",
	 {.error = -EACCES},
	 {.kind = ROUTE_BLACKHOLE},
	 false},
};

static void test_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (kernel_route_agrees(&cases[i].kernel, &cases[i].programs) != cases[i].agree)
			fail_msg("%s", cases[i].what);
}

static void test_type_names(void **state)
{
	const struct kernel_route local = {.type = RTN_LOCAL}, none = {.error = -ENETUNREACH};
	const struct kernel_route odd = {.type = 200}, blackhole = {.error = -EINVAL};

	(void)state;
	assert_string_equal(kernel_route_type(&local), "local");
	assert_string_equal(kernel_route_type(&none), "no route");
	assert_string_equal(kernel_route_type(&blackhole), "blackhole");
	assert_string_equal(kernel_route_type(&odd), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_type_names),
	};

	return cmocka_run_group_tests_name("route_agree", tests, NULL, NULL);
}
