// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last free port of a destination is found, whatever is released and claimed; where none is
 * left that costs little.
 */
#include "ports.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <erxdp/crowd.h>

/* --- the last port --- */

static uint32_t next_host;
static bool used[65536];

static unsigned int crowd_count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ERXDP_MAX_CROWDS; i++)
		n += bench.crowd[i].state == CROWD_READY;
	assert_int_equal(n, bench.ports->crowds);
	return n;
}

/* One more session to the server, from a host of its own; the port, which nobody else has. */
static int claim(void)
{
	int port = udp_port(++next_host, 500);

	if (port == REFUSED)
		return port;
	if (used[port])
		fail_msg("port %d given twice", port);
	used[port] = true;
	return port;
}

static void release(uint16_t port)
{
	assert_true(used[port]);
	end_session(port);
	used[port] = false;
}

/* Takes all ports of min..max towards the server. */
static void fill(uint16_t min, uint16_t max)
{
	scenario_reset();
	bench.control->max_sessions = 150000;
	set_range(min, max);
	next_host = 0;
	memset(used, 0, sizeof(used));
	for (unsigned int i = 0; i < max - min + 1U; i++)
		if (claim() == REFUSED)
			fail_msg("refused with %u of %u ports free", max - min + 1 - i,
				 max - min + 1);
	for (unsigned int port = min; port <= max; port++)
		assert_true(used[port]);
}

/* One to three ports at random come free, as many are claimed; no claim more. */
static void release_and_claim(uint16_t min, uint16_t max)
{
	unsigned int n = 1 + random() % 3;
	bool freed[65536] = {false};

	if (n > max - min + 1U)
		n = 1;
	for (unsigned int i = 0; i < n; i++) {
		uint16_t port = min + random() % (max - min + 1);

		if (freed[port])
			continue;
		freed[port] = true;
		release(port);
	}
	for (unsigned int port = min; port <= max; port++)
		if (freed[port])
			assert_int_not_equal(claim(), REFUSED);
	if (random() % 16 == 0)
		assert_int_equal(claim(), REFUSED);
}

static void check_last_port(uint16_t min, uint16_t max, unsigned int rounds)
{
	uint16_t port = min + random() % (max - min + 1);

	fill(min, max);
	assert_int_equal(claim(), REFUSED);
	release(port);
	assert_int_equal(claim(), port);
	assert_int_equal(claim(), REFUSED);
	for (unsigned int i = 0; i < rounds; i++)
		release_and_claim(min, max);
	assert_int_equal(claim(), REFUSED);
}

static void test_last_port(void **state)
{
	(void)state;
	check_last_port(1024, 65535, 1000);
}

static void test_last_port_small(void **state)
{
	(void)state;
	check_last_port(1024, 1151, 1000);
	check_last_port(1024, 1087, 300);
	check_last_port(1025, 1090, 300);
	check_last_port(2001, 2003, 100);
	check_last_port(600, 1023, 300);
	check_last_port(65300, 65535, 300);
	check_last_port(1, 511, 300);
}

static void test_last_port_tcp(void **state)
{
	struct first_packet p = {HOOK_TC_EGRESS, IPPROTO_TCP, HOST_BASE, 500, DEST_PORT};

	(void)state;
	scenario_reset();
	set_range(1024, 1323);
	for (unsigned int i = 0; i < 300; i++) {
		p.src++;
		assert_in_range(port_of(&p), 1024, 1323);
	}
	p.src++;
	assert_int_equal(port_of(&p), REFUSED);
	p.dest_port++;
	assert_in_range(port_of(&p), 1024, 1323);
}

/* All 65536 identifiers of echo requests to one peer. */
static void test_last_identifier(void **state)
{
	struct first_packet p = {HOOK_XDP, IPPROTO_ICMP, HOST_BASE, 0, 0};
	static bool seen[65536];

	(void)state;
	scenario_reset();
	bench.control->max_sessions = 150000;
	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < 65536; i++) {
		int id;

		p.src = HOST_BASE + i % 60000;
		p.port = 7 + i / 60000;
		id = port_of(&p);
		assert_in_range(id, 0, 65535);
		assert_false(seen[id]);
		seen[id] = true;
	}
	p.port = 1000;
	assert_int_equal(port_of(&p), REFUSED);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Looking through 64,512 ports would take as long as thousands of packets that have a session. */
static void test_refusal_is_cheap(void **state)
{
	double begin, between, end;
	int port;

	(void)state;
	fill(1024, 65535);
	assert_int_equal(claim(), REFUSED);
	port = udp_port(1, 500);
	begin = cpu_seconds();
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(udp_port(1, 500), port);
	between = cpu_seconds();
	for (unsigned int i = 0; i < 3000; i++)
		assert_int_equal(claim(), REFUSED);
	end = cpu_seconds();
	print_message("%.1f us a packet, %.1f us a refused one\n", (between - begin) / 3e-3,
		      (end - between) / 3e-3);
	assert_true(end - between < 100 * (between - begin));
}

/* A port that is free is found, whatever other destinations are in need of. */
static void test_many_crowds(void **state)
{
	struct first_packet p = {HOOK_XDP, IPPROTO_UDP, HOST_BASE, 500, 1000};

	(void)state;
	scenario_reset();
	bench.control->max_sessions = 150000;
	set_range(1024, 1123);
	for (unsigned int dest = 0; dest < 400; dest++) {
		p.dest_port = 1000 + dest;
		for (unsigned int i = 0; i < 100; i++) {
			p.src++;
			assert_in_range(port_of(&p), 1024, 1123);
		}
		assert_int_equal((p.src++, port_of(&p)), REFUSED);
	}
	assert_in_range(crowd_count(), 100, ERXDP_MAX_CROWDS);
}

/* The bitmap is for who needs it. */
static void test_no_crowd(void **state)
{
	(void)state;
	fill(1024, 1024);
	set_range(1024, 65535);
	for (unsigned int i = 0; i < 15000; i++)
		assert_int_not_equal(claim(), REFUSED);
	assert_int_equal(crowd_count(), 0);
}

static struct crowd *the_crowd(void)
{
	struct flow flow = flow_of(17, PUBLIC, 0, SERVER, DEST_PORT);
	struct crowd *crowd = &bench.crowd[crowd_bucket(&flow)];

	assert_int_equal(crowd_count(), 1);
	for (unsigned int way = 0; way < CROWD_WAYS; way++)
		if (crowd_is(&crowd[way], &flow))
			return &crowd[way];
	fail_msg("no crowd");
	return NULL;
}

static void expire(uint16_t port)
{
	struct flow flow;

	assert_true(mapping_get(flow_of(17, PUBLIC, port, SERVER, DEST_PORT), &flow));
	session_age(flow, 1000);
	used[port] = false;
}

/* Nobody has removed the expired session yet, and its bit is set: the tries made in spite of that
 * find it, all at once where none were made for a minute. */
static void test_expired_holder(void **state)
{
	(void)state;
	fill(1024, 2047);
	assert_int_equal(claim(), REFUSED);
	expire(1500);
	the_crowd()->verified -= 64;
	assert_int_equal(claim(), 1500);
	assert_int_equal(claim(), REFUSED);
	/* Packet by packet, some more ports each. */
	expire(1700);
	for (unsigned int i = 0; i < 1024 / 16 + 1 && claim() == REFUSED; i++)
		;
	assert_true(used[1700]);
	/* Half of them: one is met at once. */
	for (unsigned int port = 1024; port < 2048; port += 2)
		expire(port);
	assert_int_not_equal(claim(), REFUSED);
}

/* Whatever the bitmap says: no port is given twice, none is withheld for ever. */
static void test_wrong_bits(void **state)
{
	struct crowd *crowd;

	(void)state;
	fill(1024, 2047);
	assert_int_equal(claim(), REFUSED);
	crowd = the_crowd();
	memset(crowd->taken, 0, sizeof(crowd->taken));
	memset(crowd->full, 0, sizeof(crowd->full));
	assert_int_equal(claim(), REFUSED);
	release(1777);
	memset(crowd->taken, 0xff, sizeof(crowd->taken));
	memset(crowd->full, 0xff, sizeof(crowd->full));
	crowd->verified -= 64;
	assert_int_equal(claim(), 1777);
	release(1200);
	memset(crowd->full, 0, sizeof(crowd->full));
	assert_int_equal(claim(), 1200);
	release(1201);
	crowd->verified -= 64;
	memset(crowd->full, 0xff, sizeof(crowd->full));
	assert_int_equal(claim(), 1201);
}

/* A bitmap that nobody has searched for a while serves another destination in need. */
static void test_crowd_stolen(void **state)
{
	struct flow flow = flow_of(17, PUBLIC, 0, SERVER, DEST_PORT);
	struct crowd *crowd = &bench.crowd[crowd_bucket(&flow)];

	(void)state;
	scenario_reset();
	for (unsigned int i = 0; i < ERXDP_MAX_CROWDS; i++) {
		bench.crowd[i].state = CROWD_READY;
		bench.crowd[i].used = clock_now();
		bench.crowd[i].key = (struct flow){.port = i};
	}
	bench.ports->crowds = ERXDP_MAX_CROWDS;
	next_host = 0;
	memset(used, 0, sizeof(used));
	set_range(1024, 1323);
	for (unsigned int i = 0; i < 300; i++)
		assert_int_not_equal(claim(), REFUSED);
	assert_int_equal(claim(), REFUSED);
	crowd[2].used -= CROWD_STEAL;
	assert_int_equal(claim(), REFUSED);
	assert_true(crowd_is(&crowd[2], &flow));
	release(1100);
	assert_int_equal(claim(), 1100);
	assert_int_equal(crowd_count(), ERXDP_MAX_CROWDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_last_port, "the last of 64,512 ports of a destination is found, and each "
				     "that comes free [RFC 6888 REQ-13]"),
		TEST(test_last_port_small, "so is the last one of a small range [RFC 6888 REQ-13]"),
		TEST(test_last_port_tcp, "and in TC; another destination is not concerned"),
		TEST(test_last_identifier, "all identifiers of echo requests to one peer are used"),
		TEST(test_refusal_is_cheap, "to refuse a packet costs no search of all ports"),
		TEST(test_many_crowds,
		     "more crowded destinations than bitmaps: still no port lost"),
		TEST(test_no_crowd, "a destination with many free ports needs no bitmap"),
		TEST(test_expired_holder, "a port whose session has expired is found when all "
					  "others are taken"),
		TEST(test_wrong_bits, "a bitmap that errs gives no port twice and withholds none"),
		TEST(test_crowd_stolen, "an idle bitmap serves another destination"),
	};

	srandom(20261123);
	return cmocka_run_group_tests_name("port_last", tests, scenario_open_large, bench_close);
}
