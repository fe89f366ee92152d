// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protocols without ports (GRE, ESP, SCTP, UDP-Lite, IPIP, 6in4, L2TP): translated by address, for
 * one inside host and peer at a time, beside this host's own tunnels; and ICMP queries other than
 * echo. VPNs depend on it.
 */
#include "cases.h"

#include <arpa/inet.h>

#define NOTRACK	     MARK(ERXDP_MARK_NOTRACK)
#define OTHER_SERVER "34.117.118.45"
#define HOP	     "108.170.248.1"

static const struct {
	uint8_t proto;
	const char *name;
} protocols[] = {
	{4, "ipip"},   {41, "6in4"},  {47, "gre"},	 {50, "esp"},
	{115, "l2tp"}, {132, "sctp"}, {136, "udp-lite"},
};

/* What a session of another protocol is not to be taken for. */
#define GRE .proto = 47, .payload = 30

static void gre_session(void)
{
	session_put(flow_of(47, INSIDE, 0, SERVER, 0), PUBLIC, 0, SESSION_OPEN);
}

static void gre_session_tc_only(void)
{
	gre_session();
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
}

static void gre_session_expired(void)
{
	gre_session();
	session_age(flow_of(47, INSIDE, 0, SERVER, 0), 600);
}

static void gre_session_aging(void)
{
	gre_session();
	session_age(flow_of(47, INSIDE, 0, SERVER, 0), 590);
}

static void the_other_has_it(void)
{
	struct session session;

	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
	assert_true(session_get(flow_of(47, OTHER, 0, SERVER, 0), &session));
}

static void the_first_keeps_it(void)
{
	struct session session;

	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
	assert_true(session_get(flow_of(47, INSIDE, 0, SERVER, 0), &session));
}

static void this_host_has_it(void)
{
	struct session session;

	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
	assert_true(session_get(flow_of(47, PUBLIC, 0, SERVER, 0), &session));
	assert_int_equal(session.flags, SESSION_OWN);
}

static void nothing_was_made(void)
{
	assert_int_equal(session_count(), 0);
}

static const struct spec gre_wire = {IP(PUBLIC, SERVER), GRE};
static const struct spec gre_inside = {IP(INSIDE, SERVER), GRE};
static const struct spec gre_answer = {IP(SERVER, PUBLIC), GRE};
static const struct spec gre_answered = {IP(SERVER, INSIDE), GRE};
static const struct spec stamp_wire = {IP(PUBLIC, SERVER), .proto = 1, .type = 13, .echo = 78,
				       .payload = 12};
static const struct spec stamp_inside = {IP(INSIDE, SERVER), .proto = 1, .type = 13, .echo = 77,
					 .payload = 12};

static void query_session(void)
{
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

static void query_session_59(void)
{
	query_session();
	session_age(flow_of(1, INSIDE, 77, SERVER, 0), 59);
}

static void query_session_60(void)
{
	query_session();
	session_age(flow_of(1, INSIDE, 77, SERVER, 0), 60);
}

#define FAST_OUT(text, prepare, inspection, packet, translated)                           \
	{                                                                                 \
		.what = text, .arrange = prepare, .inspect = inspection, .verdict = V_TX, \
		.slot = V1000, .sent = BOND0, .in = {FROM_V1000, packet},                 \
		.out = {TO_BOND0, translated, .ttl = 63},                                 \
	}

#define FAST_IN(text, prepare, packet, translated)                                               \
	{                                                                                        \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = BOND0, .sent = V1000, \
		.in = {FROM_BOND0, packet}, .out = {TO_V1000, translated, .ttl = 63},            \
	}

#define OUT_REFUSED(text, prepare, inspection, way, packet)                              \
	{                                                                                \
		.what = text, .arrange = prepare, .inspect = inspection, .verdict = way, \
		.slot = V1000, .in = {FROM_V1000, packet},                               \
	}

#define SLOW_OUT(text, prepare, inspection, way, packet, translated)                             \
	{                                                                                        \
		.what = text, .arrange = prepare, .inspect = inspection, .hook = HOOK_TC_EGRESS, \
		.verdict = way, .slot = BOND0, .forwarded = true, .mark_in = NOTRACK,            \
		.in = {TO_BOND0, packet}, .out = {translated},                                   \
	}

#define OWN(text, prepare, inspection, packet)                                                   \
	{                                                                                        \
		.what = text, .arrange = prepare, .inspect = inspection, .hook = HOOK_TC_EGRESS, \
		.verdict = V_PASS_OWN, .slot = BOND0, .in = {TO_BOND0, packet},                  \
	}

#define INGRESS(text, prepare, from, way, mark, packet, translated)                        \
	{                                                                                  \
		.what = text, .arrange = prepare, .hook = HOOK_TC_INGRESS, .verdict = way, \
		.slot = from, .mark_out = mark, .in = {packet}, .out = {translated},       \
	}

#define SAME

static const struct pcase cases[] = {
	/* one inside host a peer */
	FAST_OUT("the inside host that has the peer", gre_session, the_first_keeps_it,
		 MEMBERS(IP(INSIDE, SERVER), GRE), MEMBERS(IP(PUBLIC, SERVER), GRE)),
	OUT_REFUSED("another one, to the same peer", gre_session, the_first_keeps_it,
		    V_DROP_PEER_BUSY, MEMBERS(IP(OTHER, SERVER), GRE)),
	OUT_REFUSED("another one, and the first one's session still has 10 s", gre_session_aging,
		    the_first_keeps_it, V_DROP_PEER_BUSY, MEMBERS(IP(OTHER, SERVER), GRE)),
	FAST_OUT("another one, after ten minutes of silence", gre_session_expired, the_other_has_it,
		 MEMBERS(IP(OTHER, SERVER), GRE), MEMBERS(IP(PUBLIC, SERVER), GRE)),
	FAST_OUT("another one, to another peer", gre_session, NULL,
		 MEMBERS(IP(OTHER, OTHER_SERVER), GRE), MEMBERS(IP(PUBLIC, OTHER_SERVER), GRE)),
	FAST_OUT("another one, to the same peer by another protocol", gre_session, NULL,
		 MEMBERS(IP(OTHER, SERVER), .proto = 50, .payload = 30),
		 MEMBERS(IP(PUBLIC, SERVER), .proto = 50, .payload = 30)),
	FAST_IN("what answers", gre_session, MEMBERS(IP(SERVER, PUBLIC), GRE),
		MEMBERS(IP(SERVER, INSIDE), GRE)),
	FAST_OUT("less than a header of it", gre_session, NULL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 47, .payload = 1),
		 MEMBERS(IP(PUBLIC, SERVER), .proto = 47, .payload = 1)),
	{
		.what = "from a peer that nobody speaks with: for this host, whose tunnel may wait",
		.arrange = gre_session,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(OTHER_SERVER, PUBLIC), GRE},
	},
	/* on the slow path */
	SLOW_OUT("TC: begins a session", NULL, the_first_keeps_it, V_SLOW_OUT,
		 MEMBERS(IP(INSIDE, SERVER), GRE), MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), GRE)),
	SLOW_OUT("TC: another inside host to the same peer", gre_session, the_first_keeps_it,
		 V_DROP_PEER_BUSY, MEMBERS(IP(OTHER, SERVER), GRE), SAME),
	SLOW_OUT("TC: UDP-Lite, under whose checksum only its header is", NULL, NULL, V_SLOW_OUT,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 136, .sport = 5, .dport = 6, .payload = 40,
			 .coverage = 8),
		 MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), .proto = 136, .sport = 5, .dport = 6,
			 .payload = 40, .coverage = 8)),
	SLOW_OUT("TC: AH leaves with no private source", NULL, nothing_was_made, V_DROP_PROTOCOL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 51, .payload = 30), SAME),
	SLOW_OUT("TC: DCCP leaves with no private source", NULL, nothing_was_made, V_DROP_PROTOCOL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 33, .payload = 30), SAME),
	SLOW_OUT("TC: a redirect leaves with no private source [RFC 5508 REQ-11]", NULL,
		 nothing_was_made, V_DROP_PROTOCOL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 1, .type = 5, .payload = 28), SAME),
	SLOW_OUT("TC: nor does one about a packet of a session [RFC 5508 REQ-11]", gre_session,
		 the_first_keeps_it, V_DROP_PROTOCOL,
		 MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(5, 1, gre_answered)), SAME),
	INGRESS("TC: on its way out it is marked", NULL, V1000, V_SLOW_MARKED, NOTRACK,
		MEMBERS(FROM_V1000_BARE, IP(INSIDE, SERVER), GRE), SAME),
	INGRESS("TC: an answer", gre_session, BOND0, V_SLOW_IN, NOTRACK,
		MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), GRE),
		MEMBERS(FROM_BOND0, IP(SERVER, INSIDE), GRE)),
	INGRESS("TC: an answer with IP options", gre_session, BOND0, V_SLOW_IN, NOTRACK,
		MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), GRE, .options = 8),
		MEMBERS(FROM_BOND0, IP(SERVER, INSIDE), GRE, .options = 8)),
	INGRESS("TC: from a peer that nobody speaks with", gre_session, BOND0, V_PASS_LOCAL, 0,
		MEMBERS(FROM_BOND0, IP(OTHER_SERVER, PUBLIC), GRE), SAME),
	{
		.what = "TC as the entry: out",
		.arrange = gre_session_tc_only,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.mark_out = MARK(ERXDP_MARK_FORWARDED),
		.in = {FROM_V1000_BARE, IP(INSIDE, SERVER), GRE},
		.out = {TO_BOND0, IP(PUBLIC, SERVER), GRE, .ttl = 63},
	},

	/* this host's own tunnels */
	OWN("own: reserves the peer", NULL, this_host_has_it, MEMBERS(IP(PUBLIC, SERVER), GRE)),
	OWN("own: an inside host had the peer, and loses it", gre_session, this_host_has_it,
	    MEMBERS(IP(PUBLIC, SERVER), GRE)),
	OWN("own: from its private address", NULL, NULL, MEMBERS(IP(PRIVATE, SERVER), GRE)),
	OWN("own: AH needs nothing", NULL, nothing_was_made,
	    MEMBERS(IP(PUBLIC, SERVER), .proto = 51, .payload = 30)),

	/* ICMP errors about them: path MTU discovery of tunnels */
	FAST_IN("error: about what was sent", gre_session,
		MEMBERS(IP(HOP, PUBLIC), ICMP_ERROR(3, 4, gre_wire), .mtu = 1400, .inner_len = 8),
		MEMBERS(IP(HOP, INSIDE), ICMP_ERROR(3, 4, gre_inside), .mtu = 1400,
			.inner_len = 8)),
	FAST_IN("error: all of the packet", gre_session,
		MEMBERS(IP(HOP, PUBLIC), ICMP_ERROR(11, 0, gre_wire)),
		MEMBERS(IP(HOP, INSIDE), ICMP_ERROR(11, 0, gre_inside))),
	FAST_OUT("error: about what came", gre_session, NULL,
		 MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 2, gre_answered)),
		 MEMBERS(IP(PUBLIC, SERVER), ICMP_ERROR(3, 2, gre_answer))),

	/* ICMP queries */
	FAST_OUT("a timestamp request [RFC 5508 REQ-1] [RFC 5508 REQ-10b]", query_session, NULL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 1, .type = 13, .echo = 77, .payload = 12),
		 MEMBERS(IP(PUBLIC, SERVER), .proto = 1, .type = 13, .echo = 78, .payload = 12)),
	FAST_IN("its answer [RFC 5508 REQ-1]", query_session,
		MEMBERS(IP(SERVER, PUBLIC), .proto = 1, .type = 14, .echo = 78, .payload = 12),
		MEMBERS(IP(SERVER, INSIDE), .proto = 1, .type = 14, .echo = 77, .payload = 12)),
	FAST_OUT("an information request", query_session, NULL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 1, .type = 15, .echo = 77),
		 MEMBERS(IP(PUBLIC, SERVER), .proto = 1, .type = 15, .echo = 78)),
	FAST_IN("its answer", query_session,
		MEMBERS(IP(SERVER, PUBLIC), .proto = 1, .type = 16, .echo = 78),
		MEMBERS(IP(SERVER, INSIDE), .proto = 1, .type = 16, .echo = 77)),
	FAST_OUT("an address mask request [RFC 5508 REQ-1] [RFC 5508 REQ-10b]", query_session, NULL,
		 MEMBERS(IP(INSIDE, SERVER), .proto = 1, .type = 17, .echo = 77, .payload = 4),
		 MEMBERS(IP(PUBLIC, SERVER), .proto = 1, .type = 17, .echo = 78, .payload = 4)),
	FAST_IN("an address mask [RFC 5508 REQ-1] [RFC 5508 REQ-10b]", query_session,
		MEMBERS(IP(SERVER, PUBLIC), .proto = 1, .type = 18, .echo = 78, .payload = 4),
		MEMBERS(IP(SERVER, INSIDE), .proto = 1, .type = 18, .echo = 77, .payload = 4)),
	FAST_IN("error: about a timestamp request [RFC 5508 REQ-4]", query_session,
		MEMBERS(IP(HOP, PUBLIC), ICMP_ERROR(11, 0, stamp_wire)),
		MEMBERS(IP(HOP, INSIDE), ICMP_ERROR(11, 0, stamp_inside))),
	FAST_IN("the answer to a query after 59 s [RFC 5508 REQ-2]", query_session_59,
		MEMBERS(IP(SERVER, PUBLIC), ECHO_REPLY(78)),
		MEMBERS(IP(SERVER, INSIDE), ECHO_REPLY(77))),
	{
		.what = "and after 60 s, as configured, nobody waits for it [RFC 5508 REQ-2]",
		.arrange = query_session_60,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), ECHO_REPLY(78)},
	},
	{
		.what = "a timestamp request to this host",
		.arrange = query_session,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), .proto = 1, .type = 13, .echo = 78,
		       .payload = 12},
	},
	{
		.what = "a redirect to this host",
		.arrange = query_session,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(GATEWAY, PUBLIC), .proto = 1, .type = 5, .payload = 28},
	},
};

/* Each of them, out and back. */
static void test_each(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LEN(protocols); i++) {
		uint8_t proto = protocols[i].proto;
		const struct pcase out = FAST_OUT(protocols[i].name, NULL, NULL,
						  MEMBERS(IP(INSIDE, SERVER), .proto = proto,
							  .payload = 64, .sport = 7, .dport = 8),
						  MEMBERS(IP(PUBLIC, SERVER), .proto = proto,
							  .payload = 64, .sport = 7, .dport = 8));
		const struct pcase in = FAST_IN(protocols[i].name, NULL,
						MEMBERS(IP(SERVER, PUBLIC), .proto = proto,
							.payload = 64, .sport = 8, .dport = 7),
						MEMBERS(IP(SERVER, INSIDE), .proto = proto,
							.payload = 64, .sport = 8, .dport = 7));
		struct session session;

		scenario_reset();
		case_run(&out);
		assert_true(session_get(flow_of(proto, INSIDE, 0, SERVER, 0), &session));
		assert_int_equal(session.state, SESSION_NEW);
		assert_int_equal(session.outside.port, 0);
		case_run(&in);
		assert_true(session_get(flow_of(proto, INSIDE, 0, SERVER, 0), &session));
		assert_int_equal(session.state, SESSION_OPEN);
	}
}

/* UDP-Lite's checksum comes to zero as any other does, and 0 is not allowed (RFC 3828). */
static void test_udplite_zero(void **state)
{
	struct pcase c = FAST_OUT("udp-lite checksums", NULL, NULL,
				  MEMBERS(IP(INSIDE, SERVER), .proto = 136, .payload = 8),
				  MEMBERS(IP(PUBLIC, SERVER), .proto = 136, .payload = 8));

	(void)state;
	scenario_reset();
	for (unsigned int word = 1; word < 0x10000; word++) {
		c.in.word = c.out.word = word;
		case_run(&c);
	}
}

/* Both ends of a tunnel in one house: what answers goes to who spoke, and nobody steals. */
static void test_own_and_inside(void **state)
{
	const struct pcase inside = FAST_OUT("inside", NULL, NULL, MEMBERS(IP(INSIDE, SERVER), GRE),
					     MEMBERS(IP(PUBLIC, SERVER), GRE));
	const struct pcase to_inside = FAST_IN("to it", NULL, MEMBERS(IP(SERVER, PUBLIC), GRE),
					       MEMBERS(IP(SERVER, INSIDE), GRE));
	const struct pcase own = OWN("own", NULL, NULL, MEMBERS(IP(PUBLIC, SERVER), GRE));
	const struct pcase to_own = {
		.what = "to this host",
		.verdict = V_PASS_OWN_SESSION,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), GRE},
	};
	const struct pcase to_own_tc =
		INGRESS("to this host, in TC", NULL, BOND0, V_PASS_OWN_SESSION, 0,
			MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), GRE), SAME);
	const struct pcase refused = OUT_REFUSED("inside again", NULL, NULL, V_DROP_PEER_BUSY,
						 MEMBERS(IP(INSIDE, SERVER), GRE));
	const struct pcase to_other = FAST_OUT("inside, to another peer", NULL, NULL,
					       MEMBERS(IP(INSIDE, OTHER_SERVER), GRE),
					       MEMBERS(IP(PUBLIC, OTHER_SERVER), GRE));

	(void)state;
	scenario_reset();
	case_run(&inside);
	case_run(&to_inside);
	case_run(&own);
	case_run(&to_own);
	case_run(&to_own_tc);
	case_run(&refused);
	case_run(&own);
	case_run(&to_own);
	case_run(&to_other);
	session_age(flow_of(47, PUBLIC, 0, SERVER, 0), 600);
	case_run(&inside);
	case_run(&to_inside);
}

/* With mappings that do not depend on the destination too, the peer is what tells: there are no
 * ports that a mapping could be of. */
static void test_behaviour_rfc(void **state)
{
	const struct pcase first = FAST_OUT("first", NULL, NULL, MEMBERS(IP(INSIDE, SERVER), GRE),
					    MEMBERS(IP(PUBLIC, SERVER), GRE));
	const struct pcase second = FAST_OUT("another one, to another peer", NULL, NULL,
					     MEMBERS(IP(OTHER, OTHER_SERVER), GRE),
					     MEMBERS(IP(PUBLIC, OTHER_SERVER), GRE));
	const struct pcase busy = OUT_REFUSED("another one, to the same peer", NULL, NULL,
					      V_DROP_PEER_BUSY, MEMBERS(IP(OTHER, SERVER), GRE));
	const struct pcase back = FAST_IN("what answers", NULL, MEMBERS(IP(SERVER, PUBLIC), GRE),
					  MEMBERS(IP(SERVER, INSIDE), GRE));
	const struct pcase stranger = {
		.what = "from a peer that nobody speaks with",
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), GRE},
	};

	(void)state;
	scenario_reset();
	bench.control->flags |= CONTROL_ENDPOINTS;
	bench.policy[0].behaviour = BEHAVIOUR_RFC;
	case_run(&first);
	case_run(&second);
	case_run(&busy);
	case_run(&back);
	case_run(&stranger);
	assert_int_equal(map_count(bench.xdp->maps.endpoints), 0);
}

/* Fragments have one translation, first and later ones. */
static void test_fragments(void **state)
{
	const struct pcase first =
		SLOW_OUT("first", NULL, NULL, V_SLOW_OUT,
			 MEMBERS(IP(INSIDE, SERVER), GRE, .frag = FRAG_MF, .id = 4),
			 MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), GRE, .frag = FRAG_MF, .id = 4));
	const struct pcase later =
		SLOW_OUT("later", NULL, NULL, V_SLOW_OUT,
			 MEMBERS(IP(INSIDE, SERVER), GRE, .frag = 100, .id = 4),
			 MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), GRE, .frag = 100, .id = 4));
	const struct pcase answer =
		INGRESS("first, back", NULL, BOND0, V_SLOW_IN, NOTRACK,
			MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), GRE, .frag = FRAG_MF, .id = 9),
			MEMBERS(FROM_BOND0, IP(SERVER, INSIDE), GRE, .frag = FRAG_MF, .id = 9));
	const struct pcase answer_later =
		INGRESS("later, back", NULL, BOND0, V_SLOW_IN, NOTRACK,
			MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), GRE, .frag = 100, .id = 9),
			MEMBERS(FROM_BOND0, IP(SERVER, INSIDE), GRE, .frag = 100, .id = 9));

	(void)state;
	scenario_reset();
	case_run(&first);
	case_run(&later);
	case_run(&answer);
	case_run(&answer_later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),	       cmocka_unit_test(test_udplite_zero),
		cmocka_unit_test(test_own_and_inside), cmocka_unit_test(test_behaviour_rfc),
		cmocka_unit_test(test_fragments),
	};

	return cases_main("protocols", cases, LEN(cases), tests, LEN(tests));
}
