// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crowded destinations as the daemon changes them: idle bitmaps end.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <erxdp/crowd.h>

#include "crowds.h"
#include "mapset.h"

static struct crowd crowds[ERXDP_MAX_CROWDS];
static struct port_state ports;
static const struct mapset maps = {.crowd = crowds, .ports = &ports};

static struct flow outside(uint16_t remote_port, uint16_t port)
{
	return (struct flow){.addr = htonl(0xcb007101),
			     .remote = htonl(0xc0000201),
			     .port = htons(port),
			     .remote_port = htons(remote_port),
			     .proto = 17};
}

/* A full bitmap for a destination, in one of its places. */
static struct crowd *make(uint16_t remote_port, unsigned int way)
{
	struct flow key = outside(remote_port, 0);
	struct crowd *crowd = &crowds[crowd_bucket(&key) + way];

	memset(crowd, 0xff, sizeof(*crowd));
	crowd->key = key;
	crowd->state = CROWD_READY;
	crowd->used = 1000;
	ports.crowds++;
	return crowd;
}

static int setup(void **state)
{
	(void)state;
	memset(crowds, 0, sizeof(crowds));
	memset(&ports, 0, sizeof(ports));
	return 0;
}

/* Commands that have not mapped the arrays, and tests with maps in plain memory. */
static void test_unmapped(void **state)
{
	const struct mapset none = {};

	(void)state;
	assert_int_equal(crowds_expire(&none, 0), 0);
}

static void test_expire(void **state)
{
	struct crowd *crowd = make(443, 1), *busy = make(53, 0);

	(void)state;
	busy->state = CROWD_BUSY;
	crowd->used = 1000;
	assert_int_equal(crowds_expire(&maps, 1000 + CROWD_IDLE - 1), 0);
	assert_int_equal(crowds_expire(&maps, 999), 0);
	assert_int_equal(crowds_expire(&maps, 1000 + CROWD_IDLE), 1);
	assert_int_equal(crowd->state, CROWD_FREE);
	assert_int_equal(busy->state, CROWD_BUSY);
	assert_int_equal(ports.crowds, 1);
}

static void test_places(void **state)
{
	(void)state;
	for (uint32_t port = 0; port < 65536; port++) {
		assert_int_equal(crowd_port(crowd_place(port)), port);
		assert_int_equal(crowd_place(port) >> 15, port & 1);
	}
	for (uint16_t port = 0; port < 5000; port++) {
		struct flow key = outside(port, port);

		assert_in_range(crowd_bucket(&key), 0, ERXDP_MAX_CROWDS - CROWD_WAYS);
		assert_int_equal(crowd_bucket(&key) % CROWD_WAYS, 0);
	}
}

/* Written once, before the programs are attached; a daemon that starts again leaves it. */
static void test_secret(void **state)
{
	uint64_t first;

	(void)state;
	assert_int_equal(port_secret_prepare(&maps), 0);
	first = ports.secret[0];
	assert_true(ports.secret[0] && ports.secret[1]);
	assert_int_equal(port_secret_prepare(&maps), 0);
	assert_true(ports.secret[0] == first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unmapped, setup),
		cmocka_unit_test_setup(test_expire, setup),
		cmocka_unit_test_setup(test_places, setup),
		cmocka_unit_test_setup(test_secret, setup),
	};

	return cmocka_run_group_tests_name("crowds", tests, NULL, NULL);
}
