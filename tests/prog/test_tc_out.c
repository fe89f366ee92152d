// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC egress on the uplink, the last place before the wire: what the kernel forwarded is translated
 * from the same sessions, this host's own traffic is left alone but for a clash of ports, and no
 * private source leaves untranslated.
 */
#include "cases.h"

#include <arpa/inet.h>

#define NOTRACK	  MARK(ERXDP_MARK_NOTRACK)
#define FORWARDED MARK(ERXDP_MARK_FORWARDED)
#define USERS	  0x00bf1234

#define UDP_OUT	    IP(INSIDE, SERVER), UDP(5000, 53)
#define UDP_ON_WIRE IP(PUBLIC, SERVER), UDP(50124, 53)

static const struct spec udp_answer = {IP(SERVER, PUBLIC), UDP(53, 50124), .ttl = 9};
static const struct spec udp_answered = {IP(SERVER, INSIDE), UDP(53, 5000), .ttl = 9};
static const struct spec tcp_answer = {IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 50};
static const struct spec tcp_answered = {IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK),
					 .payload = 50};
static const struct spec stranger = {IP(SERVER, INSIDE), UDP(1, 2)};
static const struct spec to_own = {IP(SERVER, PUBLIC), UDP(53, 12345)};

static void sessions(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

static void handing_back(void)
{
	sessions();
	bench.control->flags |= CONTROL_HANDBACK;
}

static void no_address(void)
{
	bench.uplink[BOND0].count = 0;
}

static void addresses_busy(void)
{
	bench.uplink[BOND0].seq = 1;
}

static void by_private_gateway(void)
{
	route_set("34.0.0.0/8", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE));
}

static void route_elsewhere(void)
{
	route_set("34.0.0.0/8", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE));
}

static void nothing_was_made(void)
{
	assert_int_equal(session_count(), 0);
	assert_int_equal(mapping_count(), 0);
}

static void one_was_reserved(void)
{
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

#define ROW(text, prepare, way, inspection, packet, translated)                                  \
	{                                                                                        \
		.what = text, .arrange = prepare, .inspect = inspection, .hook = HOOK_TC_EGRESS, \
		.verdict = way, .slot = BOND0, .mark_in = USERS, .mark_out = USERS,              \
		.in = {TO_BOND0, packet}, .out = {translated},                                   \
	}

/* Forwarded by the kernel; marked at ingress, and the mark ends here. */
#define FORWARD(text, prepare, way, packet, translated)                                          \
	{                                                                                        \
		.what = text, .arrange = prepare, .hook = HOOK_TC_EGRESS, .verdict = way,        \
		.slot = BOND0, .forwarded = true, .mark_in = USERS | NOTRACK, .mark_out = USERS, \
		.in = {TO_BOND0, packet}, .out = {translated},                                   \
	}

#define SAME /* as it was */

static const struct pcase cases[] = {
	FORWARD("forwarded UDP, of a session", sessions, V_SLOW_OUT, MEMBERS(UDP_OUT),
		MEMBERS(TO_BOND0, UDP_ON_WIRE)),
	FORWARD("forwarded UDP begins a session", NULL, V_SLOW_OUT, MEMBERS(UDP_OUT),
		MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53))),
	FORWARD("forwarded UDP without a checksum", sessions, V_SLOW_OUT,
		MEMBERS(UDP_OUT, .no_checksum = true),
		MEMBERS(TO_BOND0, UDP_ON_WIRE, .no_checksum = true)),
	FORWARD("forwarded TCP, of a session", sessions, V_SLOW_OUT,
		MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), .payload = 7),
		MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .payload = 7)),
	FORWARD("forwarded TCP begins a session", NULL, V_SLOW_OUT,
		MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_SYN)),
		MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), TCP(40000, 443, TH_SYN))),
	FORWARD("forwarded echo", sessions, V_SLOW_OUT,
		MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77)),
		MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), ECHO_REQUEST(78))),
	FORWARD("forwarded with IP options", sessions, V_SLOW_OUT, MEMBERS(UDP_OUT, .options = 40),
		MEMBERS(TO_BOND0, UDP_ON_WIRE, .options = 40)),
	FORWARD("the TTL is the kernel's business", sessions, V_SLOW_OUT,
		MEMBERS(UDP_OUT, .ttl = 1), MEMBERS(TO_BOND0, UDP_ON_WIRE, .ttl = 1)),
	FORWARD("the first fragment", sessions, V_SLOW_OUT,
		MEMBERS(UDP_OUT, .frag = FRAG_MF, .id = 4),
		MEMBERS(TO_BOND0, UDP_ON_WIRE, .frag = FRAG_MF, .id = 4)),
	FORWARD("the address whose subnet holds the nexthop", by_private_gateway, V_SLOW_OUT,
		MEMBERS(UDP_OUT), MEMBERS(TO_BOND0, IP(PRIVATE, SERVER), UDP(5000, 53))),
	FORWARD("our tables route it elsewhere: the uplink's first address", route_elsewhere,
		V_SLOW_OUT, MEMBERS(UDP_OUT), MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53))),
	FORWARD("an exempt destination", NULL, V_PASS_PLAIN,
		MEMBERS(IP(INSIDE, "10.77.1.1"), UDP(5000, 53)), SAME),
	FORWARD("an exempt destination needs no session of its TCP", NULL, V_PASS_PLAIN,
		MEMBERS(IP(INSIDE, "10.77.1.1"), TCP(1, 2, TH_ACK)), SAME),
	FORWARD("an ICMP error about a session", sessions, V_SLOW_ICMP,
		MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, udp_answered)),
		MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, udp_answer))),
	FORWARD("an ICMP error to an exempt destination", sessions, V_PASS_PLAIN,
		MEMBERS(IP(INSIDE, "10.77.1.1"), ICMP_ERROR(3, 3, stranger)), SAME),
	FORWARD("multicast", NULL, V_PASS_MULTICAST, MEMBERS(IP(INSIDE, "239.1.1.1"), UDP(1, 2)),
		SAME),

	/* what must not leave */
	FORWARD("private source, TCP without a session", NULL, V_DROP_NO_SESSION,
		MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK)), SAME),
	FORWARD("private source, ICMP error about no session", sessions, V_DROP_ICMP_NO_SESSION,
		MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, stranger)), SAME),
	FORWARD("private source, AH", NULL, V_DROP_PROTOCOL,
		MEMBERS(IP(INSIDE, SERVER), .proto = 51, .payload = 20), SAME),
	FORWARD("private source, an echo reply that answers nothing", NULL, V_DROP_PROTOCOL,
		MEMBERS(IP(INSIDE, SERVER), ECHO_REPLY(5)), SAME),
	FORWARD("private source, a later fragment whose first was not seen", sessions, V_DROP_HELD,
		MEMBERS(UDP_OUT, .frag = 100), SAME),
	FORWARD("private source in a malformed header", sessions, V_DROP_MALFORMED,
		MEMBERS(UDP_OUT, .bad_checksum = true), SAME),
	FORWARD("malformed, but exempt", NULL, V_PASS_TRUNCATED,
		MEMBERS(IP(INSIDE, "10.77.1.1"), UDP(1, 2), .bad_checksum = true), SAME),
	FORWARD("private source, and the uplink has no address", no_address, V_DROP_NO_ADDRESS,
		MEMBERS(UDP_OUT), SAME),
	FORWARD("private source, and the addresses are just being written", addresses_busy,
		V_DROP_NO_ADDRESS, MEMBERS(UDP_OUT), SAME),

	/* this host's own */
	ROW("own TCP", sessions, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), TCP(40000, 443, TH_SYN)), SAME),
	ROW("own UDP reserves nothing: its socket is there to be asked", NULL, V_PASS_OWN,
	    nothing_was_made, MEMBERS(IP(PUBLIC, SERVER), UDP(5000, 53)), SAME),
	ROW("own TCP in mid-stream on a session's port is left alone", sessions, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK)), SAME),
	ROW("handing back: what the kernel masquerades by now keeps its port", handing_back,
	    V_PASS_OWN, NULL, MEMBERS(IP(PUBLIC, SERVER), UDP(50124, 53)), SAME),
	FORWARD("handing back: no private source leaves all the same", handing_back, V_SLOW_OUT,
		MEMBERS(UDP_OUT), MEMBERS(TO_BOND0, UDP_ON_WIRE)),
	ROW("own SYN-ACK", sessions, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), TCP(50123, 443, TH_SYN | TH_ACK)), SAME),
	ROW("own echo reserves its identifier", NULL, V_PASS_OWN, one_was_reserved,
	    MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(5)), SAME),
	ROW("own echo reply", sessions, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), ECHO_REPLY(78)), SAME),
	ROW("own later fragment", NULL, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), UDP(1, 2), .frag = 100), SAME),
	ROW("own OSPF", NULL, V_PASS_OWN, nothing_was_made,
	    MEMBERS(IP(PUBLIC, SERVER), .proto = 89, .payload = 20), SAME),
	ROW("own from its private address", NULL, V_PASS_OWN, nothing_was_made,
	    MEMBERS(IP(PRIVATE, SERVER), UDP(1, 2)), SAME),
	ROW("own, malformed", NULL, V_PASS_TRUNCATED, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), UDP(1, 2), .bad_checksum = true), SAME),
	ROW("own multicast", NULL, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, "224.0.0.5"), .proto = 89, .payload = 44), SAME),
	ROW("no source address yet (DHCP)", NULL, V_PASS_OWN, nothing_was_made,
	    MEMBERS(IP("0.0.0.0", "255.255.255.255"), UDP(68, 67)), SAME),
	ROW("no source address yet, to a server", NULL, V_PASS_OWN, nothing_was_made,
	    MEMBERS(IP("0.0.0.0", SERVER), UDP(68, 67)), SAME),
	ROW("the kernel's ICMP error quotes the packet as ingress turned it back [RFC 4787 REQ-13]",
	    sessions, V_SLOW_ICMP, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), ICMP_ERROR(3, 4, tcp_answered), .mtu = 1400),
	    MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), ICMP_ERROR(3, 4, tcp_answer), .mtu = 1400)),
	ROW("and keeps the address that the kernel chose for it", sessions, V_SLOW_ICMP, NULL,
	    MEMBERS(IP(PRIVATE, SERVER), ICMP_ERROR(11, 0, udp_answered), .inner_len = 8),
	    MEMBERS(TO_BOND0, IP(PRIVATE, SERVER), ICMP_ERROR(11, 0, udp_answer), .inner_len = 8)),
	ROW("the kernel's ICMP error about its own packet", sessions, V_PASS_OWN, NULL,
	    MEMBERS(IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, to_own)), SAME),
	ROW("ARP", NULL, V_PASS_ARP, NULL, MEMBERS(.ethertype = 0x0806, .payload = 28), SAME),
	ROW("IPv6", NULL, V_PASS_IPV6, NULL, MEMBERS(.ethertype = 0x86dd, .payload = 60), SAME),
	ROW("LACP", NULL, V_PASS_L2, NULL, MEMBERS(.ethertype = 0x8809, .payload = 110), SAME),
	{
		.what = "the kernel's own MASQUERADE reserves its port",
		.inspect = one_was_reserved,
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_OWN,
		.slot = BOND0,
		.forwarded = true,
		.in = {TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53)},
	},
	{
		.what = "not an uplink: nothing to do but to end the mark",
		.arrange = sessions,
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_PLAIN,
		.slot = V1000,
		.forwarded = true,
		.mark_in = NOTRACK,
		.in = {TO_V1000_BARE, IP(SERVER, INSIDE), UDP(53, 5000)},
	},
	{
		.what = "not an uplink, malformed",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_TRUNCATED,
		.slot = V1000,
		.in = {TO_V1000_BARE, IP(SERVER, INSIDE), UDP(53, 5000), .bad_checksum = true},
	},
};

/* What TC ingress has forwarded is finished: not looked at, not counted again. */
static void test_forwarded_mark(void **state)
{
	struct run run = {
		.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0], .mark = FORWARDED | USERS};
	struct spec spec = {TO_BOND0, UDP_OUT};
	struct frame before;

	(void)state;
	scenario_reset();
	frame_build(&before, &spec);
	run.frame = before;
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, TC_UNSPEC);
	assert_int_equal(run.mark, USERS);
	assert_int_equal(tally_read().entries, 0);
	frame_assert_equal(&before, &run.frame, "forwarded");
}

/* Later fragments follow the first one for half a minute. */
static void test_later_fragments(void **state)
{
	const struct pcase first =
		FORWARD("first", NULL, V_SLOW_OUT, MEMBERS(UDP_OUT, .frag = FRAG_MF, .id = 4),
			MEMBERS(TO_BOND0, UDP_ON_WIRE, .frag = FRAG_MF, .id = 4));
	const struct pcase later =
		FORWARD("later", NULL, V_SLOW_OUT, MEMBERS(UDP_OUT, .frag = 100, .id = 4),
			MEMBERS(TO_BOND0, UDP_ON_WIRE, .frag = 100, .id = 4));
	const struct pcase old = FORWARD("too late", NULL, V_DROP_HELD,
					 MEMBERS(UDP_OUT, .frag = 100, .id = 4), SAME);

	(void)state;
	scenario_reset();
	sessions();
	case_run(&first);
	case_run(&later);
	case_run(&later);
	fragments_age(31);
	case_run(&old);
}

/* A packet of `spec` at a hook; its port (or identifier) when it comes out. */
static uint16_t port_after(enum hook hook, const struct spec *spec, int verdict)
{
	struct run run = {.hook = hook, .ifindex = hook == HOOK_XDP ? 0 : device[BOND0]};
	const uint8_t *l4;

	frame_build(&run.frame, spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	if (tally_read().verdict != (unsigned int)verdict)
		fail_msg("verdict %s", verdict_name(tally_read().verdict));
	assert_null(frame_wrong_checksum(&run.frame));
	l4 = frame_ip(&run.frame) + 20;
	return spec->proto == 1 ? l4[4] << 8 | l4[5] : l4[0] << 8 | l4[1];
}

/* A connection of this host's own meets a session on its port: it is moved, all of it, and its
 * answers are moved back before conntrack and the socket see them. */
static void check_own_clash(struct spec first, struct spec next, uint16_t port, uint16_t server)
{
	struct pcase answer = {
		.what = "answer",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_OWN_SESSION,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), .proto = first.proto, .sport = server,
		       .tcp_flags = TH_ACK},
		.out = {FROM_BOND0, IP(SERVER, PUBLIC), .proto = first.proto, .sport = server,
			.dport = port, .tcp_flags = TH_ACK},
	};
	struct session session;
	uint16_t moved;

	scenario_reset();
	session_put(flow_of(first.proto, INSIDE, 7, SERVER, server), PUBLIC, port, SESSION_OPEN);
	moved = port_after(HOOK_TC_EGRESS, &first, V_SLOW_OWN_MOVED);
	assert_int_not_equal(moved, port);
	assert_in_range(moved, 1024, 65535);
	assert_int_equal(port_after(HOOK_TC_EGRESS, &next, V_SLOW_OWN_MOVED), moved);
	assert_true(session_get(flow_of(first.proto, PUBLIC, port, SERVER, server), &session));
	assert_int_equal(session.flags, SESSION_OWN);
	answer.in.dport = moved;
	case_run(&answer);
}

static void test_own_clash(void **state)
{
	const struct spec syn = {TO_BOND0, IP(PUBLIC, SERVER), TCP(50000, 443, TH_SYN)};
	const struct spec ack = {TO_BOND0, IP(PUBLIC, SERVER), TCP(50000, 443, TH_ACK)};
	const struct spec udp = {TO_BOND0, IP(PUBLIC, SERVER), UDP(50000, 53)};

	(void)state;
	check_own_clash(syn, ack, 50000, 443);
	check_own_clash(udp, udp, 50000, 53);
}

/* The own flow's moved port is as taken as any: no inside host gets it. */
static void test_own_echo_reserves(void **state)
{
	const struct spec own = {TO_BOND0, IP(PUBLIC, SERVER), ECHO_REQUEST(5)};
	const struct spec inside = {FROM_V1000, IP(INSIDE, SERVER), ECHO_REQUEST(5)};
	const struct spec reply = {FROM_BOND0, IP(SERVER, PUBLIC), ECHO_REPLY(5)};

	(void)state;
	scenario_reset();
	assert_int_equal(port_after(HOOK_TC_EGRESS, &own, V_PASS_OWN), 5);
	assert_int_not_equal(port_after(HOOK_XDP, &inside, V_TX), 5);
	assert_int_equal(port_after(HOOK_TC_EGRESS, &own, V_PASS_OWN), 5);
	assert_int_equal(port_after(HOOK_XDP, &reply, V_PASS_OWN_SESSION), 5);
}

/* The other way round: an inside host pings first, and this host's own ping is moved. */
static void test_own_echo_moved(void **state)
{
	const struct spec own = {TO_BOND0, IP(PUBLIC, SERVER), ECHO_REQUEST(5)};
	const struct spec inside = {FROM_V1000, IP(INSIDE, SERVER), ECHO_REQUEST(5)};
	struct pcase reply = {
		.what = "reply",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_OWN_SESSION,
		.slot = BOND0,
		.out = {FROM_BOND0, IP(SERVER, PUBLIC), ECHO_REPLY(5)},
	};

	(void)state;
	scenario_reset();
	assert_int_equal(port_after(HOOK_XDP, &inside, V_TX), 5);
	reply.in = reply.out;
	reply.in.echo = port_after(HOOK_TC_EGRESS, &own, V_SLOW_OWN_MOVED);
	assert_int_not_equal(reply.in.echo, 5);
	case_run(&reply);
}

/* One flow has one translation, whichever hook its packets take. */
static void test_one_translation(void **state)
{
	const struct spec other = {FROM_V1000, IP(OTHER, SERVER), UDP(5000, 53)};
	const struct spec fast = {FROM_V1000, UDP_OUT};
	const struct spec slow = {TO_BOND0, UDP_OUT};
	const struct spec fragment = {TO_BOND0, UDP_OUT, .frag = FRAG_MF};
	uint16_t port;

	(void)state;
	scenario_reset();
	assert_int_equal(port_after(HOOK_XDP, &other, V_TX), 5000);
	port = port_after(HOOK_XDP, &fast, V_TX);
	assert_int_not_equal(port, 5000);
	assert_int_equal(port_after(HOOK_TC_EGRESS, &slow, V_SLOW_OUT), port);
	assert_int_equal(port_after(HOOK_TC_EGRESS, &fragment, V_SLOW_OUT), port);
	scenario_reset();
	assert_int_equal(port_after(HOOK_XDP, &other, V_TX), 5000);
	port = port_after(HOOK_TC_EGRESS, &slow, V_SLOW_OUT);
	assert_int_equal(port_after(HOOK_XDP, &fast, V_TX), port);
}

/* To an inside host whose address no route leads inside: translated back it leaves by the uplink
 * that it came by, and is no connection of its sender's. */
static void test_answer_out_again(void **state)
{
	struct run run = {.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0], .iif = device[BOND0]};
	const struct spec answer = {TO_BOND0, IP(SERVER, "240.0.0.1"), UDP(53, 5000)};
	struct frame before;

	(void)state;
	scenario_reset();
	session_put(flow_of(17, "240.0.0.1", 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	frame_build(&run.frame, &answer);
	before = run.frame;
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_PASS_PLAIN);
	frame_assert_equal(&before, &run.frame, "as it came");
	assert_int_equal(session_count(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forwarded_mark),	 cmocka_unit_test(test_later_fragments),
		cmocka_unit_test(test_own_clash),	 cmocka_unit_test(test_own_echo_reserves),
		cmocka_unit_test(test_own_echo_moved),	 cmocka_unit_test(test_one_translation),
		cmocka_unit_test(test_answer_out_again),
	};

	return cases_main("tc egress", cases, LEN(cases), tests, LEN(tests));
}
