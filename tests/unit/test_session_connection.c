// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a connection of conntrack's as a session, and of a session as a connection. A
 * state or a time that is wrong ends a connection early, or keeps its port for hours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>

#include <erxdp/timeout.h>

#include "conntrack.h"
#include "session_connection.h"

#define NOW	10000
#define INSIDE	0x0400000a
#define OUTSIDE 0xc35e4b93
#define REMOTE	0x2c767522

static const struct control control = {
	.timeout =
		{
			[TIMEOUT_UDP] = 300,
			[TIMEOUT_TCP_ESTABLISHED] = 7440,
			[TIMEOUT_TCP_TRANSITORY] = 240,
			[TIMEOUT_ICMP] = 60,
			[TIMEOUT_OTHER] = 600,
			[TIMEOUT_TCP_CLOSING] = 240,
		},
};

static struct connection connection(uint8_t proto, uint16_t port, uint16_t outside_port)
{
	return (struct connection){
		.sent = {.addr = INSIDE,
			 .remote = REMOTE,
			 .port = htons(port),
			 .remote_port = htons(443),
			 .proto = proto},
		.answered = {.addr = OUTSIDE,
			     .remote = REMOTE,
			     .port = htons(outside_port),
			     .remote_port = htons(443),
			     .proto = proto},
		.status = IPS_SRC_NAT,
		.timeout = 100000,
	};
}

static const struct {
	uint8_t tcp_state, flags[2];
	uint32_t status;
	uint8_t state, out, in;
} states[] = {
	{TCP_CONNTRACK_SYN_SENT, {}, 0, SESSION_NEW, 0, 0},
	{TCP_CONNTRACK_SYN_RECV, {}, 0, SESSION_NEW, 0, 0},
	{TCP_CONNTRACK_ESTABLISHED, {}, 0, SESSION_OPEN, 0, 0},
	{TCP_CONNTRACK_FIN_WAIT, {IP_CT_TCP_FLAG_CLOSE_INIT}, 0, SESSION_CLOSING, TCP_SIDE_FIN, 0},
	{TCP_CONNTRACK_CLOSE_WAIT,
	 {0, IP_CT_TCP_FLAG_CLOSE_INIT},
	 0,
	 SESSION_CLOSING,
	 0,
	 TCP_SIDE_FIN},
	{TCP_CONNTRACK_LAST_ACK, {}, 0, SESSION_CLOSED, TCP_SIDE_FIN, TCP_SIDE_FIN},
	{TCP_CONNTRACK_TIME_WAIT, {}, 0, SESSION_CLOSED, TCP_SIDE_FIN, TCP_SIDE_FIN},
	{TCP_CONNTRACK_CLOSE, {}, 0, SESSION_CLOSED, 0, 0},
	{TCP_CONNTRACK_NONE, {}, 0, SESSION_NEW, 0, 0},
	{TCP_CONNTRACK_NONE, {}, IPS_ASSURED, SESSION_OPEN, 0, 0},
};

static void test_tcp_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct connection c = connection(IPPROTO_TCP, 5000, 50123);
		struct session s;

		c.tcp_state = states[i].tcp_state;
		memcpy(c.tcp_flags, states[i].flags, 2);
		c.status |= states[i].status;
		assert_true(session_from_connection(&s, &c, &control, NOW));
		assert_int_equal(s.state, states[i].state);
		assert_int_equal(s.out.flags, states[i].out);
		assert_int_equal(s.in.flags, states[i].in);
		assert_memory_equal(&s.inside, &c.sent, sizeof(s.inside));
		assert_memory_equal(&s.outside, &c.answered, sizeof(s.outside));
	}
}

/* At most what erxdp would give it. */
static void test_time_left(void **state)
{
	struct connection c = connection(IPPROTO_UDP, 5000, 50123);
	struct session s;

	(void)state;
	c.timeout = 20;
	assert_true(session_from_connection(&s, &c, &control, NOW));
	assert_int_equal(s.state, SESSION_NEW);
	assert_false(session_expired(&s, &control, NOW + 19));
	assert_true(session_expired(&s, &control, NOW + 20));
	c.timeout = 432000;
	c.status |= IPS_SEEN_REPLY;
	assert_true(session_from_connection(&s, &c, &control, NOW));
	assert_int_equal(s.state, SESSION_OPEN);
	assert_false(session_expired(&s, &control, NOW + 299));
	assert_true(session_expired(&s, &control, NOW + 300));
}

static void test_by_address(void **state)
{
	struct connection c = connection(IPPROTO_SCTP, 5000, 5000);
	struct session s;

	(void)state;
	assert_true(session_from_connection(&s, &c, &control, NOW));
	assert_int_equal(s.inside.port | s.inside.remote_port | s.outside.port, 0);
	c = connection(IPPROTO_SCTP, 5000, 5001);
	assert_false(session_from_connection(&s, &c, &control, NOW));
}

static struct session session(uint8_t proto, uint8_t state)
{
	struct connection c = connection(proto, 5000, 50123);

	return (struct session){.inside = c.sent,
				.outside = c.answered,
				.state = state,
				.last_out = NOW - 40,
				.last_in = NOW - 40};
}

static void test_to_udp(void **state)
{
	struct session s = session(IPPROTO_UDP, SESSION_OPEN);
	struct connection c;

	(void)state;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.timeout, 260);
	assert_int_equal(c.status, IPS_SEEN_REPLY | IPS_ASSURED);
	assert_memory_equal(&c.sent, &s.inside, sizeof(c.sent));
	assert_memory_equal(&c.answered, &s.outside, sizeof(c.answered));
	s.state = SESSION_NEW;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.status, 0);
}

static void test_to_tcp(void **state)
{
	struct session s = session(IPPROTO_TCP, SESSION_OPEN);
	struct connection c;

	(void)state;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.tcp_state, TCP_CONNTRACK_ESTABLISHED);
	assert_int_equal(c.tcp_flags[0], IP_CT_TCP_FLAG_BE_LIBERAL);
	assert_int_equal(c.tcp_flags[1], IP_CT_TCP_FLAG_BE_LIBERAL);
	assert_int_equal(c.timeout, 7400);
	s.state = SESSION_CLOSING;
	s.in.flags = TCP_SIDE_FIN;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.tcp_state, TCP_CONNTRACK_CLOSE_WAIT);
	assert_int_equal(c.tcp_flags[1], IP_CT_TCP_FLAG_BE_LIBERAL | IP_CT_TCP_FLAG_CLOSE_INIT);
	s.state = SESSION_CLOSED;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.tcp_state, TCP_CONNTRACK_TIME_WAIT);
	assert_int_equal(c.timeout, 120);
}

/* Begun outside: to the kernel it is a translated destination. */
static void test_to_inbound(void **state)
{
	struct session s = session(IPPROTO_TCP, SESSION_OPEN), back;
	struct connection c;

	(void)state;
	s.flags = SESSION_INBOUND;
	assert_true(session_to_connection(&c, &s, &control, NOW));
	assert_int_equal(c.sent.addr, REMOTE);
	assert_int_equal(c.sent.remote, OUTSIDE);
	assert_int_equal(c.sent.remote_port, htons(50123));
	assert_int_equal(c.answered.addr, REMOTE);
	assert_int_equal(c.answered.remote, INSIDE);
	assert_int_equal(c.answered.remote_port, htons(5000));
	c.status |= IPS_DST_NAT;
	c.tcp_state = TCP_CONNTRACK_FIN_WAIT;
	c.tcp_flags[0] = IP_CT_TCP_FLAG_CLOSE_INIT;
	assert_true(session_from_connection(&back, &c, &control, NOW));
	assert_memory_equal(&back.inside, &s.inside, sizeof(s.inside));
	assert_memory_equal(&back.outside, &s.outside, sizeof(s.outside));
	assert_int_equal(back.flags, SESSION_INBOUND);
	assert_int_equal(back.in.flags, TCP_SIDE_FIN);
	assert_int_equal(back.out.flags, 0);
}

static void test_to_nothing(void **state)
{
	struct session s = session(IPPROTO_SCTP, SESSION_OPEN);
	struct connection c;

	(void)state;
	assert_false(session_to_connection(&c, &s, &control, NOW));
	s = session(IPPROTO_TCP, SESSION_OPEN);
	s.flags = SESSION_HAIRPIN;
	assert_false(session_to_connection(&c, &s, &control, NOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp_states), cmocka_unit_test(test_time_left),
		cmocka_unit_test(test_by_address), cmocka_unit_test(test_to_udp),
		cmocka_unit_test(test_to_tcp),	   cmocka_unit_test(test_to_inbound),
		cmocka_unit_test(test_to_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
