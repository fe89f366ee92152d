// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is not a unicast IPv4 packet for this router to forward goes to the kernel, untouched and
 * with its reason: LACP keeps the bond up, ARP the neighbours, and so on.
 */
#include "cases.h"

#define ANY_UDP UDP(5000, 53)

static void tables_suspended(void)
{
	bench.control->flags = 0;
}

static void handing_back(void)
{
	bench.control->flags |= CONTROL_HANDBACK;
}

static void forwarding_off(void)
{
	iface_flags_set(V1000, 0);
}

static const struct pcase cases[] = {
	{
		.what = "LACP",
		.verdict = V_PASS_L2,
		.slot = BOND0,
		.in = {.dmac = 0x0180c2000002, .ethertype = 0x8809, .payload = 110},
	},
	{
		.what = "LLDP",
		.verdict = V_PASS_L2,
		.slot = BOND0,
		.in = {.dmac = 0x0180c200000e, .ethertype = 0x88cc, .payload = 60},
	},
	{
		.what = "an 802.3 length instead of a type (STP)",
		.verdict = V_PASS_L2,
		.slot = BOND0,
		.in = {.dmac = 0x0180c2000000, .ethertype = 38, .payload = 46},
	},
	{
		.what = "ARP, broadcast",
		.verdict = V_PASS_ARP,
		.slot = BOND0,
		.in = {.dmac = 0xffffffffffff, .ethertype = 0x0806, .payload = 28},
	},
	{
		.what = "ARP to us in VLAN 1000",
		.verdict = V_PASS_ARP,
		.slot = V1000,
		.in = {FROM_V1000, .ethertype = 0x0806, .payload = 28},
	},
	{
		.what = "IPv6",
		.verdict = V_PASS_IPV6,
		.slot = BOND0,
		.in = {FROM_BOND0, .ethertype = 0x86dd, .payload = 60},
	},
	{
		.what = "IPv6 in VLAN 1000",
		.verdict = V_PASS_IPV6,
		.slot = V1000,
		.in = {FROM_V1000, .ethertype = 0x86dd, .payload = 60},
	},
	{
		.what = "MPLS and every other type",
		.verdict = V_PASS_L2,
		.slot = V1000,
		.in = {FROM_V1000, .ethertype = 0x8847, .payload = 60},
	},
	{
		.what = "another host's MAC",
		.verdict = V_PASS_OTHER_MAC,
		.slot = V1000,
		.in = {.dmac = 0x020000000099, TAG_1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "another interface's MAC of this host",
		.verdict = V_PASS_OTHER_MAC,
		.slot = V1000,
		.in = {.dmac = MAC_HOST(BOND0), TAG_1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "broadcast at the link",
		.verdict = V_PASS_MULTICAST,
		.slot = V1000,
		.in = {.dmac = 0xffffffffffff, TAG_1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "multicast at the link",
		.verdict = V_PASS_MULTICAST,
		.slot = V1000,
		.in = {.dmac = 0x01005e000005, TAG_1000, IP(INSIDE, "224.0.0.5"), ANY_UDP},
	},
	{
		.what = "multicast address to our own MAC",
		.verdict = V_PASS_MULTICAST,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "239.1.2.3"), ANY_UDP},
	},
	{
		.what = "limited broadcast",
		.verdict = V_PASS_MULTICAST,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "255.255.255.255"), ANY_UDP},
	},
	{
		.what = "a subnet's broadcast address",
		.verdict = V_PASS_MULTICAST,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "192.168.0.255"), ANY_UDP},
	},
	{
		.what = "source 127.0.0.1",
		.verdict = V_PASS_MARTIAN,
		.slot = V1000,
		.in = {FROM_V1000, IP("127.0.0.1", SERVER), ANY_UDP},
	},
	{
		.what = "source 0.0.0.0",
		.verdict = V_PASS_MARTIAN,
		.slot = V1000,
		.in = {FROM_V1000, IP("0.0.0.0", SERVER), ANY_UDP},
	},
	{
		.what = "a multicast source",
		.verdict = V_PASS_MARTIAN,
		.slot = V1000,
		.in = {FROM_V1000, IP("224.0.0.1", SERVER), ANY_UDP},
	},
	{
		.what = "destination 127.0.0.1",
		.verdict = V_PASS_MARTIAN,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "127.0.0.1"), ANY_UDP},
	},
	{
		.what = "source and destination the same",
		.verdict = V_PASS_MARTIAN,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, INSIDE), ANY_UDP},
	},
	{
		.what = "IP options",
		.verdict = V_PASS_OPTIONS,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .options = 8},
	},
	{
		.what = "the longest IP options",
		.verdict = V_PASS_OPTIONS,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .options = 40},
	},
	{
		.what = "a first fragment",
		.verdict = V_PASS_FRAGMENT,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .frag = FRAG_MF},
	},
	{
		.what = "a later fragment",
		.verdict = V_PASS_FRAGMENT,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .frag = 100},
	},
	{
		.what = "TTL 1: the kernel says that it is exceeded",
		.verdict = V_PASS_TTL,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .ttl = 1},
	},
	{
		.what = "TTL 0",
		.verdict = V_PASS_TTL,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP, .ttl = TTL_ZERO},
	},
	{
		.what = "a wrong header checksum is not repaired by forwarding",
		.verdict = V_PASS_TRUNCATED,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "10.20.1.1"), ANY_UDP, .bad_checksum = true},
	},
	{
		.what = "forwarding is off for the interface",
		.arrange = forwarding_off,
		.verdict = V_PASS_FORWARDING,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "tables that are not trusted forward nothing",
		.arrange = tables_suspended,
		.verdict = V_PASS_SUSPENDED,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "handing back, nothing is forwarded any more",
		.arrange = handing_back,
		.verdict = V_PASS_SUSPENDED,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ANY_UDP},
	},
	{
		.what = "don't-fragment, type of service and identification are kept",
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000, IP(INSIDE, "10.20.1.1"), ANY_UDP, .frag = FRAG_DF, .tos = 0xb9,
		       .id = 0xbeef},
		.out = {TO_V2000, IP(INSIDE, "10.20.1.1"), ANY_UDP, .frag = FRAG_DF, .tos = 0xb9,
			.id = 0xbeef, .ttl = 63},
	},
	{
		.what = "any protocol is routed where nothing is translated",
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000, IP(INSIDE, "10.20.1.1"), .proto = 47, .payload = 40},
		.out = {TO_V2000, IP(INSIDE, "10.20.1.1"), .proto = 47, .payload = 40, .ttl = 63},
	},
};

/* One's complement has two zeros: the header checksum must be right over all TTLs and many ids. */
static void test_ttl_checksums(void **state)
{
	struct pcase c = cases[LEN(cases) - 2];

	(void)state;
	scenario_reset();
	for (unsigned int i = 0; i < 20000; i++) {
		c.in.id = c.out.id = i * 7919;
		c.in.ttl = 2 + i % 254;
		c.out.ttl = c.in.ttl - 1;
		case_run(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ttl_checksums)};

	return cases_main("parse", cases, LEN(cases), tests, LEN(tests));
}
