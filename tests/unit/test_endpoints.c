// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of outside endpoints that nobody uses go after their time; one that goes early gives a
 * port to two, one that never goes leaks memory.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "endpoints.h"
#include "map_walk.h"
#include "mapset.h"
#include "sessions.h"

#define ALL 1000000 /* a budget for everything */

static struct control control = {.timeout = {300, 7440, 240, 60}};
static struct mapset maps;

static int make_map(size_t key_size, size_t value_size)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);

	return bpf_map_create(BPF_MAP_TYPE_HASH, "test", key_size, value_size, 100000, &opts);
}

static int setup(void **state)
{
	(void)state;
	maps.endpoints = make_map(sizeof(struct endpoint), sizeof(struct endpoint_owner));
	maps.inside_endpoints = make_map(sizeof(struct inside_endpoint), sizeof(struct endpoint));
	maps.permits = make_map(sizeof(struct permit), sizeof(uint32_t));
	maps.ctl = &control;
	return maps.endpoints < 0 || maps.inside_endpoints < 0 || maps.permits < 0;
}

static int teardown(void **state)
{
	(void)state;
	close(maps.endpoints);
	close(maps.inside_endpoints);
	close(maps.permits);
	return 0;
}

static struct endpoint outside_of(uint16_t n, uint8_t proto)
{
	return (struct endpoint){htonl(0xc0000202), htons(n), proto, 0};
}

static struct inside_endpoint inside_of(uint16_t n, uint8_t proto)
{
	return (struct inside_endpoint){
		.inside = {htonl(0x0a000004), htons(n), proto, 0},
		.outside = htonl(0xc0000202),
	};
}

/* The owner of outside port n is the inside port n. */
static void put(uint16_t n, uint8_t proto, uint8_t kind, uint32_t uses, uint32_t idle)
{
	struct inside_endpoint inside = inside_of(n, proto);
	struct endpoint outside = outside_of(n, proto);
	struct endpoint_owner owner = {
		.inside = inside.inside,
		.last_out = session_clock() - idle,
		.uses = uses,
		.kind = kind,
	};

	assert_int_equal(bpf_map_update_elem(maps.endpoints, &outside, &owner, BPF_ANY), 0);
	if (kind == ENDPOINT_SHARED)
		return;
	assert_int_equal(bpf_map_update_elem(maps.inside_endpoints, &inside, &outside, BPF_ANY), 0);
}

static bool is_there(uint16_t n, uint8_t proto)
{
	struct endpoint outside = outside_of(n, proto);
	struct endpoint_owner owner;

	return !bpf_map_lookup_elem(maps.endpoints, &outside, &owner);
}

static long count(int fd, size_t key_size, size_t value_size)
{
	return map_count(fd, key_size, value_size);
}

static void test_mappings(void **state)
{
	(void)state;
	put(1, 17, ENDPOINT_MAPPING, ENDPOINT_OWNED, 299);
	put(2, 17, ENDPOINT_MAPPING, ENDPOINT_OWNED, 300 + SESSION_GRACE);
	put(3, 17, ENDPOINT_MAPPING, ENDPOINT_OWNED | 1, 900);
	put(4, 17, ENDPOINT_MAPPING, ENDPOINT_OWNED | ENDPOINT_BUSY | 1, 900);
	put(5, 6, ENDPOINT_MAPPING, ENDPOINT_OWNED, 239);
	put(6, 6, ENDPOINT_MAPPING, ENDPOINT_OWNED, 240 + SESSION_GRACE);
	assert_int_equal(endpoints_expire(&maps, ALL), 4); /* with the inside endpoints' */
	assert_true(is_there(1, 17) && is_there(3, 17) && is_there(4, 17) && is_there(5, 6));
	assert_false(is_there(2, 17) || is_there(6, 6));
	assert_int_equal(count(maps.inside_endpoints, sizeof(struct inside_endpoint),
			       sizeof(struct endpoint)),
			 4);
}

static void test_shared(void **state)
{
	(void)state;
	put(1, 17, ENDPOINT_SHARED, 0, 0);
	put(2, 17, ENDPOINT_SHARED, 0, SESSION_GRACE);
	put(3, 17, ENDPOINT_SHARED, 1, 9000);
	assert_int_equal(endpoints_expire(&maps, ALL), 1);
	assert_true(is_there(1, 17) && is_there(3, 17));
}

static void test_forwardings_stay(void **state)
{
	(void)state;
	put(1, 17, ENDPOINT_FORWARD, 0, 1000000);
	assert_int_equal(endpoints_expire(&maps, ALL), 0);
	assert_true(is_there(1, 17));
}

/* An inside endpoint whose outside one has gone, or is another's by now. */
static void test_leads_nowhere(void **state)
{
	struct inside_endpoint inside = inside_of(7, 17);
	struct endpoint outside = outside_of(1, 17);

	(void)state;
	put(1, 17, ENDPOINT_MAPPING, ENDPOINT_OWNED | 1, 0);
	assert_int_equal(bpf_map_update_elem(maps.inside_endpoints, &inside, &outside, BPF_ANY), 0);
	assert_int_equal(endpoints_expire(&maps, ALL), 1);
	assert_int_equal(bpf_map_lookup_elem(maps.inside_endpoints, &inside, &outside), -ENOENT);
	inside = inside_of(1, 17);
	assert_int_equal(bpf_map_lookup_elem(maps.inside_endpoints, &inside, &outside), 0);
}

static void test_permits(void **state)
{
	struct permit young = {.outside = outside_of(1, 17), .remote = htonl(1)};
	struct permit old = {.outside = outside_of(1, 17), .remote = htonl(2)};
	uint32_t last = session_clock() - 299;

	(void)state;
	assert_int_equal(bpf_map_update_elem(maps.permits, &young, &last, BPF_ANY), 0);
	last -= 1 + SESSION_GRACE;
	assert_int_equal(bpf_map_update_elem(maps.permits, &old, &last, BPF_ANY), 0);
	assert_int_equal(endpoints_expire(&maps, ALL), 1);
	assert_int_equal(bpf_map_lookup_elem(maps.permits, &young, &last), 0);
	assert_int_equal(bpf_map_lookup_elem(maps.permits, &old, &last), -ENOENT);
}

/* Step by step all of a large table is looked at. */
static void test_steps(void **state)
{
	int removed = 0;

	(void)state;
	for (uint16_t n = 1; n <= 20000; n++)
		put(n, 17, ENDPOINT_SHARED, 0, 100);
	for (int i = 0; i < 100; i++)
		removed += endpoints_expire(&maps, 2000);
	assert_int_equal(removed, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mappings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forwardings_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leads_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_permits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
	};

	return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
