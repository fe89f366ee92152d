// SPDX-License-Identifier: GPL-2.0-only
/* What is said to have the most must have the most, however many there are and by whatever it is
 * sorted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tally.h"

#define KEYS 5000

/* Key k has k % 97 sessions more than one, of which k % 13 are half-open. */
static void fill(struct tally *tally)
{
	for (uint64_t k = 1; k <= KEYS; k++) {
		tally_get(tally, k << 20)->count[TALLY_SESSIONS] += 1;
		tally_get(tally, k << 20)->count[TALLY_SESSIONS] += k % 97;
		tally_get(tally, k << 20)->count[TALLY_HALF_OPEN] += k % 13;
	}
}

static void test_sums(void **state)
{
	struct tally tally = {0};

	(void)state;
	fill(&tally);
	fill(&tally);
	assert_int_equal(tally_keys(&tally), KEYS);
	assert_int_equal(tally_get(&tally, 98 << 20)->count[TALLY_SESSIONS], 4);
	tally_free(&tally);
	assert_int_equal(tally_keys(&tally), 0);
}

static void test_rank(void **state)
{
	struct tally tally = {0};
	struct tally_row rows[60];

	(void)state;
	assert_int_equal(tally_rank(&tally, TALLY_SESSIONS, rows, 60), 0);
	fill(&tally);
	assert_int_equal(tally_rank(&tally, TALLY_SESSIONS, rows, 60), 60);
	/* 51 keys have the most, k = 96, 193 ...; then come those with one less, k = 95 ... */
	for (unsigned int i = 0; i < 51; i++) {
		assert_int_equal(rows[i].count[TALLY_SESSIONS], 97);
		assert_int_equal(rows[i].key, (uint64_t)(96 + 97 * i) << 20);
	}
	assert_int_equal(rows[51].key, 95 << 20);
	/* By half-open ones, and those of equals that have more sessions first. */
	assert_int_equal(tally_rank(&tally, TALLY_HALF_OPEN, rows, 60), 60);
	for (unsigned int i = 0; i < 60; i++)
		assert_int_equal(rows[i].count[TALLY_HALF_OPEN], 12);
	for (unsigned int i = 1; i < 60; i++)
		assert_true(rows[i - 1].count[TALLY_SESSIONS] >= rows[i].count[TALLY_SESSIONS]);
	assert_int_equal(tally_rank(&tally, TALLY_SESSIONS, rows, 1), 1);
	assert_int_equal(tally_rank(&tally, TALLY_SESSIONS, rows, 0), 0);
	tally_free(&tally);
}

/* What came between two tallies, a second; what ended takes its bytes with it. */
static void test_rates(void **state)
{
	struct tally before = {0}, now = {0};

	(void)state;
	tally_get(&before, 1)->bytes = 1000;
	tally_get(&now, 1)->bytes = 3000;
	tally_get(&before, 2)->bytes = 1000;
	tally_get(&now, 2)->bytes = 500;
	tally_get(&now, 3)->bytes = 700;
	tally_set_rates(&now, &before, 4);
	assert_int_equal(tally_get(&now, 1)->count[TALLY_RATE], 4000);
	assert_int_equal(tally_get(&now, 2)->count[TALLY_RATE], 0);
	assert_int_equal(tally_get(&now, 3)->count[TALLY_RATE], 0);
	tally_free(&before);
	tally_free(&now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
