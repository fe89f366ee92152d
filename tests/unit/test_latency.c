// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark's latencies: what its receiver counts in buckets says the same percentiles as the
 * latencies themselves would, to within a bucket's width.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../tools/bench/latency.h"

#define LONGEST 0x7fffffffU

static struct latencies latencies;

static int empty(void **state)
{
	(void)state;
	memset(&latencies, 0, sizeof(latencies));
	return 0;
}

static void count(uint64_t ns)
{
	latencies.packets[latency_bucket(ns)]++;
}

/* The first value of each bucket, and how many values it has: no gap, and none wider than 1/64. */
static void buckets_follow_each_other(void **state)
{
	uint32_t begin = 0;

	(void)state;
	for (uint32_t bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
		uint32_t width = 1;

		assert_int_equal(latency_bucket(begin), bucket);
		while (begin + 2 * width - 1 <= LONGEST &&
		       latency_bucket(begin + 2 * width - 1) == bucket)
			width *= 2;
		assert_true(begin < 128 ? width == 1 : width * 64 <= begin);
		begin += width;
	}
	assert_int_equal(begin, LONGEST + 1U);
}

static void what_is_longer_is_in_the_last_one(void **state)
{
	(void)state;
	assert_int_equal(latency_bucket(LONGEST), LATENCY_BUCKETS - 1);
	assert_int_equal(latency_bucket(LONGEST + 1ULL), LATENCY_BUCKETS - 1);
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void percentiles_of_all_values_to_a_number(void **state)
{
	(void)state;
	for (uint32_t ns = 1; ns <= 100000; ns++)
		count(ns);
	assert_float_equal(latency_percentile(&latencies, 0.5), 50000, 5);
	assert_float_equal(latency_percentile(&latencies, 0.99), 99000, 5);
	assert_float_equal(latency_percentile(&latencies, 1), 100000, 1000);
}

/* One packet in fifty waits for a millisecond: the median does not know, the 99th percentile does.
 */
static void rare_long_ones(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		count(i % 50 ? 700 : 1000000);
	assert_float_equal(latency_percentile(&latencies, 0.5), 700, 700 / 64.0);
	assert_float_equal(latency_percentile(&latencies, 0.99), 1000000, 1000000 / 64.0);
}

static void none_at_all(void **state)
{
	(void)state;
	assert_float_equal(latency_percentile(&latencies, 0.99), 0, 0);
}

static void sums(void **state)
{
	struct latencies more = {};

	(void)state;
	count(100);
	more.packets[latency_bucket(100)] = 2;
	more.packets[latency_bucket(5)] = 1;
	latencies_add(&latencies, &more);
	assert_int_equal(latencies.packets[latency_bucket(100)], 3);
	assert_int_equal(latencies.packets[latency_bucket(5)], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_follow_each_other),
		cmocka_unit_test(what_is_longer_is_in_the_last_one),
		cmocka_unit_test_setup(percentiles_of_all_values_to_a_number, empty),
		cmocka_unit_test_setup(rare_long_ones, empty),
		cmocka_unit_test_setup(none_at_all, empty),
		cmocka_unit_test_setup(sums, empty),
	};

	return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
