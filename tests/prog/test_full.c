// SPDX-License-Identifier: GPL-2.0-only
/*
 * A full session table refuses what is new with its own reason, and serves what it has: nothing is
 * evicted, and nothing leaves untranslated.
 */
#include "cases.h"

#define ROOM 4

static int udp_out(enum hook hook, uint16_t port, const char *src)
{
	struct run run = {.hook = hook, .ifindex = hook == HOOK_XDP ? 0 : device[BOND0]};
	struct spec xdp = {FROM_V1000,	.src = src,    .dst = SERVER,
			   .proto = 17, .sport = port, .dport = 53};
	struct spec tc = {TO_BOND0,    .src = src,    .dst = SERVER,
			  .proto = 17, .sport = port, .dport = 53};

	frame_build(&run.frame, hook == HOOK_XDP ? &xdp : &tc);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, verdict_return(hook, tally_read().verdict));
	return tally_read().verdict;
}

/* Who has been answered gives way to nobody; test_limit.c has those who have not. */
static void answer(uint16_t port)
{
	static struct run run;
	struct spec spec = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, port)};

	run = (struct run){.hook = HOOK_XDP};
	frame_build(&run.frame, &spec);
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, verdict_return(HOOK_XDP, V_TX));
}

static void fill(void)
{
	scenario_reset();
	bench.control->max_sessions = ROOM;
	for (uint16_t port = 1; port <= ROOM; port++) {
		assert_int_equal(udp_out(HOOK_XDP, 5000 + port, INSIDE), V_TX);
		answer(5000 + port);
	}
}

static void test_new_is_refused(void **state)
{
	(void)state;
	fill();
	assert_int_equal(udp_out(HOOK_XDP, 6000, INSIDE), V_DROP_TABLE_FULL);
	assert_int_equal(udp_out(HOOK_TC_EGRESS, 6000, INSIDE), V_DROP_TABLE_FULL);
	assert_int_equal(session_count(), ROOM);
	assert_int_equal(mapping_count(), ROOM);
}

static void test_old_goes_on(void **state)
{
	(void)state;
	fill();
	assert_int_equal(udp_out(HOOK_XDP, 6000, INSIDE), V_DROP_TABLE_FULL);
	for (uint16_t port = 1; port <= ROOM; port++)
		assert_int_equal(udp_out(HOOK_XDP, 5000 + port, INSIDE), V_TX);
}

/* The host's own traffic does not need the table where it clashes with nobody. */
static void test_own_goes_on(void **state)
{
	(void)state;
	fill();
	assert_int_equal(udp_out(HOOK_TC_EGRESS, 6000, PUBLIC), V_PASS_OWN);
	assert_int_equal(udp_out(HOOK_TC_EGRESS, 5001, PUBLIC), V_DROP_TABLE_FULL);
}

static void test_room_again(void **state)
{
	struct flow flow = flow_of(17, INSIDE, 5001, SERVER, 53);

	(void)state;
	fill();
	session_age(flow, 300);
	assert_int_equal(udp_out(HOOK_XDP, 5001, INSIDE), V_TX);
	assert_int_equal(session_count(), ROOM);
	assert_int_equal(mapping_count(), ROOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_is_refused),
		cmocka_unit_test(test_old_goes_on),
		cmocka_unit_test(test_own_goes_on),
		cmocka_unit_test(test_room_again),
	};

	return cmocka_run_group_tests_name("full", tests, scenario_open_small, bench_close);
}
