// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which outside port a flow may get: its own where that is free, else one of its class and, with
 * BEHAVIOUR_RFC, of its parity; never one outside of the configured range or of the host's block.
 */
#include "ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <erxdp/portblock.h>

/* --- kept, and chosen by class --- */

static void check_class(enum hook hook, uint8_t proto, uint16_t port, uint16_t min, uint16_t max)
{
	struct first_packet first = {hook, proto, HOST_BASE + 1, port, DEST_PORT};
	struct first_packet second = {hook, proto, HOST_BASE + 2, port, DEST_PORT};
	int other;

	scenario_reset();
	assert_int_equal(port_of(&first), port);
	other = port_of(&second);
	assert_int_not_equal(other, port);
	assert_in_range(other, min, max);
}

/* Where the range has a few ports of each class, so that another class would soon be met. */
static void check_class_at_edge(uint16_t edge, uint16_t port, uint16_t min, uint16_t max)
{
	scenario_reset();
	set_range(edge - 20, edge + 19);
	for (uint32_t host = 1; host <= 20; host++)
		assert_in_range(udp_port(host, port), min, max);
}

static void test_class(void **state)
{
	(void)state;
	check_class_at_edge(512, 53, 492, 511);
	check_class_at_edge(1024, 700, 1004, 1023);
	check_class_at_edge(1024, 40000, 1024, 1043);
	for (int hook = HOOK_XDP; hook <= HOOK_TC_EGRESS; hook += HOOK_TC_EGRESS)
		for (int i = 0; i < (int)scaled(50); i++) {
			check_class(hook, IPPROTO_UDP, 1, 1, 511);
			check_class(hook, IPPROTO_UDP, 1023, 600, 1023);
			check_class(hook, IPPROTO_UDP, 1024, 1024, 65535);
			check_class(hook, IPPROTO_TCP, 512, 600, 1023);
			check_class(hook, IPPROTO_TCP, 65535, 1024, 65535);
		}
}

/* As with iptables' --to-ports: what lies in the range is kept, what does not is moved into it. */
static void test_range(void **state)
{
	const struct first_packet echo = {HOOK_XDP, IPPROTO_ICMP, HOST_BASE + 1, 5, 0};
	static const struct {
		uint16_t min, max, port, low, high;
	} rows[] = {
		{20000, 29999, 25000, 25000, 25000},
		{20000, 29999, 20000, 20000, 20000},
		{20000, 29999, 29999, 29999, 29999},
		{20000, 29999, 30000, 20000, 29999},
		{20000, 29999, 19999, 20000, 29999},
		{20000, 29999, 53, 20000, 29999},
		{20000, 29999, 600, 20000, 29999},
		{1024, 65535, 500, 1024, 65535},
		{1024, 65535, 1023, 1024, 65535},
		{600, 700, 40000, 600, 700},
		{600, 700, 650, 650, 650},
		{1000, 2000, 999, 1000, 1023},
		{1000, 2000, 40000, 1024, 2000},
		{1000, 2000, 53, 1000, 2000},
		{7, 7, 40000, 7, 7},
		{7, 7, 7, 7, 7},
		{65535, 65535, 1, 65535, 65535},
		{1, 65535, 0, 0, 0},
		{1024, 65535, 0, 1024, 65535},
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int port;

		scenario_reset();
		set_range(rows[i].min, rows[i].max);
		port = udp_port(1, rows[i].port);
		if (port < rows[i].low || port > rows[i].high)
			fail_msg("%u-%u: port %u became %d", rows[i].min, rows[i].max, rows[i].port,
				 port);
		assert_int_equal(port_of(&echo), 5);
	}
}

static void test_single_port(void **state)
{
	(void)state;
	scenario_reset();
	set_range(2000, 2000);
	assert_int_equal(udp_port(1, 40000), 2000);
	assert_int_equal(udp_port(2, 40000), REFUSED);
	assert_int_equal(udp_port(3, 2000), REFUSED);
	end_session(2000);
	assert_int_equal(udp_port(3, 40000), 2000);
}

static void test_no_range(void **state)
{
	(void)state;
	scenario_reset();
	set_range(2000, 1999);
	assert_int_equal(udp_port(1, 2000), REFUSED);
	assert_int_equal(udp_port(1, 500), REFUSED);
}

/* --- parity --- */

static void behave(enum policy_behaviour behaviour)
{
	scenario_reset();
	bench.policy[0].behaviour = behaviour;
}

/* How many of 400 moved ports have the inside port's parity. */
static unsigned int same_parity(uint8_t proto)
{
	unsigned int same = 0;

	for (uint32_t i = 0; i < 400; i++) {
		struct first_packet p = {HOOK_XDP, proto, HOST_BASE + 1, 100 + i, DEST_PORT};

		same += (port_of(&p) & 1) == (p.port & 1);
	}
	return same;
}

static void test_parity(void **state)
{
	(void)state;
	behave(BEHAVIOUR_RFC);
	set_range(2000, 9001);
	assert_int_equal(same_parity(IPPROTO_UDP), 400);
}

static void test_no_parity(void **state)
{
	(void)state;
	behave(BEHAVIOUR_RFC);
	set_range(2000, 9001);
	assert_in_range(same_parity(IPPROTO_TCP), 100, 300);
	behave(BEHAVIOUR_COMPAT);
	set_range(2000, 9001);
	assert_in_range(same_parity(IPPROTO_TCP), 100, 300);
	assert_in_range(same_parity(IPPROTO_UDP), 100, 300);
}

/* With a range of `size` ports from `min`: all of one parity come first, then the others. */
static void check_parity_last(uint16_t min, uint16_t size)
{
	unsigned int same = size / 2, host = 0;

	behave(BEHAVIOUR_RFC);
	set_range(min, min + size - 1);
	for (unsigned int i = 0; i < same; i++)
		assert_int_equal(udp_port(++host, 501) & 1, 1);
	for (unsigned int i = 0; i < same; i++)
		assert_int_equal(udp_port(++host, 501) & 1, 0);
	assert_int_equal(udp_port(++host, 501), REFUSED);
}

static void test_parity_last(void **state)
{
	(void)state;
	check_parity_last(3000, 2);
	check_parity_last(3000, 40);
	check_parity_last(3001, 64);
	check_parity_last(3000, 200);
	check_parity_last(3001, 5000);
}

/* --- port blocks --- */

#define BLOCK 256

/* Blocks for 10.0.0.0/16, as the daemon would write the policy. */
static void block_policy(void)
{
	scenario_reset();
	bench.control->max_sessions = 150000;
	bench.policy[0].block_prefix = htonl(HOST_BASE);
	bench.policy[0].block_prefixlen = 16;
	bench.policy[0].block_size = BLOCK;
}

static uint32_t block_first(uint32_t host)
{
	struct portblock_plan plan = portblock_plan_of(&bench.policy[0], bench.control);
	struct portblock block = {};

	assert_int_equal(portblock_of(&plan, HOST_BASE + host, &block), 0);
	return block.first;
}

static void check_block(enum policy_behaviour behaviour, uint8_t proto, uint32_t host,
			uint16_t port)
{
	const struct first_packet p = {HOOK_XDP, proto, HOST_BASE + host, port, DEST_PORT};
	uint32_t first = block_first(host);
	bool inside = port >= first && port < first + BLOCK;
	int out;

	block_policy();
	bench.policy[0].behaviour = behaviour;
	out = port_of(&p);
	assert_in_range(out, first, first + BLOCK - 1);
	if (inside)
		assert_int_equal(out, port);
}

static void check_blocks(enum policy_behaviour behaviour, uint8_t proto)
{
	block_policy();
	for (uint32_t host = 0; host < 250; host += 250 / scaled(35)) {
		check_block(behaviour, proto, host, 40000);
		check_block(behaviour, proto, host, 53);
		check_block(behaviour, proto, host, block_first(host));
		check_block(behaviour, proto, host, block_first(host) + BLOCK - 1);
		check_block(behaviour, proto, host, block_first(host) + BLOCK);
	}
}

static void test_block(void **state)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};

	(void)state;
	for (unsigned int i = 0; i < LEN(protos); i++) {
		check_blocks(BEHAVIOUR_COMPAT, protos[i]);
		check_blocks(BEHAVIOUR_RFC, protos[i]);
	}
}

/* Each outside port names its host, without a log. */
static void test_block_owner(void **state)
{
	struct portblock_plan plan;

	(void)state;
	block_policy();
	plan = portblock_plan_of(&bench.policy[0], bench.control);
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t host = i % 100, owner;
		int port = udp_port(host, 3000 + i);

		assert_int_not_equal(port, REFUSED);
		assert_int_equal(portblock_owner(&plan, 0, port, &owner), 0);
		assert_int_equal(owner, HOST_BASE + host);
	}
}

static void test_block_full(void **state)
{
	(void)state;
	block_policy();
	for (unsigned int i = 0; i < BLOCK; i++)
		assert_int_not_equal(udp_port(9, 30000 + i), REFUSED);
	assert_int_equal(udp_port(9, 40000), REFUSED);
	assert_int_equal(udp_port(9, block_first(9) + 5), REFUSED);
	for (unsigned int i = 0; i < BLOCK; i++)
		assert_int_not_equal(udp_port(10, 30000 + i), REFUSED);
	assert_int_equal(udp_port(10, 40000), REFUSED);
	end_session(block_first(9) + 77);
	assert_int_equal(udp_port(9, 40001), block_first(9) + 77);
	assert_int_equal(udp_port(10, 40001), REFUSED);
}

/* With a pool the formula gives the address too; without one, a block on the second address, or one
 * beyond the pool, is a refusal. */
static void test_block_address(void **state)
{
	const struct first_packet p = {HOOK_XDP, IPPROTO_UDP, HOST_BASE + 252 + 3, 40000,
				       DEST_PORT};
	struct session session;
	int port;

	(void)state;
	block_policy();
	assert_int_equal(udp_port(252, 40000), REFUSED);
	pool_set(BOND0, "203.0.113.8", 2);
	assert_int_equal(udp_port(2 * 252, 40000), REFUSED);
	port = port_of(&p);
	assert_in_range(port, 1024 + 3 * BLOCK, 1024 + 4 * BLOCK - 1);
	assert_true(session_get(flow_of(17, "10.0.0.255", 40000, SERVER, DEST_PORT), &session));
	assert_int_equal(session.outside.addr, inet_addr("203.0.113.9"));
}

/* A host beyond the prefix has no block and is not confined to one. */
static void test_block_outside(void **state)
{
	const struct first_packet p = {HOOK_XDP, IPPROTO_UDP, 0x0a010009, 50000, DEST_PORT};

	(void)state;
	block_policy();
	assert_int_equal(port_of(&p), 50000);
}

static void test_block_none(void **state)
{
	(void)state;
	block_policy();
	set_range(1024, 1024 + BLOCK - 2);
	assert_int_equal(udp_port(1, 1024), REFUSED);
	assert_int_equal(udp_port(1, 40000), REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_class, "a port below 1024 is translated to one below, one above to one "
				 "above [RFC 4787 REQ-3a]"),
		TEST(test_range,
		     "ports outside the configured range are moved into it, others kept"),
		TEST(test_single_port, "a range of one port serves one session a destination"),
		TEST(test_no_range, "a range without ports refuses"),
		TEST(test_parity, "where another port is due, an even one becomes an even one, an "
				  "odd one an odd one [RFC 4787 REQ-4]"),
		TEST(test_no_parity, "TCP's ports, and all with compat, are chosen without regard "
				     "to parity [RFC 7857 8]"),
		TEST(test_parity_last, "with the last port of its parity gone, a flow gets one of "
				       "the other [RFC 4787 REQ-4]"),
		TEST(test_block, "a host keeps and gets ports of its block only [RFC 7422 2]"),
		TEST(test_block_owner, "an outside port tells the inside host, without a log "
				       "[RFC 6888 REQ-14]"),
		TEST(test_block_address,
		     "a block lies on its own address of the pool [RFC 7422 2]"),
		TEST(test_block_full, "a full block refuses its host, and nobody else "
				      "[RFC 7422 2]"),
		TEST(test_block_outside, "a host outside the prefix of the blocks has none"),
		TEST(test_block_none, "a host for which no block is left is refused [RFC 7422 2]"),
	};

	return cmocka_run_group_tests_name("port", tests, scenario_open_large, bench_close);
}
