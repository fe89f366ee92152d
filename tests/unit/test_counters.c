// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which counters make up the packets of an interface: every packet once, at the hook that saw it
 * first. Were a packet of the slow path counted at TC too, the share of the fast path would lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "counters.h"
#include "stats.h"
#include "verdict_names.h"

enum { UPLINK, INSIDE, OTHER, NIFACES };

static struct counters *make(void)
{
	struct counters *c = calloc(1, sizeof(*c) + NIFACES * sizeof(c->iface[0]));

	assert_non_null(c);
	c->n = NIFACES;
	c->iface[UPLINK].slot = 1;
	c->iface[INSIDE].slot = 2;
	return c;
}

static void set(struct iface_counters *iface, enum hook hook, unsigned int verdict, __u64 packets)
{
	iface->row[hook][verdict] = (struct counter){packets, packets * 100};
}

static void check_packets(const struct counters *c, __u64 in, __u64 fast, __u64 passed,
			  __u64 dropped)
{
	struct packet_totals t = counters_packets(c);

	assert_int_equal(t.in, in);
	assert_int_equal(t.fast, fast);
	assert_int_equal(t.passed, passed);
	assert_int_equal(t.dropped, dropped);
	assert_int_equal(t.in, t.fast + t.passed + t.dropped);
}

/* What XDP passed is seen again by TC ingress and egress, and counted there in rows of their own.
 */
static void test_xdp_entry(void **state)
{
	struct counters *c = make();

	(void)state;
	set(&c->iface[UPLINK], HOOK_XDP, V_TX, 1000);
	set(&c->iface[UPLINK], HOOK_XDP, V_PASS_FRAGMENT, 20);
	set(&c->iface[UPLINK], HOOK_TC_INGRESS, V_SLOW_IN, 20);
	set(&c->iface[INSIDE], HOOK_XDP, V_DROP_BLACKHOLE, 3);
	set(&c->iface[INSIDE], HOOK_TC_EGRESS, V_PASS_PLAIN, 20);
	check_packets(c, 1023, 1000, 20, 3);
	assert_int_equal(counters_in(&c->iface[UPLINK]).packets, 1020);
	assert_int_equal(counters_in(&c->iface[UPLINK]).bytes, 102000);
	assert_int_equal(counters_slow(&c->iface[UPLINK], V_SLOW_IN).packets, 20);
	assert_int_equal(counters_slow(&c->iface[UPLINK], V_TX).packets, 0);
	assert_int_equal(counters_entry_total(c, V_SLOW_IN).packets, 0);
	assert_int_equal(counters_slow_total(c, V_PASS_PLAIN).packets, 20);
	free(c);
}

/* Without XDP, TC ingress is the entry, and what it hands to the kernel counts as passed. */
static void test_tc_entry(void **state)
{
	struct counters *c = make();

	(void)state;
	c->iface[UPLINK].entry = c->iface[INSIDE].entry = HOOK_TC_INGRESS;
	set(&c->iface[INSIDE], HOOK_TC_INGRESS, V_REDIRECT, 500);
	set(&c->iface[INSIDE], HOOK_TC_INGRESS, V_SLOW_MARKED, 7);
	set(&c->iface[UPLINK], HOOK_TC_EGRESS, V_SLOW_OUT, 7);
	set(&c->iface[UPLINK], HOOK_TC_INGRESS, V_DROP_FRAGMENT, 1);
	check_packets(c, 508, 500, 7, 1);
	assert_int_equal(counters_entry_total(c, V_SLOW_MARKED).packets, 7);
	assert_int_equal(counters_slow_total(c, V_SLOW_OUT).packets, 7);
	assert_int_equal(counters_slow_total(c, V_SLOW_MARKED).packets, 0);
	free(c);
}

/* A number that this binary's list does not name still makes the sum right. */
static void test_unknown_verdict(void **state)
{
	struct counters *c = make();

	(void)state;
	set(&c->iface[UPLINK], HOOK_XDP, VERDICT_MAX - 1, 5);
	check_packets(c, 5, 0, 5, 0);
	free(c);
}

static void test_find(void **state)
{
	struct counters *c = make();

	(void)state;
	assert_ptr_equal(counters_find(c, 2), &c->iface[INSIDE]);
	assert_ptr_equal(counters_find(c, 0), &c->iface[OTHER]);
	assert_null(counters_find(c, 9));
	free(c);
}

static void test_rates(void **state)
{
	struct counter before = {100, 10000}, now = {300, 40000};
	struct stats_rate r = stats_rate(before, now, 2);

	(void)state;
	assert_true(r.packets == 100 && r.bits == 120000);
	/* Attached anew meanwhile: the counters began at 0. */
	r = stats_rate(now, before, 2);
	assert_true(r.packets == 0 && r.bits == 0);
	r = stats_rate(before, now, 0);
	assert_true(r.packets == 0);
}

static void test_fast_share(void **state)
{
	struct stats_sample before = {.time = 1, .counters = make()};
	struct stats_sample now = {.time = 2, .counters = make()};

	(void)state;
	assert_true(stats_fast_share(&before, &now) < 0);
	set(&before.counters->iface[UPLINK], HOOK_XDP, V_PASS_ARP, 1000);
	set(&now.counters->iface[UPLINK], HOOK_XDP, V_PASS_ARP, 1001);
	set(&now.counters->iface[UPLINK], HOOK_XDP, V_TX, 99999);
	/* 99.999 %: not all. */
	assert_true(stats_fast_share(&before, &now) == 99.99);
	stats_drop(&before);
	stats_drop(&now);
}

/* Rows of the list: what occurred only, entry hooks first. */
static void test_verdict_rows(void **state)
{
	struct stats_sample before = {.time = 1, .counters = make()};
	struct stats_sample now = {.time = 3, .counters = make()};
	struct stats_verdict rows[STATS_MAX_VERDICTS];

	(void)state;
	set(&before.counters->iface[UPLINK], HOOK_XDP, V_TX, 10);
	set(&now.counters->iface[UPLINK], HOOK_XDP, V_TX, 30);
	set(&now.counters->iface[INSIDE], HOOK_XDP, V_TX, 4);
	set(&now.counters->iface[INSIDE], HOOK_TC_EGRESS, V_PASS_OWN, 1);
	assert_int_equal(stats_verdicts(&before, &now, rows), 2);
	assert_true(rows[0].verdict == V_TX && !rows[0].slow && rows[0].rate.packets == 12);
	assert_int_equal(rows[0].total.packets, 34);
	assert_true(rows[1].verdict == V_PASS_OWN && rows[1].slow);
	stats_drop(&before);
	stats_drop(&now);
}

static void test_verdict_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(V_PASS_TTL), "pass-ttl");
	assert_string_equal(verdict_name(V_SLOW_OWN_MOVED), "slow-own-moved");
	assert_string_equal(verdict_text(V_PASS_ARP), "ARP");
	assert_int_equal(verdict_group(V_TX), VERDICT_FAST);
	assert_int_equal(verdict_group(V_DROP_NO_PORT), VERDICT_DROP);
	assert_null(verdict_name(0));
	assert_null(verdict_name(VERDICT_MAX));
	assert_int_equal(verdict_group(0), VERDICT_NONE);
}

/* The name begins with the group's: people filter by it. */
static void test_verdict_groups(void **state)
{
	static const char *const prefix[] = {
		[VERDICT_FAST] = "",
		[VERDICT_PASS] = "pass-",
		[VERDICT_DROP] = "drop-",
		[VERDICT_SLOW] = "slow-",
	};

	(void)state;
	verdict_for_each(v)
	{
		const char *begin = prefix[verdict_group(v)];

		assert_memory_equal(verdict_name(v), begin, strlen(begin));
		assert_true(strlen(verdict_text(v)) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xdp_entry),	cmocka_unit_test(test_tc_entry),
		cmocka_unit_test(test_unknown_verdict), cmocka_unit_test(test_find),
		cmocka_unit_test(test_rates),		cmocka_unit_test(test_fast_share),
		cmocka_unit_test(test_verdict_rows),	cmocka_unit_test(test_verdict_names),
		cmocka_unit_test(test_verdict_groups),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
