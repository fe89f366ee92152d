// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections change hands between the kernel's conntrack and the sessions: nobody touches a packet
 * while it is the other one's, and an imported session has the port that its peer knows. Else a
 * connection would have two translations at once, and break.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>

#include "talk.h"

#define USERS	0x80000001U /* bits that are not erxdp's */
#define NOTRACK MARK(ERXDP_MARK_NOTRACK)
#define MOVED	50123

static struct flow udp_flow(void)
{
	return flow_of(17, INSIDE, 5000, SERVER, 53);
}

static void aside(void)
{
	session_put(udp_flow(), PUBLIC, MOVED, SESSION_OPEN);
	bench.control->flags |= CONTROL_ASIDE;
}

static void changeover(void)
{
	session_put(udp_flow(), PUBLIC, MOVED, SESSION_OPEN);
	bench.control->flags |= CONTROL_CHANGEOVER;
}

static void changeover_with_forward(void)
{
	changeover();
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	forward_put(17, PUBLIC, 8080, INSIDE, 80);
}

static void still_one(void)
{
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

static void now_two(void)
{
	assert_int_equal(session_count(), 2);
}

#define XDP(text, prepare, from, way, packet)                                             \
	{                                                                                 \
		.what = text, .arrange = prepare, .inspect = still_one, .hook = HOOK_XDP, \
		.verdict = way, .slot = from, .in = {packet},                             \
	}
#define INGRESS(text, prepare, from, way, packet)                                                  \
	{                                                                                          \
		.what = text, .arrange = prepare, .inspect = still_one, .hook = HOOK_TC_INGRESS,   \
		.verdict = way, .slot = from, .mark_in = USERS, .mark_out = USERS, .in = {packet}, \
	}
#define EGRESS(text, prepare, check, way, mark, packet, translated)                         \
	{                                                                                   \
		.what = text, .arrange = prepare, .inspect = check, .hook = HOOK_TC_EGRESS, \
		.verdict = way, .slot = BOND0, .sent = BOND0, .forwarded = true,            \
		.mark_in = USERS | (mark), .mark_out = USERS, .in = {TO_BOND0, packet},     \
		.out = {translated},                                                        \
	}

#define UDP_OUT	    IP(INSIDE, SERVER), UDP(5000, 53)
#define UDP_ON_WIRE IP(PUBLIC, SERVER), UDP(MOVED, 53)
#define UDP_BACK    IP(SERVER, PUBLIC), UDP(53, MOVED)
#define OTHER_OUT   IP(OTHER, SERVER), UDP(5000, 53)

static const struct pcase cases[] = {
	XDP("aside: what has a session is the kernel's", aside, V1000, V_PASS_SUSPENDED,
	    MEMBERS(FROM_V1000, UDP_OUT)),
	XDP("aside: so is its answer", aside, BOND0, V_PASS_SUSPENDED,
	    MEMBERS(FROM_BOND0, UDP_BACK)),
	INGRESS("aside: TC ingress marks nothing", aside, V1000, V_PASS_SUSPENDED,
		MEMBERS(FROM_V1000_BARE, UDP_OUT)),
	INGRESS("aside: TC ingress translates no answer back", aside, BOND0, V_PASS_SUSPENDED,
		MEMBERS(FROM_BOND0, UDP_BACK)),
	EGRESS("aside: TC egress translates nothing", aside, still_one, V_PASS_SUSPENDED, 0,
	       MEMBERS(UDP_OUT), ),
	EGRESS("aside: but what was marked before", aside, still_one, V_SLOW_OUT, NOTRACK,
	       MEMBERS(UDP_OUT), MEMBERS(TO_BOND0, UDP_ON_WIRE)),
	XDP("changeover: what would begin is the kernel's", changeover, V1000, V_PASS_SUSPENDED,
	    MEMBERS(FROM_V1000, OTHER_OUT)),
	XDP("changeover: so is a forwarding's", changeover_with_forward, BOND0, V_PASS_LOCAL,
	    MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 8080))),
	INGRESS("changeover: TC ingress does not mark it", changeover, V1000, V_PASS_SUSPENDED,
		MEMBERS(FROM_V1000_BARE, OTHER_OUT)),
	EGRESS("changeover: what the kernel translated keeps the port that a session has",
	       changeover, still_one, V_PASS_OWN, 0, MEMBERS(UDP_ON_WIRE), ),
	EGRESS("changeover: what it did not translate begins", changeover, now_two, V_SLOW_OUT, 0,
	       MEMBERS(OTHER_OUT), MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53))),
};

/* ---- import ---- */

static struct session session_for(struct flow inside, uint16_t port)
{
	struct session session = {
		.inside = inside,
		.outside = inside,
		.uplink = BOND0,
		.created = clock_now(),
		.last_out = clock_now(),
		.last_in = clock_now(),
		.state = SESSION_OPEN,
	};

	session.outside.addr = inet_addr(PUBLIC);
	session.outside.port = htons(port);
	return session;
}

static int import_session(const struct session *session, bool anew)
{
	struct import_request request = {.session = *session, .anew = anew};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &request, .ctx_size_in = sizeof(request));

	assert_int_equal(bpf_prog_test_run_opts(bench.import, &opts), 0);
	return opts.retval;
}

static int import(struct flow inside, uint16_t port)
{
	struct session session = session_for(inside, port);

	return import_session(&session, false);
}

static void begin(void)
{
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
}

static void test_made(void **state)
{
	(void)state;
	begin();
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	heard_by(udp_in(SERVER, 53, MOVED), INSIDE, 5000);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MOVED);
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_KNOWN);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

static void test_taken(void **state)
{
	(void)state;
	begin();
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	assert_int_equal(import(flow_of(17, OTHER, 5000, SERVER, 53), MOVED), IMPORT_TAKEN);
	heard_by(udp_in(SERVER, 53, MOVED), INSIDE, 5000);
	assert_int_equal(session_count(), 1);
}

/* The kernel, which begins all connections then, has given it to another one: the first has ended
 * there. */
static void test_taken_anew(void **state)
{
	(void)state;
	begin();
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	bench.control->flags |= CONTROL_CHANGEOVER;
	assert_int_equal(import(flow_of(17, OTHER, 5000, SERVER, 53), MOVED), IMPORT_MADE);
	bench.control->flags &= ~CONTROL_CHANGEOVER;
	heard_by(udp_in(SERVER, 53, MOVED), OTHER, 5000);
	assert_int_equal(session_count(), 1);
}

/* Made at TC egress for what the kernel translated, before it was read. */
static void test_reservation(void **state)
{
	struct flow own = flow_of(17, PUBLIC, MOVED, SERVER, 53);
	struct session reserved = session_for(own, MOVED);

	(void)state;
	begin();
	reserved.flags = SESSION_OWN;
	assert_int_equal(import_session(&reserved, false), IMPORT_MADE);
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	heard_by(udp_in(SERVER, 53, MOVED), INSIDE, 5000);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

/* Its next packet began a session before it was read: the peer knows the port of the first one. */
static void test_other_port(void **state)
{
	(void)state;
	begin();
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MOVED);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

static void test_full(void **state)
{
	(void)state;
	begin();
	bench.control->max_sessions = 1;
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	assert_int_equal(import(flow_of(17, OTHER, 5000, SERVER, 53), 5000), IMPORT_FULL);
	assert_int_equal(session_count(), 1);
}

/* The first flow's port becomes the mapping; a port that the kernel gave to another flow of the
 * same endpoint is that flow's alone. */
static void test_rfc(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	assert_int_equal(import(flow_of(17, INSIDE, 5000, SERVER, 54), MOVED + 1), IMPORT_MADE);
	assert_true(owner_get(17, PUBLIC, MOVED, &owner));
	assert_int_equal(owner.kind, ENDPOINT_MAPPING);
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 1);
	assert_true(owner_get(17, PUBLIC, MOVED + 1, &owner));
	assert_int_equal(owner.kind, ENDPOINT_SHARED);
	heard_as(udp_out(INSIDE, 5000, SERVER, 55), PUBLIC, MOVED);
	heard_as(udp_out(INSIDE, 5000, SERVER, 54), PUBLIC, MOVED + 1);
	heard_by(udp_in("203.0.113.9", 1, MOVED), INSIDE, 5000);
}

/* The kernel has overloaded the port: the second one is no mapping, but keeps what it has. */
static void test_rfc_overloaded(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	assert_int_equal(import(flow_of(17, OTHER, 5000, SERVER, 54), MOVED), IMPORT_MADE);
	heard_by(udp_in(SERVER, 54, MOVED), OTHER, 5000);
	heard_by(udp_in(SERVER, 53, MOVED), INSIDE, 5000);
}

static void test_limits(void **state)
{
	struct inside_host host;
	__be32 addr = inet_addr(INSIDE);

	(void)state;
	begin();
	bench.control->flags |= CONTROL_LIMITS;
	bench.policy[0].max_sessions = 1;
	assert_int_equal(import(udp_flow(), MOVED), IMPORT_MADE);
	assert_int_equal(import(flow_of(17, INSIDE, 5001, SERVER, 53), 5001), IMPORT_MADE);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(bench.tc->maps.hosts), &addr, &host), 0);
	assert_int_equal(host.sessions, 2);
	assert_string_equal(verdict_name(udp_out(INSIDE, 5002, SERVER, 53).verdict),
			    verdict_name(V_DROP_HOST_LIMIT));
}

static uint8_t tcp_state(void)
{
	return session_of(flow_of(6, INSIDE, 5000, SERVER, 443))->state;
}

/* What the kernel saw of the end of a connection holds, though no sequence number is known. */
static void test_half_closed(void **state)
{
	struct flow flow = flow_of(6, INSIDE, 5000, SERVER, 443);
	struct session session = session_for(flow, MOVED);

	(void)state;
	begin();
	session.state = SESSION_CLOSING;
	session.out.flags = TCP_SIDE_FIN;
	assert_int_equal(import_session(&session, false), IMPORT_MADE);
	heard_by(talk(BOND0, 6, SERVER, 443, PUBLIC, MOVED, TH_ACK), INSIDE, 5000);
	heard_as(talk(V1000, 6, INSIDE, 5000, SERVER, 443, TH_ACK), PUBLIC, MOVED);
	heard_by(talk(BOND0, 6, SERVER, 443, PUBLIC, MOVED, TH_ACK), INSIDE, 5000);
	assert_int_equal(tcp_state(), SESSION_CLOSING);
	heard_by(talk(BOND0, 6, SERVER, 443, PUBLIC, MOVED, TH_FIN | TH_ACK), INSIDE, 5000);
	assert_int_equal(tcp_state(), SESSION_CLOSED);
}

/* A handshake that the kernel has seen the end of; but what erxdp has seen itself is not unlearnt,
 * unless the kernel had the connection in the meantime. */
static void test_refreshed(void **state)
{
	struct session session = session_for(flow_of(6, INSIDE, 5000, SERVER, 443), MOVED);

	(void)state;
	begin();
	session.state = SESSION_NEW;
	assert_int_equal(import_session(&session, false), IMPORT_MADE);
	session.state = SESSION_OPEN;
	assert_int_equal(import_session(&session, false), IMPORT_KNOWN);
	assert_int_equal(tcp_state(), SESSION_OPEN);
	heard_as(talk(V1000, 6, INSIDE, 5000, SERVER, 443, TH_ACK), PUBLIC, MOVED);
	session.state = SESSION_NEW;
	assert_int_equal(import_session(&session, false), IMPORT_KNOWN);
	assert_int_equal(tcp_state(), SESSION_OPEN);
	assert_int_equal(import_session(&session, true), IMPORT_KNOWN);
	assert_int_equal(tcp_state(), SESSION_NEW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"an imported session has the port that its peer knows", test_made, NULL, NULL,
		 NULL},
		{"an outside flow that another session has is not given twice", test_taken, NULL,
		 NULL, NULL},
		{"but while the kernel begins all connections its word holds", test_taken_anew,
		 NULL, NULL, NULL},
		{"a reservation for the same connection gives way", test_reservation, NULL, NULL,
		 NULL},
		{"a session that was quicker gets the port that the peer knows", test_other_port,
		 NULL, NULL, NULL},
		{"a full table takes no more", test_full, NULL, NULL, NULL},
		{"rfc: the first flow makes the mapping, others keep their ports", test_rfc, NULL,
		 NULL, NULL},
		{"rfc: two hosts on one outside port both go on", test_rfc_overloaded, NULL, NULL,
		 NULL},
		{"limits count what was imported, and refuse none of it", test_limits, NULL, NULL,
		 NULL},
		{"a half-closed connection stays so, and closes", test_half_closed, NULL, NULL,
		 NULL},
		{"the kernel is believed until erxdp has seen for itself", test_refreshed, NULL,
		 NULL, NULL},
	};

	int failed = cases_main("changeover", cases, LEN(cases), NULL, 0);

	return talk_main("import", NULL, 0, tests, LEN(tests)) || failed;
}
