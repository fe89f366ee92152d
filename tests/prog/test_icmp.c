// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors, both ways, with the packet inside them (RFC 5508 section 4): traceroute, path-MTU
 * discovery and "port unreachable" depend on each of their fields.
 */
#include "cases.h"

#define EXCEEDED	  11, 0
#define PORT_UNREACHABLE  3, 3
#define TOO_BIG		  3, 4
#define PARAMETER_PROBLEM 12, 0
#define SOURCE_QUENCH	  4, 0
#define REDIRECT	  5, 1
#define HOP		  "108.170.248.1"

/* The flows below, with outside ports that differ, so that every field has to change. */
static void sessions(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

/* What the internet saw of them, and what the inside host had sent. */
#define TCP_FLOW(src, sport) IP(src, SERVER), TCP(sport, 443, TH_ACK), .payload = 40, .ttl = 1
#define UDP_FLOW(src, sport) IP(src, SERVER), UDP(sport, 53), .ttl = 1
static const struct spec tcp_wire = {TCP_FLOW(PUBLIC, 50123)};
static const struct spec tcp_inside = {TCP_FLOW(INSIDE, 40000)};
static const struct spec tcp_wire_options = {TCP_FLOW(PUBLIC, 50123), .options = 40};
static const struct spec tcp_inside_options = {TCP_FLOW(INSIDE, 40000), .options = 40};
static const struct spec tcp_wire_fragment = {TCP_FLOW(PUBLIC, 50123), .frag = FRAG_MF};
static const struct spec tcp_inside_fragment = {TCP_FLOW(INSIDE, 40000), .frag = FRAG_MF};
static const struct spec udp_wire = {UDP_FLOW(PUBLIC, 50124)};
static const struct spec udp_inside = {UDP_FLOW(INSIDE, 5000)};
static const struct spec udp_wire_bare = {UDP_FLOW(PUBLIC, 50124), .no_checksum = true};
static const struct spec udp_inside_bare = {UDP_FLOW(INSIDE, 5000), .no_checksum = true};
static const struct spec echo_wire = {IP(PUBLIC, SERVER), ECHO_REQUEST(78), .ttl = 1};
static const struct spec echo_inside = {IP(INSIDE, SERVER), ECHO_REQUEST(77), .ttl = 1};
/* Answers, as they came and as the inside host got them. */
static const struct spec udp_answer = {IP(SERVER, PUBLIC), UDP(53, 50124)};
static const struct spec udp_answered = {IP(SERVER, INSIDE), UDP(53, 5000)};
static const struct spec tcp_answer = {IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 9};
static const struct spec tcp_answered = {IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .payload = 9};
static const struct spec echo_answer = {IP(SERVER, PUBLIC), ECHO_REPLY(78)};
static const struct spec echo_answered = {IP(SERVER, INSIDE), ECHO_REPLY(77)};
/* Nobody's. */
static const struct spec stranger = {IP(PUBLIC, SERVER), UDP(1, 2)};
static const struct spec stranger_inside = {IP(SERVER, INSIDE), UDP(1, 2)};
static const struct spec later_fragment = {UDP_FLOW(PUBLIC, 50124), .frag = 10};
static const struct spec ah = {IP(PUBLIC, SERVER), .proto = 51, .payload = 30};
static const struct spec other_source = {UDP_FLOW("203.0.113.5", 50124)};
static const struct spec error_inside = {IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, udp_answer)};

#define IN(text, from, error, wire, inside, ...)                                                  \
	{                                                                                         \
		.what = text, .arrange = sessions, .verdict = V_TX, .slot = BOND0, .sent = V1000, \
		.in = {FROM_BOND0, IP(from, PUBLIC), ICMP_ERROR(error, wire), __VA_ARGS__},       \
		.out = {TO_V1000, IP(from, INSIDE), ICMP_ERROR(error, inside), .ttl = 63,         \
			__VA_ARGS__},                                                             \
	}

#define OUT(text, from, error, inside, wire, ...)                                                 \
	{                                                                                         \
		.what = text, .arrange = sessions, .verdict = V_TX, .slot = V1000, .sent = BOND0, \
		.in = {FROM_V1000, IP(from, SERVER), ICMP_ERROR(error, inside), __VA_ARGS__},     \
		.out = {TO_BOND0, IP(PUBLIC, SERVER), ICMP_ERROR(error, wire), .ttl = 63,         \
			__VA_ARGS__},                                                             \
	}

#define LOCAL(text, wire, ...)                                                             \
	{                                                                                  \
		.what = text, .arrange = sessions, .verdict = V_PASS_LOCAL, .slot = BOND0, \
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(PORT_UNREACHABLE, wire),    \
		       __VA_ARGS__},                                                       \
	}

#define STAYS(text, to, inside, way, ...)                                                \
	{                                                                                \
		.what = text, .arrange = sessions, .verdict = way, .slot = V1000,        \
		.in = {FROM_V1000, IP(INSIDE, to), ICMP_ERROR(PORT_UNREACHABLE, inside), \
		       __VA_ARGS__},                                                     \
	}

static const struct pcase cases[] = {
	IN("in: TCP, 8 bytes of it", HOP, EXCEEDED, tcp_wire, tcp_inside, .inner_len = 8),
	IN("in: TCP, its header without the checksum", HOP, EXCEEDED, tcp_wire, tcp_inside,
	   .inner_len = 16),
	IN("in: TCP, its header up to the checksum", HOP, EXCEEDED, tcp_wire, tcp_inside,
	   .inner_len = 18),
	IN("in: TCP, its header", HOP, EXCEEDED, tcp_wire, tcp_inside, .inner_len = 20),
	IN("in: TCP, all of it", HOP, EXCEEDED, tcp_wire, tcp_inside, .inner_len = 0),
	IN("in: TCP, 8 bytes, and bytes behind the packet that are none of its", HOP, EXCEEDED,
	   tcp_wire, tcp_inside, .inner_len = 8, .trailer = 30),
	IN("in: TCP behind 40 bytes of options [RFC 5508 REQ-3b]", HOP, EXCEEDED, tcp_wire_options,
	   tcp_inside_options, .inner_len = 0),
	IN("in: TCP behind options, 8 bytes of it", HOP, EXCEEDED, tcp_wire_options,
	   tcp_inside_options, .inner_len = 8),
	IN("in: TCP, a first fragment", HOP, EXCEEDED, tcp_wire_fragment, tcp_inside_fragment,
	   .inner_len = 8),
	IN("in: UDP, 8 bytes of it", HOP, EXCEEDED, udp_wire, udp_inside, .inner_len = 8),
	IN("in: UDP, all of it [RFC 5508 REQ-4a] [RFC 5508 REQ-4b] [RFC 5508 REQ-4c]", HOP,
	   PORT_UNREACHABLE, udp_wire, udp_inside, .inner_len = 0),
	IN("in: UDP without a checksum", HOP, EXCEEDED, udp_wire_bare, udp_inside_bare,
	   .inner_len = 8),
	IN("in: echo, 8 bytes of it", HOP, EXCEEDED, echo_wire, echo_inside, .inner_len = 8),
	IN("in: echo, all of it", HOP, EXCEEDED, echo_wire, echo_inside, .inner_len = 0),
	IN("in: fragmentation needed, its MTU unchanged [RFC 5382 REQ-9]", HOP, TOO_BIG, tcp_wire,
	   tcp_inside, .inner_len = 8, .mtu = 1400),
	IN("in: parameter problem [RFC 5508 REQ-10b]", HOP, PARAMETER_PROBLEM, tcp_wire, tcp_inside,
	   .inner_len = 8),
	IN("in: source quench", HOP, SOURCE_QUENCH, udp_wire, udp_inside, .inner_len = 8),
	IN("in: from the server itself", SERVER, PORT_UNREACHABLE, udp_wire, udp_inside,
	   .inner_len = 0),
	IN("in: from a transit router with a link-local address [RFC 4787 REQ-12a]",
	   "169.254.137.1", EXCEEDED, udp_wire, udp_inside, .inner_len = 8),
	IN("in: from a transit router with a private address [RFC 4787 REQ-12a]", "10.253.105.52",
	   EXCEEDED, tcp_wire, tcp_inside, .inner_len = 8),
	IN("in: from the next router", GATEWAY, EXCEEDED, echo_wire, echo_inside, .inner_len = 8),

	LOCAL("in: about no session: this host's own", stranger),
	LOCAL("in: about a later fragment", later_fragment),
	LOCAL("in: about a protocol that is not translated", ah),
	LOCAL("in: about a packet that this address did not send", other_source),
	LOCAL("in: about an ICMP error", error_inside),
	LOCAL("in: with less than 8 bytes of the packet's own", udp_wire, .inner_len = 7),
	LOCAL("in: the 8 bytes lie behind the IP packet's end", udp_wire, .inner_len = 4,
	      .trailer = 20),
	{
		.what = "in: to another address of this host than sent the packet",
		.arrange = sessions,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(HOP, PRIVATE), ICMP_ERROR(EXCEEDED, udp_wire)},
	},
	{
		.what = "in: about a session, but its TTL ends here",
		.arrange = sessions,
		.verdict = V_PASS_TTL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(EXCEEDED, udp_wire), .ttl = 1},
	},

	OUT("out: UDP, 8 bytes of it", INSIDE, PORT_UNREACHABLE, udp_answered, udp_answer,
	    .inner_len = 8),
	OUT("out: UDP, all of it [RFC 5508 REQ-5a] [RFC 5508 REQ-5b]", INSIDE, PORT_UNREACHABLE,
	    udp_answered, udp_answer, .inner_len = 0),
	OUT("out: TCP, 8 bytes of it", INSIDE, PORT_UNREACHABLE, tcp_answered, tcp_answer,
	    .inner_len = 8),
	OUT("out: TCP, all of it [RFC 5382 REQ-9]", INSIDE, PORT_UNREACHABLE, tcp_answered,
	    tcp_answer, .inner_len = 0),
	OUT("out: an echo's reply", INSIDE, PORT_UNREACHABLE, echo_answered, echo_answer,
	    .inner_len = 0),
	OUT("out: fragmentation needed", INSIDE, TOO_BIG, tcp_answered, tcp_answer, .inner_len = 8,
	    .mtu = 1300),
	OUT("out: a router on the way inside is hidden like the host [RFC 5508 REQ-5c]",
	    "192.168.0.2", EXCEEDED, udp_answered, udp_answer, .inner_len = 8),

	{
		.what = "in: a redirect, which no error is, though about a session [RFC 5508 "
			"REQ-11]",
		.arrange = sessions,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(GATEWAY, PUBLIC), ICMP_ERROR(REDIRECT, udp_wire)},
	},
	{
		.what = "out: a redirect likewise [RFC 5508 REQ-11]",
		.arrange = sessions,
		.verdict = V_PASS_PROTOCOL,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), ICMP_ERROR(REDIRECT, udp_answered)},
	},

	STAYS("out: about no session", SERVER, stranger_inside, V_PASS_ICMP_ERROR),
	STAYS("out: to somebody else than the one it is about", "8.8.8.8", udp_answered,
	      V_PASS_ICMP_ERROR),
	STAYS("out: about a protocol that is not translated", SERVER, ah, V_PASS_PROTOCOL),
	STAYS("out: about a later fragment", SERVER, later_fragment, V_PASS_PROTOCOL),
	STAYS("out: with less than 8 bytes of the packet's own", SERVER, udp_answered,
	      V_PASS_PROTOCOL, .inner_len = 7),
	{
		.what = "an error from VLAN to VLAN is routed as it is",
		.arrange = sessions,
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000, IP(INSIDE, "10.20.1.1"), ICMP_ERROR(3, 3, udp_answered)},
		.out = {TO_V2000, IP(INSIDE, "10.20.1.1"), ICMP_ERROR(3, 3, udp_answered),
			.ttl = 63},
	},
	{
		.what = "an error to an exempt destination is routed as it is",
		.arrange = sessions,
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, IP(INSIDE, "10.77.1.1"), ICMP_ERROR(3, 3, stranger_inside)},
		.out = {TO_BOND0_PRIVATE, IP(INSIDE, "10.77.1.1"),
			ICMP_ERROR(3, 3, stranger_inside), .ttl = 63},
	},
};

/* RFC 5508 REQ-6 and REQ-10: an error keeps no session alive, and ends none. */
static void test_session_untouched(void **state)
{
	struct flow flow = flow_of(6, INSIDE, 40000, SERVER, 443);
	struct session before, after;

	(void)state;
	scenario_reset();
	sessions();
	session_age(flow, 1000);
	assert_true(session_get(flow, &before));
	case_run(&cases[0]);
	assert_true(session_get(flow, &after));
	assert_memory_equal(&before, &after, sizeof(before));
}

/* The same of every error above, of either direction, about TCP, UDP and echo. */
static void test_no_error_counts(void **state)
{
	const struct flow flows[] = {
		flow_of(6, INSIDE, 40000, SERVER, 443),
		flow_of(17, INSIDE, 5000, SERVER, 53),
		flow_of(1, INSIDE, 77, SERVER, 0),
	};
	struct session before[LEN(flows)], after;

	(void)state;
	for (unsigned int i = 0; i < LEN(cases); i++) {
		scenario_reset();
		sessions();
		for (unsigned int f = 0; f < LEN(flows); f++) {
			session_age(flows[f], 50);
			assert_true(session_get(flows[f], &before[f]));
		}
		case_run(&cases[i]);
		for (unsigned int f = 0; f < LEN(flows); f++) {
			assert_true(session_get(flows[f], &after));
			assert_memory_equal(&before[f], &after, sizeof(after));
		}
	}
}

/* The inner checksum of UDP comes to zero as any other does; 0 would say that there is none. */
static void test_inner_udp_zero(void **state)
{
	struct spec wire = udp_wire, inside = udp_inside;
	struct pcase c = {
		.what = "inner UDP checksums",
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(EXCEEDED, wire)},
		.out = {TO_V1000, IP(HOP, INSIDE), ICMP_ERROR(EXCEEDED, inside), .ttl = 63},
	};

	(void)state;
	scenario_reset();
	sessions();
	for (unsigned int word = 1; word < 0x10000; word++) {
		wire.word = inside.word = word;
		case_run(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_untouched),
		{"no ICMP error, from inside or outside, prolongs or ends a session "
		 "[RFC 4787 REQ-12] [RFC 5382 REQ-10] [RFC 5508 REQ-6]",
		 test_no_error_counts, NULL, NULL, NULL},
		cmocka_unit_test(test_inner_udp_zero),
	};

	return cases_main("icmp", cases, LEN(cases), tests, LEN(tests));
}
