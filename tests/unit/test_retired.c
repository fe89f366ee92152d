// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an interface counted moves to the slot of the removed ones, each packet once: totals that
 * fall look like a restart to whoever computes rates from them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fib.h"
#include "mapset.h"
#include "retired.h"

#define NCPUS 2

enum { COUNTERS, SENT };

static struct counter counters[ERXDP_MAX_COUNTERS][NCPUS], sent[ERXDP_MAX_IFACES][NCPUS];
static const struct mapset maps = {.counters = COUNTERS, .sent = SENT};
static int updates_left; /* before they fail */

static struct counter *at(int fd, const void *key)
{
	__u32 index = *(const __u32 *)key;

	assert_in_range(index, 0, (fd == SENT ? ERXDP_MAX_IFACES : ERXDP_MAX_COUNTERS) - 1);
	return fd == SENT ? sent[index] : counters[index];
}

static int lookup(int fd, const void *key, void *value)
{
	memcpy(value, at(fd, key), NCPUS * sizeof(struct counter));
	return 0;
}

static int update(int fd, const void *key, const void *value)
{
	if (!updates_left--)
		return -ENOMEM;
	memcpy(at(fd, key), value, NCPUS * sizeof(struct counter));
	return 0;
}

static const struct fib_io io = {.lookup = lookup, .update = update};

static int setup(void **state)
{
	(void)state;
	memset(counters, 0, sizeof(counters));
	memset(sent, 0, sizeof(sent));
	updates_left = 1000;
	return 0;
}

static struct counter *cell(unsigned int slot, enum hook hook, unsigned int verdict)
{
	return counters[COUNTER_INDEX(slot, hook, verdict)];
}

static void set(struct counter *percpu, __u64 first, __u64 second)
{
	percpu[0] = (struct counter){first, first * 100};
	percpu[1] = (struct counter){second, second * 100};
}

static void check(const struct counter *percpu, __u64 first, __u64 second)
{
	assert_int_equal(percpu[0].packets, first);
	assert_int_equal(percpu[0].bytes, first * 100);
	assert_int_equal(percpu[1].packets, second);
	assert_int_equal(percpu[1].bytes, second * 100);
}

static void test_xdp_entry(void **state)
{
	(void)state;
	set(cell(3, HOOK_XDP, V_TX), 10, 20);
	set(cell(3, HOOK_TC_INGRESS, V_SLOW_IN), 0, 4);
	set(cell(3, HOOK_TC_EGRESS, V_SLOW_OUT), 5, 0);
	set(sent[3], 7, 8);
	set(cell(2, HOOK_TC_EGRESS, VERDICT_MAX - 1), 1, 1);
	set(cell(4, HOOK_XDP, 0), 1, 1);
	set(cell(ERXDP_SLOT_REMOVED, HOOK_XDP, V_TX), 100, 1);
	assert_int_equal(retired_move(&maps, &io, NCPUS, 3, HOOK_XDP), 0);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_XDP, V_TX), 110, 21);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_TC_INGRESS, V_SLOW_IN), 0, 4);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_TC_EGRESS, V_SLOW_OUT), 5, 0);
	check(sent[ERXDP_SLOT_REMOVED], 7, 8);
	check(cell(3, HOOK_XDP, V_TX), 0, 0);
	check(cell(3, HOOK_TC_INGRESS, V_SLOW_IN), 0, 0);
	check(cell(3, HOOK_TC_EGRESS, V_SLOW_OUT), 0, 0);
	check(sent[3], 0, 0);
	/* The neighbours' stay theirs. */
	check(cell(2, HOOK_TC_EGRESS, VERDICT_MAX - 1), 1, 1);
	check(cell(4, HOOK_XDP, 0), 1, 1);
}

/* The removed ones' packets are those of the XDP row, so the entry row must get there whole. */
static void test_tc_entry(void **state)
{
	(void)state;
	set(cell(3, HOOK_TC_INGRESS, V_REDIRECT), 10, 20);
	set(cell(3, HOOK_TC_EGRESS, V_SLOW_OUT), 5, 0);
	set(cell(3, HOOK_XDP, V_TX), 0, 1);
	assert_int_equal(retired_move(&maps, &io, NCPUS, 3, HOOK_TC_INGRESS), 0);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_XDP, V_REDIRECT), 10, 20);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_TC_INGRESS, V_REDIRECT), 0, 0);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_TC_EGRESS, V_SLOW_OUT), 5, 0);
	/* Not of the entry, so counted beside. */
	check(cell(ERXDP_SLOT_REMOVED, HOOK_TC_INGRESS, V_TX), 0, 1);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_XDP, V_TX), 0, 0);
}

static void test_empty_costs_nothing(void **state)
{
	(void)state;
	updates_left = 0;
	assert_int_equal(retired_move(&maps, &io, NCPUS, 3, HOOK_XDP), 0);
}

/* Whatever fails, nothing is lost. */
static void test_refused(void **state)
{
	(void)state;
	set(cell(3, HOOK_XDP, V_TX), 10, 20);
	updates_left = 0;
	assert_int_equal(retired_move(&maps, &io, NCPUS, 3, HOOK_XDP), -ENOMEM);
	check(cell(3, HOOK_XDP, V_TX), 10, 20);
	updates_left = 1;
	assert_int_equal(retired_move(&maps, &io, NCPUS, 3, HOOK_XDP), -ENOMEM);
	check(cell(ERXDP_SLOT_REMOVED, HOOK_XDP, V_TX), 10, 20);
}

static void test_has_left(void **state)
{
	static const struct {
		const char *what;
		struct iface_entry before, after;
		bool left;
	} cases[] = {
		{"stays", {true, 7, 1, 0, ""}, {true, 7, 1, IFACE_FORWARD, ""}, false},
		{"gone", {true, 7, 1, 0, ""}, {0}, true},
		{"another's", {true, 7, 1, 0, ""}, {true, 8, 1, 0, ""}, true},
		{"another entry", {true, 7, 1, 0, ""}, {true, 7, 1, IFACE_TC_ONLY, ""}, true},
		{"new", {0}, {true, 7, 1, 0, ""}, false},
		{"nobody's", {0}, {0}, false},
	};
	static struct iface_names before, after;

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		before.slot[5] = cases[i].before;
		after.slot[5] = cases[i].after;
		if (retired_has_left(&before, &after, 5) != cases[i].left)
			fail_msg("%s: %s", cases[i].what, cases[i].left ? "stays" : "has left");
	}
}

/* Packets of no known interface have the entry hook that the interfaces have. */
static void test_unknown_entry(void **state)
{
	static struct iface_names before, after;

	(void)state;
	before.slot[5] = (struct iface_entry){.known = true, .ifindex = 7};
	before.slot[6] = (struct iface_entry){true, 8, 1, IFACE_TC_ONLY, ""};
	after = before;
	assert_int_equal(iface_names_entry(&before, 0), HOOK_XDP);
	assert_false(retired_has_left(&before, &after, 0));
	after.slot[5].known = false;
	assert_int_equal(iface_names_entry(&after, 0), HOOK_TC_INGRESS);
	assert_true(retired_has_left(&before, &after, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_xdp_entry, setup),
		cmocka_unit_test_setup(test_tc_entry, setup),
		cmocka_unit_test_setup(test_empty_costs_nothing, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test(test_has_left),
		cmocka_unit_test(test_unknown_entry),
	};

	return cmocka_run_group_tests_name("retired", tests, NULL, NULL);
}
