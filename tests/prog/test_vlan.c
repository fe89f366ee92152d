// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame changes its tags with its interface: pushed, popped, rewritten, whatever it came with;
 * otherwise traffic of one VLAN would appear in another.
 */
#include "cases.h"

#include <bpf/bpf.h>
#include <unistd.h>

/* Everything between private addresses is exempt, so that tags, MACs and TTL are all that changes.
 */
#define ROW(text, from, in_l2, out_l2, to, from_addr, to_addr, way)                \
	{                                                                          \
		.what = text, .verdict = way, .slot = from, .sent = to,            \
		.in = {in_l2, IP(from_addr, to_addr), UDP(5000, 53)},              \
		.out = {out_l2, IP(from_addr, to_addr), UDP(5000, 53), .ttl = 63}, \
	}

static void other_device_first(void)
{
	/* The loopback device plays eth1 itself: what leaves by bond0 is then another device. */
	iface_set(1, (struct vlan_tag){}, (struct vlan_tag){}, ETH1, IFACE_FORWARD);
}

static void no_tx_port(void)
{
	bench.nexthop[NH_ETH1].port = 12345;
}

static const struct pcase cases[] = {
	ROW("VLAN 1000 to untagged: popped", V1000, MEMBERS(FROM_V1000), MEMBERS(TO_BOND0), BOND0,
	    INSIDE, "172.16.5.5", V_TX),
	ROW("untagged to VLAN 1000: pushed", BOND0, MEMBERS(FROM_BOND0), MEMBERS(TO_V1000), V1000,
	    "172.16.5.5", INSIDE, V_TX),
	ROW("VLAN 1000 to VLAN 2000: rewritten", V1000, MEMBERS(FROM_V1000), MEMBERS(TO_V2000),
	    V2000, INSIDE, "10.20.1.1", V_TX),
	ROW("VLAN 2000 to VLAN 1000: rewritten", V2000, MEMBERS(FROM_V2000), MEMBERS(TO_V1000),
	    V1000, "10.20.1.1", INSIDE, V_TX),
	ROW("VLAN 1000 back to VLAN 1000: the tag stays", V1000, MEMBERS(FROM_V1000),
	    MEMBERS(TO_V1000), V1000, INSIDE, OTHER, V_TX),
	ROW("untagged to untagged", BOND0, MEMBERS(FROM_BOND0), MEMBERS(TO_BOND0_PRIVATE), BOND0,
	    "172.16.5.5", "10.200.1.1", V_TX),
	ROW("VLAN 1000 to QinQ: one becomes two", V1000, MEMBERS(FROM_V1000), MEMBERS(TO_QINQ),
	    QINQ, INSIDE, "10.40.1.1", V_TX),
	ROW("untagged to QinQ: both pushed", BOND0, MEMBERS(FROM_BOND0), MEMBERS(TO_QINQ), QINQ,
	    "172.16.5.5", "10.40.1.1", V_TX),
	ROW("QinQ to VLAN 1000: two become one", QINQ, MEMBERS(FROM_QINQ), MEMBERS(TO_V1000), V1000,
	    "10.40.1.1", INSIDE, V_TX),
	ROW("QinQ to untagged: both popped", QINQ, MEMBERS(FROM_QINQ), MEMBERS(TO_BOND0), BOND0,
	    "10.40.1.1", "172.16.5.5", V_TX),
	ROW("QinQ back to QinQ: both stay", QINQ, MEMBERS(FROM_QINQ), MEMBERS(TO_QINQ), QINQ,
	    "10.40.1.1", "10.40.2.2", V_TX),
	ROW("VLAN 1000 to another device: popped and redirected", V1000, MEMBERS(FROM_V1000),
	    MEMBERS(TO_ETH1), ETH1, INSIDE, "10.50.1.1", V_REDIRECT),
	ROW("QinQ to another device: popped and redirected", QINQ, MEMBERS(FROM_QINQ),
	    MEMBERS(TO_ETH1), ETH1, "10.40.1.1", "10.50.1.1", V_REDIRECT),
	ROW("untagged to another device: redirected", BOND0, MEMBERS(FROM_BOND0), MEMBERS(TO_ETH1),
	    ETH1, "172.16.5.5", "10.50.1.1", V_REDIRECT),
	{
		.what = "another device to VLAN 1000: pushed and redirected to the VLAN's parent",
		.arrange = other_device_first,
		.verdict = V_REDIRECT,
		.slot = ETH1,
		.sent = V1000,
		.in = {.dmac = MAC_HOST(ETH1), IP("10.50.1.1", INSIDE), UDP(5000, 53)},
		.out = {TO_V1000, IP("10.50.1.1", INSIDE), UDP(5000, 53), .ttl = 63},
	},
	{
		.what = "a device that the device map lacks: the kernel forwards",
		.arrange = no_tx_port,
		.verdict = V_PASS_EGRESS,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, "10.50.1.1"), UDP(5000, 53)},
	},
	{
		.what = "priority and DEI bits of a tag do not hide its VLAN, and end with it",
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000_BARE, .tag = {{0x8100, 0xf000 | 1000}}, IP(INSIDE, "10.20.1.1"),
		       UDP(5000, 53)},
		.out = {TO_V2000, IP(INSIDE, "10.20.1.1"), UDP(5000, 53), .ttl = 63},
	},
	{
		.what = "bytes behind the IP packet go along",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, IP(INSIDE, "172.16.5.5"), UDP(5000, 53), .trailer = 6},
		.out = {TO_BOND0, IP(INSIDE, "172.16.5.5"), UDP(5000, 53), .ttl = 63, .trailer = 6},
	},
	{
		.what = "VLAN 1000's inside by 802.1ad instead of 802.1Q is another VLAN",
		.verdict = V_PASS_INTERFACE,
		.in = {FROM_V1000_BARE, .tag = {{0x88a8, 1000}}, IP(INSIDE, SERVER), UDP(5000, 53)},
	},
	{
		.what = "the outer tag of a pair alone is another VLAN",
		.verdict = V_PASS_INTERFACE,
		.in = {FROM_QINQ_OUTER, IP("10.40.1.1", SERVER), UDP(5000, 53)},
	},
	{
		.what = "VLAN 1000 with another tag inside is another VLAN",
		.verdict = V_PASS_INTERFACE,
		.in = {FROM_V1000_BARE, .tag = {{0x8100, 1000}, {0x8100, 5}}, IP(INSIDE, SERVER),
		       UDP(5000, 53)},
	},
	{
		.what = "an unknown VLAN is the kernel's",
		.verdict = V_PASS_INTERFACE,
		.in = {FROM_V1000_BARE, .tag = {{0x8100, 999}}, IP(INSIDE, SERVER), UDP(5000, 53)},
	},
	{
		.what = "a priority tag (VLAN 0) is the kernel's",
		.verdict = V_PASS_INTERFACE,
		.in = {FROM_BOND0, .tag = {{0x8100, 0x6000}}, IP(SERVER, PUBLIC), UDP(53, 5000)},
	},
	{
		.what = "three tags are the kernel's",
		.verdict = V_PASS_TAGS,
		.slot = QINQ,
		.in = {FROM_V1000_BARE, .tag = {{0x88a8, 40}, {0x8100, 4}, {0x8100, 5}},
		       IP(INSIDE, SERVER), UDP(5000, 53)},
	},
	{
		.what = "three tags of an unknown interface are the kernel's",
		.verdict = V_PASS_TAGS,
		.in = {FROM_V1000_BARE, .tag = {{0x8100, 1}, {0x8100, 2}, {0x8100, 3}},
		       IP(INSIDE, SERVER), UDP(5000, 53)},
	},
};

/* In native XDP a frame's device is the context's; a veth has receive queues to name. */
static void test_ingress_device(void **state)
{
	const struct pcase row = {
		.what = "a frame that a real second device received goes out by VLAN 1000",
		.verdict = V_REDIRECT,
		.slot = ETH1,
		.sent = V1000,
		.in = {.dmac = MAC_HOST(ETH1), IP("10.50.1.1", INSIDE), UDP(5000, 53)},
		.out = {TO_V1000, IP("10.50.1.1", INSIDE), UDP(5000, 53), .ttl = 63},
	};
	int link;

	(void)state;
	scenario_reset();
	link = bpf_link_create(bench.program[HOOK_XDP], device[ETH1], BPF_XDP, NULL);
	assert_true(link >= 0);
	case_run_on(&row, device[ETH1]);
	close(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ingress_device)};

	return cases_main("vlan", cases, LEN(cases), tests, LEN(tests));
}
