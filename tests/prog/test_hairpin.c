// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inside hosts reach each other by their outside addresses: the packet is translated twice at once,
 * and the answer goes back the same way.
 */
#include "talk.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define THIRD "10.20.1.1" /* by VLAN 2000 */

/* INSIDE:5000 has a mapping of its own, so OTHER's of the same inside port is another one. */
#define MAPPED 5000

static void mapping(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MAPPED);
	heard_as(syn_out(INSIDE, 5000, SERVER, 443), PUBLIC, MAPPED);
}

/* OTHER:6000 has sent to INSIDE's outside endpoint. */
static void conversation(void)
{
	mapping();
	heard_by(udp_out(OTHER, 6000, PUBLIC, MAPPED), INSIDE, 5000);
	heard_by(syn_out(OTHER, 6000, PUBLIC, MAPPED), INSIDE, 5000);
}

static void mapping_of_third(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(talk(V2000, 17, THIRD, 7000, SERVER, 53, 0), PUBLIC, 7000);
}

static void mapping_exempt(void)
{
	mapping();
	exempt_set(bench.xdp->maps.exempt_src, "10.1.0.0/16");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static void mapping_idle(void)
{
	mapping();
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	owner_age(17, PUBLIC, MAPPED, 300);
}

static void pool(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	pool_set(BOND0, "203.0.113.7", 1);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), "203.0.113.7", MAPPED);
}

static void filtered(void)
{
	policy_rfc(FILTERING_ADDRESS);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MAPPED);
}

/* As it is inside, and as each side of the translator sees it. */
static const struct spec sent_by_other = {IP(OTHER, PUBLIC), UDP(6000, MAPPED)};
static const struct spec got_by_inside = {IP(PUBLIC, INSIDE), UDP(6000, 5000)};
static const struct spec tcp_by_other = {IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_ACK)};
static const struct spec tcp_got_by_inside = {IP(PUBLIC, INSIDE), TCP(6000, 5000, TH_ACK)};

#define BACK_IN(text, prepare, packet, translated)                                               \
	{                                                                                        \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = V1000, .sent = V1000, \
		.in = {FROM_V1000, packet}, .out = {TO_V1000, translated, .ttl = 63},            \
	}

#define UP(text, prepare, packet)                                                         \
	{                                                                                 \
		.what = text, .arrange = prepare, .verdict = V_PASS_LOCAL, .slot = V1000, \
		.in = {FROM_V1000, packet},                                               \
	}

static const struct pcase cases[] = {
	BACK_IN("UDP by the outside address, with the sender's own as its source [RFC 4787 REQ-9a]",
		mapping, MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000))),
	BACK_IN("UDP: and the answer [RFC 4787 REQ-9]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), UDP(5000, 6000)),
		MEMBERS(IP(PUBLIC, OTHER), UDP(MAPPED, 6000))),
	BACK_IN("UDP without a checksum stays without", mapping,
		MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED), .no_checksum = true),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000), .no_checksum = true)),
	BACK_IN("a SYN by the outside address [RFC 5382 REQ-8]", mapping,
		MEMBERS(IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_SYN)),
		MEMBERS(IP(PUBLIC, INSIDE), TCP(6000, 5000, TH_SYN))),
	BACK_IN("TCP: and the answer [RFC 5382 REQ-8]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), TCP(5000, 6000, TH_SYN | TH_ACK)),
		MEMBERS(IP(PUBLIC, OTHER), TCP(MAPPED, 6000, TH_SYN | TH_ACK))),
	BACK_IN("an ICMP error about what came, with its packet [RFC 5508 REQ-7]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside)),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 3, sent_by_other))),
	BACK_IN("an ICMP error with 8 bytes of its packet [RFC 5508 REQ-7]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 4, tcp_got_by_inside), .mtu = 1400,
			.inner_len = 8),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 4, tcp_by_other), .mtu = 1400,
			.inner_len = 8)),
	BACK_IN("an ICMP error of a router on the inner way [RFC 7857 12]", conversation,
		MEMBERS(IP("10.1.77.7", PUBLIC), ICMP_ERROR(11, 0, got_by_inside)),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(11, 0, sent_by_other))),
	BACK_IN("a host's own outside address and port", mapping,
		MEMBERS(IP(INSIDE, PUBLIC), UDP(5000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(MAPPED, 5000))),
	BACK_IN("an exempt source too, for the answer must come back this way", mapping_exempt,
		MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000))),
	{
		.what = "to another VLAN",
		.arrange = mapping_of_third,
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000, IP(INSIDE, PUBLIC), UDP(5000, 7000)},
		.out = {TO_V2000, IP(PUBLIC, THIRD), UDP(5000, 7000), .ttl = 63},
	},
	{
		.what = "the filter is asked of the sender's outside address",
		.arrange = filtered,
		.verdict = V_DROP_FILTERED,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, PUBLIC), UDP(6000, MAPPED)},
	},
	BACK_IN("an address of the pool, which the host itself does not have", pool,
		MEMBERS(IP(OTHER, "203.0.113.7"), UDP(6000, MAPPED)),
		MEMBERS(IP("203.0.113.7", INSIDE), UDP(6000, 5000))),
	{
		.what = "an address of the pool where nobody is",
		.arrange = pool,
		.verdict = V_DROP_FILTERED,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, "203.0.113.7"), UDP(6000, 4999)},
	},
	UP("this host's own services are its own", mapping,
	   MEMBERS(IP(OTHER, PUBLIC), TCP(6000, 22, TH_SYN))),
	UP("a mapping whose time is over is none", mapping_idle,
	   MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED))),
	UP("a ping of the outside address is this host's to answer", mapping,
	   MEMBERS(IP(OTHER, PUBLIC), ECHO_REQUEST(MAPPED))),
	UP("an ICMP error about nothing that was hairpinned", mapping,
	   MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside))),
	{
		.what = "the middle of a TCP connection that is not known",
		.arrange = mapping,
		.verdict = V_PASS_MID_STREAM,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_ACK)},
	},
};

static void forged_inside(void)
{
	struct session session;

	/* The flow that a packet from PUBLIC:6000 to PUBLIC:MAPPED would have; such a packet is a
	 * martian of its own, so its addresses are moved apart. */
	assert_true(session_get(flow_of(17, INSIDE, 5000, PUBLIC, 6000), &session));
	assert_int_equal(session.flags, SESSION_MAPPED | SESSION_INBOUND | SESSION_HAIRPIN);
	session.outside.remote = inet_addr(PRIVATE);
	session_write(flow_of(17, INSIDE, 5000, PRIVATE, 6000), &session);
}

static void test_forged(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	conversation();
	forged_inside();
	assert_int_equal(udp_in(PRIVATE, 6000, MAPPED).verdict, V_PASS_LOCAL);
}

/* Both send to the other's outside endpoint: the first packet opens the way for the second. */
static void test_punch(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS_PORT);
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(OTHER, 6000, SERVER, 53);
	assert_int_equal(udp_out(INSIDE, 5000, PUBLIC, 6000).verdict, V_DROP_FILTERED);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	heard_by(udp_out(INSIDE, 5000, PUBLIC, 6000), OTHER, 6000);
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(OTHER, 6000, SERVER, 53);
	assert_int_equal(udp_out(INSIDE, 5000, PUBLIC, 6000).verdict, V_DROP_FILTERED);
	heard_by(udp_out(OTHER, 6001, PUBLIC, 5000), INSIDE, 5000);
}

/* A host of BEHAVIOUR_COMPAT has no mapping to be reached by, but reaches those that have. */
static void test_compat_sender(void **state)
{
	struct heard heard;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	bench.control->flags |= CONTROL_POLICIES;
	bench.policy[1] = (struct policy){.behaviour = BEHAVIOUR_RFC};
	policy_set("10.1.0.0/16", 1);
	udp_out(OTHER, 6000, SERVER, 53);
	heard = udp_out(INSIDE, 6000, PUBLIC, 6000);
	heard_by(heard, OTHER, 6000);
	assert_int_not_equal(heard.sport, 6000);
	heard_by(udp_out(OTHER, 6000, PUBLIC, heard.sport), INSIDE, 6000);
	assert_int_equal(udp_out(OTHER, 6001, PUBLIC, heard.sport).verdict, V_PASS_LOCAL);
}

/* Each side's session ends for itself; a hairpinned flow is refreshed from both. */
static void test_ends(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	assert_int_equal(map_count(bench.xdp->maps.sessions), 3);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 2);
	session_age(flow_of(17, INSIDE, 5000, PUBLIC, 6000), 300);
	session_age(flow_of(17, OTHER, 6000, PUBLIC, 5000), 300);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	assert_int_equal(map_count(bench.xdp->maps.sessions), 3);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 2);
}

/* --- the slow path --- */

#define SLOW(text, packet, translated)                                                            \
	{                                                                                         \
		.what = text, .hook = HOOK_TC_INGRESS, .verdict = V_REDIRECT, .slot = V1000,      \
		.sent = V1000, .mark_out = MARK(ERXDP_MARK_FORWARDED),                            \
		.in = {FROM_V1000_BARE, packet}, .out = {FROM_V1000_BARE, translated, .ttl = 63}, \
	}

#define DATAGRAM   IP(OTHER, PUBLIC), UDP(6000, MAPPED)
#define HAIRPINNED IP(PUBLIC, INSIDE), UDP(6000, 5000)

static void kernel_routes(void)
{
	shell("sysctl -qw net.ipv4.ip_forward=1");
	shell("ip route replace 10.0.0.0/16 via 192.168.0.2 dev v1000");
	shell("ip route replace 10.1.0.0/16 via 192.168.0.2 dev v1000");
}

/* Beside XDP, and with TC as the entry. */
static void slow_reset(bool tc_only)
{
	talk_hook = tc_only ? HOOK_TC_INGRESS : HOOK_XDP;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	mapping();
}

static void check_slow(bool tc_only)
{
	const struct pcase rows[] = {
		SLOW("IP options", MEMBERS(DATAGRAM, .options = 8),
		     MEMBERS(HAIRPINNED, .options = 8)),
		SLOW("the first fragment", MEMBERS(DATAGRAM, .frag = FRAG_MF, .id = 9),
		     MEMBERS(HAIRPINNED, .frag = FRAG_MF, .id = 9)),
		SLOW("a later one", MEMBERS(DATAGRAM, .frag = 100, .id = 9),
		     MEMBERS(HAIRPINNED, .frag = 100, .id = 9)),
		SLOW("an ICMP error with IP options",
		     MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside), .options = 8),
		     MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 3, sent_by_other), .options = 8)),
	};

	kernel_routes();
	slow_reset(tc_only);
	for (unsigned int i = 0; i < LEN(rows); i++)
		case_run(&rows[i]);
}

static void test_slow(void **state)
{
	(void)state;
	check_slow(false);
	check_slow(true);
}

static void test_slow_pool(void **state)
{
	const struct pcase row = SLOW(
		"to the pool", MEMBERS(IP(OTHER, "203.0.113.7"), UDP(6000, MAPPED), .options = 8),
		MEMBERS(IP("203.0.113.7", INSIDE), UDP(6000, 5000), .options = 8));

	(void)state;
	kernel_routes();
	talk_hook = HOOK_XDP;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	pool();
	case_run(&row);
}

/* XDP left it, for the neighbour is not resolved: so does TC, whose kernel resolves it. */
static void test_unresolved(void **state)
{
	const struct pcase row = SLOW("unresolved", MEMBERS(DATAGRAM), MEMBERS(HAIRPINNED));

	(void)state;
	kernel_routes();
	slow_reset(true);
	bench.nexthop[NH_AZURE].flags &= ~NEXTHOP_RESOLVED;
	case_run(&row);
}

/* What the kernel would not forward to the inside host is not sent. */
static void test_no_way(void **state)
{
	const struct pcase row = {
		.what = "no route inside",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_DROP_HAIRPIN,
		.slot = V1000,
		.in = {FROM_V1000_BARE, DATAGRAM, .options = 8},
	};

	(void)state;
	kernel_routes();
	slow_reset(false);
	shell("ip route replace unreachable 10.0.0.0/16");
	case_run(&row);
	kernel_routes();
}

/* For this host, or with a TTL that ends here: the kernel sees it as it came. */
static void test_slow_local(void **state)
{
	const struct pcase rows[] = {
		{
			.what = "a service of this host's",
			.hook = HOOK_TC_INGRESS,
			.verdict = V_PASS_LOCAL,
			.slot = V1000,
			.in = {FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, 53), .options = 8},
		},
		{
			.what = "a later fragment of something else",
			.hook = HOOK_TC_INGRESS,
			.verdict = V_PASS_LOCAL,
			.slot = V1000,
			.in = {FROM_V1000_BARE, DATAGRAM, .frag = 100, .id = 10},
		},
		{
			.what = "TTL 1",
			.hook = HOOK_TC_INGRESS,
			.verdict = V_PASS_LOCAL,
			.slot = V1000,
			.in = {FROM_V1000_BARE, DATAGRAM, .ttl = 1},
		},
	};

	(void)state;
	slow_reset(false);
	for (unsigned int i = 0; i < LEN(rows); i++)
		case_run(&rows[i]);
}

#define TEST(sentence, function)            \
	{                                   \
		sentence, function, 0, 0, 0 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a hairpinned flow is not to be had from outside", test_forged),
		TEST("hole punching between inside hosts", test_punch),
		TEST("from a host of the other behaviour", test_compat_sender),
		TEST("the sessions of a hairpinned flow end and begin", test_ends),
		TEST("options and fragments are hairpinned at TC ingress [RFC 4787 REQ-9]",
		     test_slow),
		TEST("an address of the pool, on the slow path", test_slow_pool),
		TEST("an unresolved neighbour is the kernel's to resolve", test_unresolved),
		TEST("without a way inside it ends here", test_no_way),
		TEST("what is for this host stays as it came", test_slow_local),
	};

	return talk_main("hairpin", cases, LEN(cases), tests, LEN(tests));
}
