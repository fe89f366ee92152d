// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC ingress: the fast path where no XDP runs; beside XDP it turns answers back to their inside
 * host and marks what TC egress will translate, for conntrack must not see it.
 */
#include "cases.h"

#define NOTRACK	  MARK(ERXDP_MARK_NOTRACK)
#define FORWARDED MARK(ERXDP_MARK_FORWARDED)
#define USERS	  0x00bf1234 /* other bits, the user's */

#define UDP_OUT	    IP(INSIDE, SERVER), UDP(5000, 53)
#define UDP_ANSWER  IP(SERVER, PUBLIC), UDP(53, 50124)
#define UDP_INSIDE  IP(SERVER, INSIDE), UDP(53, 5000)
#define PLAIN_FRAME IP(INSIDE, "10.20.1.1"), UDP(5000, 53)

static const struct spec udp_sent = {IP(PUBLIC, SERVER), UDP(50124, 53)};
static const struct spec udp_was = {IP(INSIDE, SERVER), UDP(5000, 53)};
static const struct spec udp_answered = {UDP_INSIDE};
static const struct spec stranger = {IP(SERVER, INSIDE), UDP(1, 2)};

static void sessions(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

static void own_session(void)
{
	struct flow own = flow_of(17, PUBLIC, 5000, SERVER, 53);
	struct session session;

	session_put(own, PUBLIC, 50124, SESSION_OPEN);
	assert_true(session_get(own, &session));
	session.flags = SESSION_OWN;
	session_write(own, &session);
}

static void handing_back(void)
{
	sessions();
	bench.control->flags |= CONTROL_HANDBACK;
}

static void tc_only(void)
{
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
	sessions();
}

static void tc_only_own(void)
{
	tc_only();
	session_take_away(flow_of(17, INSIDE, 5000, SERVER, 53)); /* whose port it has */
	own_session();
}

static void tc_only_suspended(void)
{
	tc_only();
	bench.control->flags = 0;
}

static void tc_only_one_port(void)
{
	tc_only();
	bench.control->port_min = bench.control->port_max = 2000;
	session_put(flow_of(17, OTHER, 2000, SERVER, 53), PUBLIC, 2000, SESSION_OPEN);
}

static void tc_only_unresolved(void)
{
	tc_only();
	bench.nexthop[NH_DEFAULT].flags &= ~NEXTHOP_RESOLVED;
}

#define FAST(text, prepare, from, to, in_l2, packet, out_l2, translated)                \
	{                                                                               \
		.what = text, .arrange = prepare, .hook = HOOK_TC_INGRESS,              \
		.verdict = (to) == ETH1 ? V_REDIRECT : V_TX, .slot = from, .sent = to,  \
		.mark_in = USERS, .mark_out = USERS | FORWARDED, .in = {in_l2, packet}, \
		.out = {out_l2, translated, .ttl = 63},                                 \
	}

/* The packet goes on to the kernel as it came. */
#define ASIS(text, prepare, from, way, mark, in_l2, packet)                                        \
	{                                                                                          \
		.what = text, .arrange = prepare, .hook = HOOK_TC_INGRESS, .verdict = way,         \
		.slot = from, .mark_in = USERS, .mark_out = USERS | (mark), .in = {in_l2, packet}, \
	}

/* An answer by the uplink goes on to the kernel with its inside destination. */
#define BACK(text, prepare, way, mark, packet, translated)                                 \
	{                                                                                  \
		.what = text, .arrange = prepare, .hook = HOOK_TC_INGRESS, .verdict = way, \
		.slot = BOND0, .mark_in = USERS, .mark_out = USERS | (mark),               \
		.in = {FROM_BOND0, packet}, .out = {FROM_BOND0, translated},               \
	}

static const struct pcase cases[] = {
	/* TC as the entry */
	FAST("fast: out by the uplink, translated", tc_only, V1000, BOND0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(UDP_OUT), MEMBERS(TO_BOND0), MEMBERS(IP(PUBLIC, SERVER), UDP(50124, 53))),
	FAST("fast: TCP begins a session", tc_only, V1000, BOND0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, SERVER), TCP(40001, 80, TH_SYN)), MEMBERS(TO_BOND0),
	     MEMBERS(IP(PUBLIC, SERVER), TCP(40001, 80, TH_SYN))),
	FAST("fast: its answer to a VLAN, whose device puts the tag on", tc_only, BOND0, V1000,
	     MEMBERS(FROM_BOND0), MEMBERS(UDP_ANSWER), MEMBERS(TO_V1000_BARE), MEMBERS(UDP_INSIDE)),
	FAST("fast: UDP without a checksum", tc_only, BOND0, V1000, MEMBERS(FROM_BOND0),
	     MEMBERS(UDP_ANSWER, .no_checksum = true), MEMBERS(TO_V1000_BARE),
	     MEMBERS(UDP_INSIDE, .no_checksum = true)),
	FAST("fast: an echo", tc_only, V1000, BOND0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77)), MEMBERS(TO_BOND0),
	     MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(78))),
	FAST("fast: an ICMP error with the packet inside", tc_only, BOND0, V1000,
	     MEMBERS(FROM_BOND0), MEMBERS(IP(GATEWAY, PUBLIC), ICMP_ERROR(11, 0, udp_sent)),
	     MEMBERS(TO_V1000_BARE), MEMBERS(IP(GATEWAY, INSIDE), ICMP_ERROR(11, 0, udp_was))),
	FAST("fast: to another device", tc_only, V1000, ETH1, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, "10.50.1.1"), UDP(5000, 53)), MEMBERS(TO_ETH1),
	     MEMBERS(IP(INSIDE, "10.50.1.1"), UDP(5000, 53))),
	{
		.what = "fast: a packet of many segments, each within the MTU",
		.arrange = tc_only,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.mark_out = FORWARDED,
		.gso_size = 1460,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 1900},
		.out = {TO_V1000_BARE, IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .payload = 1900,
			.ttl = 63},
	},
	{
		.what = "segments one byte above the MTU are the kernel's",
		.arrange = tc_only,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_TOO_BIG,
		.slot = BOND0,
		.mark_out = NOTRACK,
		.gso_size = 1461,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 1900},
		.out = {FROM_BOND0, IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .payload = 1900},
	},
	{
		.what = "a packet above the MTU that is one segment is the kernel's",
		.arrange = tc_only,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_TOO_BIG,
		.slot = V1000,
		.in = {FROM_V1000_BARE, IP(INSIDE, "10.20.1.1"), TCP(1, 2, TH_ACK),
		       .payload = 1900},
	},
	ASIS("entry: a fragment out is the kernel's to forward, and marked", tc_only, V1000,
	     V_PASS_FRAGMENT, NOTRACK, MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT, .frag = FRAG_MF)),
	ASIS("entry: a later fragment too", tc_only, V1000, V_PASS_FRAGMENT, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT, .frag = 100)),
	ASIS("entry: IP options out", tc_only, V1000, V_PASS_OPTIONS, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT, .options = 12)),
	ASIS("entry: gateway not resolved", tc_only_unresolved, V1000, V_PASS_NEIGHBOUR, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT)),
	ASIS("entry: tables not trusted, and the kernel knows no way by the uplink: conntrack's",
	     tc_only_suspended, V1000, V_PASS_SUSPENDED, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(UDP_OUT)),
	ASIS("entry: TCP that did not begin here is conntrack's", tc_only, V1000, V_PASS_MID_STREAM,
	     0, MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), TCP(1, 2, TH_ACK))),
	ASIS("entry: for this host", tc_only, BOND0, V_PASS_LOCAL, 0, MEMBERS(FROM_BOND0),
	     MEMBERS(IP(SERVER, PUBLIC), TCP(4000, 22, TH_SYN))),
	ASIS("entry: blackhole", tc_only, V1000, V_DROP_BLACKHOLE, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, "192.168.100.1"), UDP(1, 2))),
	ASIS("entry: no port left", tc_only_one_port, V1000, V_DROP_NO_PORT, 0,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), UDP(2000, 53))),
	BACK("entry: an answer whose TTL ends here reaches the kernel translated", tc_only,
	     V_PASS_TTL, NOTRACK, MEMBERS(UDP_ANSWER, .ttl = 1), MEMBERS(UDP_INSIDE, .ttl = 1)),
	BACK("entry: an answer with IP options", tc_only, V_PASS_OPTIONS, NOTRACK,
	     MEMBERS(UDP_ANSWER, .options = 4), MEMBERS(UDP_INSIDE, .options = 4)),
	BACK("entry: an answer to this host's own moved connection", tc_only_own,
	     V_PASS_OWN_SESSION, 0, MEMBERS(UDP_ANSWER),
	     MEMBERS(IP(SERVER, PUBLIC), UDP(53, 5000))),

	/* beside XDP */
	ASIS("slow: out by the uplink: marked for TC egress", NULL, V1000, V_SLOW_MARKED, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT)),
	ASIS("slow: TCP of a session", sessions, V1000, V_SLOW_MARKED, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK))),
	ASIS("slow: TCP that did not begin here is conntrack's", NULL, V1000, V_PASS_MID_STREAM, 0,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK))),
	ASIS("slow: a later fragment follows its first", NULL, V1000, V_SLOW_MARKED, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT, .frag = 100)),
	ASIS("slow: an ICMP error about a session", sessions, V1000, V_SLOW_MARKED, NOTRACK,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, udp_answered))),
	ASIS("slow: an ICMP error about no session", sessions, V1000, V_PASS_ICMP_ERROR, 0,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, stranger))),
	ASIS("slow: an ICMP error to somebody else", sessions, V1000, V_PASS_ICMP_ERROR, 0,
	     MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, "8.8.8.8"), ICMP_ERROR(3, 3, udp_answered))),
	ASIS("slow: AH is conntrack's", NULL, V1000, V_PASS_PROTOCOL, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, SERVER), .proto = 51, .payload = 20)),
	ASIS("slow: an exempt destination", NULL, V1000, V_PASS_PLAIN, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, "10.77.1.1"), UDP(5000, 53))),
	ASIS("slow: to another VLAN", NULL, V1000, V_PASS_PLAIN, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(PLAIN_FRAME)),
	ASIS("slow: for this host", NULL, BOND0, V_PASS_LOCAL, 0, MEMBERS(FROM_BOND0),
	     MEMBERS(IP(SERVER, PUBLIC), TCP(4000, 22, TH_SYN))),
	ASIS("slow: blackhole, which the kernel has too", NULL, V1000, V_PASS_NO_ROUTE, 0,
	     MEMBERS(FROM_V1000_BARE), MEMBERS(IP(INSIDE, "192.168.100.1"), UDP(1, 2))),
	ASIS("slow: unreachable", NULL, V1000, V_PASS_UNREACHABLE, 0, MEMBERS(FROM_V1000_BARE),
	     MEMBERS(IP(INSIDE, "198.51.100.1"), UDP(1, 2))),
	ASIS("slow: another host's frame on a promiscuous device", sessions, BOND0,
	     V_PASS_OTHER_MAC, 0, .dmac = 0x020000000099, MEMBERS(UDP_ANSWER)),
	ASIS("slow: broadcast at the link", sessions, BOND0, V_PASS_MULTICAST, 0,
	     .dmac = 0xffffffffffff, MEMBERS(UDP_ANSWER)),
	ASIS("slow: ARP", NULL, BOND0, V_PASS_ARP, 0, .dmac = 0xffffffffffff,
	     MEMBERS(.ethertype = 0x0806, .payload = 28)),
	ASIS("slow: IPv6", NULL, BOND0, V_PASS_IPV6, 0, MEMBERS(FROM_BOND0),
	     MEMBERS(.ethertype = 0x86dd, .payload = 60)),
	ASIS("slow: LACP", NULL, BOND0, V_PASS_L2, 0, .dmac = 0x0180c2000002,
	     MEMBERS(.ethertype = 0x8809, .payload = 110)),
	BACK("slow: an answer to a session", sessions, V_SLOW_IN, NOTRACK, MEMBERS(UDP_ANSWER),
	     MEMBERS(UDP_INSIDE)),
	BACK("slow: an answer without a checksum", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(UDP_ANSWER, .no_checksum = true), MEMBERS(UDP_INSIDE, .no_checksum = true)),
	BACK("slow: an answer by TCP", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK)),
	     MEMBERS(IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK))),
	BACK("slow: an echo's reply", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(IP(SERVER, PUBLIC), ECHO_REPLY(78)),
	     MEMBERS(IP(SERVER, INSIDE), ECHO_REPLY(77))),
	BACK("slow: an answer with IP options", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(UDP_ANSWER, .options = 40), MEMBERS(UDP_INSIDE, .options = 40)),
	BACK("slow: an answer whose TTL ends here: not this hook's to say", sessions, V_SLOW_IN,
	     NOTRACK, MEMBERS(UDP_ANSWER, .ttl = 1), MEMBERS(UDP_INSIDE, .ttl = 1)),
	BACK("slow: the first fragment of an answer", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(UDP_ANSWER, .frag = FRAG_MF, .id = 9),
	     MEMBERS(UDP_INSIDE, .frag = FRAG_MF, .id = 9)),
	BACK("slow: an ICMP error about a session, all of its packet", sessions, V_SLOW_IN, NOTRACK,
	     MEMBERS(IP("10.253.105.52", PUBLIC), ICMP_ERROR(11, 0, udp_sent)),
	     MEMBERS(IP("10.253.105.52", INSIDE), ICMP_ERROR(11, 0, udp_was))),
	BACK("slow: an ICMP error about a session, 8 bytes of its packet", sessions, V_SLOW_IN,
	     NOTRACK,
	     MEMBERS(IP("169.254.137.1", PUBLIC), ICMP_ERROR(11, 0, udp_sent), .inner_len = 8),
	     MEMBERS(IP("169.254.137.1", INSIDE), ICMP_ERROR(11, 0, udp_was), .inner_len = 8)),
	ASIS("handing back: what leaves is the kernel's, and conntrack's", handing_back, V1000,
	     V_PASS_SUSPENDED, 0, MEMBERS(FROM_V1000_BARE), MEMBERS(UDP_OUT)),
	BACK("handing back: what answers is still turned back", handing_back, V_SLOW_IN, NOTRACK,
	     MEMBERS(UDP_ANSWER), MEMBERS(UDP_INSIDE)),
	BACK("slow: an answer to this host's own moved connection, for conntrack to see",
	     own_session, V_PASS_OWN_SESSION, 0, MEMBERS(UDP_ANSWER),
	     MEMBERS(IP(SERVER, PUBLIC), UDP(53, 5000))),
};

/* A device that erxdp was not told of. */
static void test_unknown_device(void **state)
{
	const struct pcase c = ASIS("unknown device", NULL, 0, V_PASS_INTERFACE, 0,
				    MEMBERS(FROM_BOND0), MEMBERS(UDP_ANSWER));
	struct iface_key key = {.ifindex = device[BOND0]};

	(void)state;
	scenario_reset();
	sessions();
	bpf_map__delete_elem(bench.xdp->maps.ifaces, &key, sizeof(key), 0);
	case_run_on(&c, device[BOND0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_device),
	};

	return cases_main("tc ingress", cases, LEN(cases), tests, LEN(tests));
}
