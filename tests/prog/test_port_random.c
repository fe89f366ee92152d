// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports that are not kept are drawn so that nobody can guess the next one (RFC 6056, RFC 6888
 * REQ-15).
 */
#include "ports.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

/* --- random --- */

#define DRAWS	  1000000 /* of the programs: scaled() */
#define STEPS	  100000
#define RANGE_MIN 1024
#define RANGE	  64512

/* With a timeout of 0 the session that the last packet made is gone for the next: each packet of
 * one flow, whose own port is out of the range, draws anew. */
static uint16_t draw(void)
{
	static struct frame in, out;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in.data, .data_out = out.data,
		    .data_size_out = sizeof(out.data), .repeat = 1);

	if (!in.len) {
		struct spec spec = {FROM_V1000, IP(INSIDE, SERVER), UDP(500, DEST_PORT)};

		frame_build(&in, &spec);
	}
	opts.data_size_in = in.len;
	assert_int_equal(bpf_prog_test_run_opts(bench.program[HOOK_XDP], &opts), 0);
	assert_int_equal(opts.retval, XDP_TX);
	return out.data[34] << 8 | out.data[35];
}

static void draw_open(void)
{
	scenario_reset();
	set_range(RANGE_MIN, 65535);
	memset(bench.control->timeout, 0, sizeof(bench.control->timeout));
}

/* Pearson's statistic of so many draws from RANGE ports. */
static double chi_square(uint16_t (*next)(void), unsigned int draws)
{
	static uint32_t seen[65536];
	double expected = (double)draws / RANGE, sum = 0;

	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < draws; i++)
		seen[next()]++;
	for (unsigned int port = 0; port < 65536; port++) {
		double off = seen[port] - expected;

		if (port < RANGE_MIN)
			assert_int_equal(seen[port], 0);
		else
			sum += off * off / expected;
	}
	return sum;
}

/* The same of how far each draw lies from the one before, in 256 classes. */
static double chi_square_steps(uint16_t (*next)(void), unsigned int draws)
{
	uint32_t seen[256] = {0};
	double expected = draws / 256.0, sum = 0;
	uint32_t last = next();

	for (unsigned int i = 0; i < draws; i++) {
		uint32_t port = next();

		seen[(port + RANGE - last) % RANGE * 256 / RANGE]++;
		last = port;
	}
	for (unsigned int i = 0; i < 256; i++)
		sum += (seen[i] - expected) * (seen[i] - expected) / expected;
	return sum;
}

/*
 * Bounds that chance oversteps less than once in a million runs, on either side: with k degrees of
 * freedom the statistic is k +- 5 * sqrt(2k), and a little more above where k is small. 64,511:
 * sqrt(2k) = 359.2; 255: 22.6.
 */
static bool is_even(double statistic)
{
	return statistic > 64511 - 1796 && statistic < 64511 + 1810;
}

static bool is_independent(double statistic)
{
	return statistic > 255 - 113 && statistic < 255 + 130;
}

static uint16_t draw_in_a_row(void)
{
	static uint32_t last;

	return RANGE_MIN + last++ % RANGE;
}

static uint16_t draw_modulo(void)
{
	return RANGE_MIN + (random() & 0xffff) % RANGE;
}

/* Random(3)'s low bits suffice to see that the bounds admit what is good. */
static uint16_t draw_good(void)
{
	return RANGE_MIN + random() % RANGE;
}

static void test_random_judge(void **state)
{
	(void)state;
	assert_true(is_even(chi_square(draw_good, DRAWS)));
	assert_true(is_independent(chi_square_steps(draw_good, STEPS)));
	assert_false(is_even(chi_square(draw_modulo, DRAWS)));
	assert_false(is_even(chi_square(draw_in_a_row, DRAWS)));
	assert_false(is_independent(chi_square_steps(draw_in_a_row, STEPS)));
}

static void test_random(void **state)
{
	double even, steps;

	(void)state;
	draw_open();
	even = chi_square(draw, scaled(DRAWS));
	steps = chi_square_steps(draw, scaled(STEPS));
	print_message("chi-square %.0f of 64511 +- 1796, of the steps %.0f of 255 +- 113\n", even,
		      steps);
	assert_true(is_even(even));
	assert_true(is_independent(steps));
}

#define BITS 2048

/* Length of the shortest linear feedback register that gives these bits (Berlekamp and Massey). */
static unsigned int linear_complexity(const uint8_t *bit)
{
	uint8_t c[BITS + 1] = {1}, b[BITS + 1] = {1}, t[BITS + 1];
	unsigned int length = 0, since = 1;

	for (unsigned int n = 0; n < BITS; n++, since++) {
		uint8_t differs = bit[n];

		for (unsigned int i = 1; i <= length; i++)
			differs ^= c[i] & bit[n - i];
		if (!differs)
			continue;
		memcpy(t, c, sizeof(t));
		for (unsigned int i = 0; i + since <= BITS; i++)
			c[i + since] ^= b[i];
		if (2 * length > n)
			continue;
		length = n + 1 - length;
		memcpy(b, t, sizeof(b));
		since = 0;
	}
	return length;
}

/* A linear generator such as the kernel's prandom (state of 113 bits) betrays all its later values
 * after some hundred ports; that half of the range is drawn shows one bit of it. */
static void test_unpredictable(void **state)
{
	uint8_t bit[BITS];
	uint64_t shift = 0x123456789abcdefULL;

	(void)state;
	for (unsigned int i = 0; i < BITS; i++) {
		shift ^= shift << 13;
		shift ^= shift >> 7;
		shift ^= shift << 17;
		bit[i] = shift >> 63;
	}
	assert_in_range(linear_complexity(bit), 1, 64);
	draw_open();
	for (unsigned int i = 0; i < BITS; i++)
		bit[i] = draw() >= RANGE_MIN + RANGE / 2;
	assert_in_range(linear_complexity(bit), BITS / 2 - 30, BITS / 2 + 30);
}

/* How many different ports come in a hundred draws, where of `range` ports towards the destination
 * each `every`-th is free. */
static unsigned int distinct_of(enum policy_behaviour behaviour, uint16_t range, uint16_t every)
{
	bool seen[65536] = {false};
	unsigned int distinct = 0;

	scenario_reset();
	bench.policy[0].behaviour = behaviour;
	bench.control->max_sessions = 150000;
	set_range(RANGE_MIN, RANGE_MIN + range - 1);
	for (uint16_t i = 0; i < range; i++)
		if (i % every)
			session_put(flow_of(17, OTHER, RANGE_MIN + i, SERVER, DEST_PORT), PUBLIC,
				    RANGE_MIN + i, SESSION_OPEN);
	for (unsigned int i = 0; i < 100; i++) {
		int port = udp_port(1, 500);

		assert_int_equal((port - RANGE_MIN) % every, 0);
		distinct += !seen[port];
		seen[port] = true;
		end_session(port);
	}
	return distinct;
}

/* Nor is the first one taken where there are few, or where few are left and a bitmap is asked: of
 * the 65 that are free then, 51 are to be expected. */
static void test_random_of_few(void **state)
{
	(void)state;
	assert_int_equal(distinct_of(BEHAVIOUR_COMPAT, 4, 1), 4);
	assert_in_range(distinct_of(BEHAVIOUR_COMPAT, 8125, 125), 35, 65);
	assert_int_equal(bench.ports->crowds, 1);
}

/* BEHAVIOUR_RFC wants UDP's ports of the inside one's parity: half of those above, drawn all the
 * same. Of 10,000 some 99.5 of a hundred are to be expected, of the 33 left ones 31. */
static void test_random_of_parity(void **state)
{
	(void)state;
	assert_in_range(distinct_of(BEHAVIOUR_RFC, 20000, 1), 94, 100);
	assert_int_equal(distinct_of(BEHAVIOUR_RFC, 4, 1), 2);
	assert_in_range(distinct_of(BEHAVIOUR_RFC, 8125, 125), 22, 33);
	assert_int_equal(bench.ports->crowds, 1);
}

/* Another key, another sequence; and without one (before the daemon wrote it) it still works. */
static void test_without_secret(void **state)
{
	struct port_state keep = *bench.ports;
	bool seen[65536] = {false};
	unsigned int distinct = 0;

	(void)state;
	draw_open();
	bench.ports->secret[0] = bench.ports->secret[1] = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		uint16_t port = draw();

		distinct += !seen[port];
		seen[port] = true;
	}
	bench.ports->secret[0] = keep.secret[0];
	bench.ports->secret[1] = keep.secret[1];
	assert_in_range(distinct, 950, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_random_judge, "a sequential and a biased choice would be found out"),
		TEST(test_random, "a million ports are drawn evenly, each without regard to the "
				  "one before [RFC 6888 REQ-15] [RFC 7857 9]"),
		TEST(test_unpredictable, "the ports that were drawn do not tell the next one "
					 "[RFC 6888 REQ-15]"),
		TEST(test_random_of_few, "few ports, and the last ones of many, are drawn from too "
					 "[RFC 6888 REQ-15] [RFC 7857 9]"),
		TEST(test_random_of_parity, "so are those of one parity "
					    "[RFC 6888 REQ-15] [RFC 7857 9]"),
		TEST(test_without_secret, "ports are random before the daemon has written the key"),
	};

	srandom(20261123);
	return cmocka_run_group_tests_name("port_random", tests, scenario_open_large, bench_close);
}
