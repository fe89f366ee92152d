// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a session: what begins it, keeps it, ends it, and what a packet of an ended one
 * meets. TCP's states are test_tcp.c's.
 */
#include "cases.h"

#include <arpa/inet.h>

/* One flow of each protocol; its outside port differs, so that a new session shows. */
#define TCP_FLOW  flow_of(6, INSIDE, 40000, SERVER, 443)
#define UDP_FLOW  flow_of(17, INSIDE, 5000, SERVER, 53)
#define ECHO_FLOW flow_of(1, INSIDE, 77, SERVER, 0)

/* What XDP says of a packet. */
static int verdict_of(const struct spec *spec)
{
	struct run run = {.hook = HOOK_XDP};

	frame_build(&run.frame, spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	return tally_read().verdict;
}

static int send_tcp(bool out, uint8_t flags)
{
	struct spec up = {FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, flags)};
	struct spec down = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 40000, flags)};

	return verdict_of(out ? &up : &down);
}

static int send_udp(bool out, uint16_t outside_port)
{
	struct spec up = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)};
	struct spec down = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, outside_port)};

	return verdict_of(out ? &up : &down);
}

static unsigned int tcp_state(void)
{
	struct session session;

	assert_true(session_get(TCP_FLOW, &session));
	return session.state;
}

/* A mapping exists, for its own inside flow, as long as its session does. */
static void test_both_records(void **state)
{
	struct session session;
	struct flow inside, want = TCP_FLOW;

	(void)state;
	scenario_reset();
	assert_int_equal(send_tcp(true, TH_SYN), V_TX);
	assert_true(session_get(TCP_FLOW, &session));
	assert_true(mapping_get(session.outside, &inside));
	assert_memory_equal(&inside, &want, sizeof(inside));
	assert_int_equal(session.outside.addr, inet_addr(PUBLIC));
	assert_int_equal(session.uplink, BOND0);
	assert_int_equal(session.addr_gen, 1);
	assert_int_equal(session.flags, 0);
	assert_in_range(session.created, clock_now() - 2, clock_now());
	assert_int_equal(session.last_out, session.created);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

static void test_udp_life(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(send_udp(true, 5000), V_TX);
		assert_true(session_get(UDP_FLOW, &session));
		assert_int_equal(session.state, SESSION_NEW);
	}
	assert_int_equal(send_udp(false, 5000), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.state, SESSION_OPEN);
}

/* Both directions keep a session alive, and each is noted. */
static void test_refresh(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	session_put(UDP_FLOW, PUBLIC, 5000, SESSION_OPEN);
	session_age(UDP_FLOW, 200);
	assert_int_equal(send_udp(false, 5000), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_in_range(session.last_in, clock_now() - 2, clock_now());
	assert_in_range(session.last_out, clock_now() - 202, clock_now() - 200);
	assert_int_equal(send_udp(true, 5000), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_in_range(session.last_out, clock_now() - 2, clock_now());
}

static void check_timeout(struct flow flow, uint8_t state, uint32_t timeout,
			  int (*answer)(bool, uint16_t), int expired)
{
	scenario_reset();
	session_put(flow, PUBLIC, 50000, state);
	session_age(flow, timeout - 3);
	assert_int_equal(answer(false, 50000), V_TX);
	session_age(flow, timeout);
	assert_int_equal(answer(false, 50000), expired);
	assert_int_equal(session_count(), 0);
	assert_int_equal(mapping_count(), 0);
}

static int answer_tcp(bool out, uint16_t port)
{
	struct spec down = {FROM_BOND0,	  IP(SERVER, PUBLIC), .proto = 6,
			    .sport = 443, .dport = port,      .tcp_flags = TH_RST};

	(void)out;
	return verdict_of(&down);
}

static int answer_echo(bool out, uint16_t id)
{
	struct spec down = {FROM_BOND0, IP(SERVER, PUBLIC), .proto = 1, .echo = id};

	(void)out;
	return verdict_of(&down);
}

/* Each protocol and state has its time; after it an answer is a stranger's. */
static void test_timeouts(void **state)
{
	(void)state;
	check_timeout(UDP_FLOW, SESSION_OPEN, 300, send_udp, V_PASS_LOCAL);
	check_timeout(ECHO_FLOW, SESSION_OPEN, 60, answer_echo, V_PASS_LOCAL);
	check_timeout(TCP_FLOW, SESSION_NEW, 240, answer_tcp, V_PASS_LOCAL);
	check_timeout(TCP_FLOW, SESSION_CLOSING, 7440, answer_tcp, V_PASS_LOCAL);
	check_timeout(TCP_FLOW, SESSION_CLOSED, 240, answer_tcp, V_PASS_LOCAL);
	scenario_reset();
	session_put(TCP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_age(TCP_FLOW, 7437);
	assert_int_equal(answer_tcp(false, 50000), V_TX);
	session_put(TCP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_age(TCP_FLOW, 7440);
	assert_int_equal(answer_tcp(false, 50000), V_PASS_LOCAL);
}

/* From inside, an expired session is as if it had never been: a new one, on the port of its own. */
static void test_expired_is_replaced(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	session_put(UDP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_age(UDP_FLOW, 300);
	assert_int_equal(send_udp(true, 0), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.outside.port, htons(5000));
	assert_int_equal(session.state, SESSION_NEW);
	assert_in_range(session.created, clock_now() - 2, clock_now());
	assert_int_equal(mapping_count(), 1);
	session_put(TCP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_age(TCP_FLOW, 7440);
	assert_int_equal(send_tcp(true, TH_ACK), V_PASS_MID_STREAM);
	assert_int_equal(send_tcp(true, TH_SYN), V_TX);
	assert_int_equal(tcp_state(), SESSION_NEW);
	assert_int_equal(mapping_count(), 2);
}

/* Another CPU's clock may be a second ahead of ours. */
static void test_clock_ahead(void **state)
{
	(void)state;
	scenario_reset();
	session_put(UDP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_age(UDP_FLOW, (uint32_t)-2);
	assert_int_equal(send_udp(false, 50000), V_TX);
}

/* A change of addresses leaves alone what it does not concern, and looks once. */
static void test_address_kept(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	session_put(UDP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	bench.control->addr_gen = 2;
	bench.uplink[BOND0].seq = 1;
	assert_int_equal(send_udp(true, 0), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.addr_gen, 1); /* asked in the middle of a change: not decided */
	bench.uplink[BOND0].seq = 2;
	assert_int_equal(send_udp(true, 0), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.addr_gen, 2);
	assert_int_equal(session.outside.port, htons(50000));
}

/* An address that left takes its sessions with it, as it does with MASQUERADE. */
static void test_address_gone(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	session_put(UDP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	session_put(TCP_FLOW, PUBLIC, 50000, SESSION_OPEN);
	bench.uplink[BOND0].addr[0].addr = inet_addr("203.0.113.9");
	bench.control->addr_gen = 2;
	assert_int_equal(send_udp(true, 0), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.outside.addr, inet_addr("203.0.113.9"));
	assert_int_equal(send_tcp(true, TH_ACK), V_PASS_MID_STREAM);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

/* A session that another CPU is making matches nothing yet, and keeps its port. */
static void test_half_made(void **state)
{
	struct flow other = flow_of(17, OTHER, 5000, SERVER, 53);
	struct session session = {.outside = flow_of(17, PUBLIC, 5000, SERVER, 53)};

	(void)state;
	scenario_reset();
	session_half_made(other, &session);
	assert_int_equal(send_udp(false, 5000), V_PASS_LOCAL);
	assert_int_equal(send_udp(true, 0), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_not_equal(session.outside.port, htons(5000));
	assert_int_equal(mapping_count(), 2);
}

/* In XDP an answer to this host's own moved connection goes up as it is: TC translates it. */
static void test_own_session_passes(void **state)
{
	const struct pcase c = {
		.what = "answer to a session of this host's own",
		.verdict = V_PASS_OWN_SESSION,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 50000)},
	};
	struct flow own = flow_of(17, PUBLIC, 5000, SERVER, 53);
	struct session session;

	(void)state;
	scenario_reset();
	session_put(own, PUBLIC, 50000, SESSION_OPEN);
	assert_true(session_get(own, &session));
	session.flags = SESSION_OWN;
	session_write(own, &session);
	case_run(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_records),
		cmocka_unit_test(test_udp_life),
		cmocka_unit_test(test_refresh),
		{"each protocol and state has its time: UDP 5 min, echo 60 s [RFC 4787 REQ-5] "
		 "[RFC 5508 REQ-2]",
		 test_timeouts, NULL, NULL, NULL},
		cmocka_unit_test(test_expired_is_replaced),
		cmocka_unit_test(test_clock_ahead),
		cmocka_unit_test(test_address_kept),
		cmocka_unit_test(test_address_gone),
		cmocka_unit_test(test_half_made),
		cmocka_unit_test(test_own_session_passes),
	};

	return cases_main("session", NULL, 0, tests, LEN(tests));
}
