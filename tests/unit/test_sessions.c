// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions end when they are idle for too long, and not before; with them goes their mapping, which
 * holds the outside port. A session that ends early breaks a connection, one that never ends leaks
 * a port.
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

#include "map_walk.h"
#include "mapset.h"
#include "sessions.h"
#include "tc.skel.h"

#define ALL 1000000 /* a budget for everything */

static struct control control = {
	.timeout =
		{
			[TIMEOUT_UDP] = 300,
			[TIMEOUT_TCP_ESTABLISHED] = 7440,
			[TIMEOUT_TCP_TRANSITORY] = 240,
			[TIMEOUT_ICMP] = 60,
			[TIMEOUT_OTHER] = 600,
			[TIMEOUT_TCP_CLOSING] = 240,
		},
};
static struct mapset maps;

static int make_map(enum bpf_map_type type, size_t key_size, size_t value_size, __u32 flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	return bpf_map_create(type, "test", key_size, value_size, 100000, &opts);
}

static struct tc_bpf *tc;

/* The programs with maps of their own. */
static int setup(void **state)
{
	__u32 zero = 0;

	(void)state;
	tc = tc_bpf__open();
	if (!tc)
		return -1;
	bpf_map__set_max_entries(tc->maps.sessions, 100000);
	bpf_map__set_max_entries(tc->maps.mappings, 100000);
	bpf_map__set_max_entries(tc->maps.recent, 1);
	if (tc_bpf__load(tc))
		return -1;
	maps.sessions = bpf_map__fd(tc->maps.sessions);
	maps.mappings = bpf_map__fd(tc->maps.mappings);
	maps.erxdp_sweep = bpf_program__fd(tc->progs.erxdp_sweep);
	maps.ctl = &control;
	return bpf_map_update_elem(bpf_map__fd(tc->maps.control), &zero, &control, BPF_ANY);
}

static int teardown(void **state)
{
	(void)state;
	/* Suspects of one case are not to be found again in the next. */
	sessions_expire(&maps, ALL);
	tc_bpf__destroy(tc);
	return 0;
}

static struct flow make_flow(__u32 n, __u8 proto)
{
	return (struct flow){
		.addr = htonl(0x0a000000 + n),
		.remote = htonl(0xcb007109),
		.port = htons(4000),
		.remote_port = htons(443),
		.proto = proto,
	};
}

static struct flow outside_of(const struct flow *inside)
{
	struct flow outside = *inside;

	outside.remote = inside->addr; /* whatever, as long as it is another one each */
	outside.addr = htonl(0xc0000202);
	return outside;
}

/* Idle in seconds; `in` false: nothing ever came back. */
static void add_session(__u32 n, __u8 proto, __u8 state, __u32 idle_out, __u32 idle_in)
{
	struct flow inside = make_flow(n, proto);
	struct session s = {
		.outside = outside_of(&inside),
		.state = state,
		.last_out = session_clock() - idle_out,
		.last_in = session_clock() - idle_in,
	};

	assert_int_equal(bpf_map_update_elem(maps.mappings, &s.outside, &inside, BPF_ANY), 0);
	assert_int_equal(bpf_map_update_elem(maps.sessions, &inside, &s, BPF_ANY), 0);
}

static bool has_session(__u32 n, __u8 proto)
{
	struct flow inside = make_flow(n, proto);
	struct session s;

	return !bpf_map_lookup_elem(maps.sessions, &inside, &s);
}

static bool has_mapping(__u32 n, __u8 proto)
{
	struct flow inside = make_flow(n, proto), outside = outside_of(&inside);

	return !bpf_map_lookup_elem(maps.mappings, &outside, &inside);
}

static void test_timeouts(void **state)
{
	static const struct {
		const char *what;
		__u8 proto, state;
		__u32 idle_out, idle_in;
		bool gone;
	} cases[] = {
		{"UDP in use", IPPROTO_UDP, SESSION_OPEN, 0, 0, false},
		{"UDP within the grace", IPPROTO_UDP, SESSION_OPEN, 302, 302, false},
		{"UDP idle", IPPROTO_UDP, SESSION_OPEN, 306, 306, true},
		{"UDP, answers only", IPPROTO_UDP, SESSION_OPEN, 1000, 10, false},
		{"TCP open, 2 h idle", IPPROTO_TCP, SESSION_OPEN, 7200, 7200, false},
		{"TCP open, idle", IPPROTO_TCP, SESSION_OPEN, 7446, 7446, true},
		{"TCP new", IPPROTO_TCP, SESSION_NEW, 246, 246, true},
		{"TCP half-closed, 2 h idle", IPPROTO_TCP, SESSION_CLOSING, 7200, 7200, false},
		{"TCP half-closed, idle", IPPROTO_TCP, SESSION_CLOSING, 7446, 7446, true},
		{"TCP closed", IPPROTO_TCP, SESSION_CLOSED, 246, 246, true},
		{"TCP closed lately", IPPROTO_TCP, SESSION_CLOSED, 200, 200, false},
		{"ICMP", IPPROTO_ICMP, SESSION_OPEN, 66, 66, true},
		{"GRE", 47, SESSION_OPEN, 606, 606, true},
		{"GRE in use", 47, SESSION_OPEN, 590, 590, false},
		{"ICMP in use", IPPROTO_ICMP, SESSION_OPEN, 50, 50, false},
		{"last packet in the future", IPPROTO_ICMP, SESSION_OPEN, -3, -3, false},
	};
	const size_t n = sizeof(cases) / sizeof(cases[0]);
	int expected = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		add_session(i, cases[i].proto, cases[i].state, cases[i].idle_out, cases[i].idle_in);
		expected += cases[i].gone;
	}
	assert_int_equal(sessions_expire(&maps, ALL), expected);
	for (size_t i = 0; i < n; i++)
		if (has_session(i, cases[i].proto) == cases[i].gone ||
		    has_mapping(i, cases[i].proto) == cases[i].gone)
			fail_msg("%s", cases[i].what);
	assert_int_equal(sessions_expire(&maps, ALL), 0);
}

/* The walk goes on where it stopped: with a budget below the table's size all are reached. */
static void test_budget(void **state)
{
	enum { SESSIONS = 20000 };
	int removed = 0, most = 0;

	(void)state;
	for (__u32 i = 0; i < SESSIONS; i++)
		add_session(i, IPPROTO_UDP, SESSION_OPEN, i % 2 ? 1000 : 0, i % 2 ? 1000 : 0);
	for (int i = 0; i < 30 && removed < SESSIONS / 2; i++) {
		int n = sessions_expire(&maps, 2000);

		assert_true(n >= 0);
		removed += n;
		most = n > most ? n : most;
	}
	assert_int_equal(removed, SESSIONS / 2);
	assert_true(most < SESSIONS / 4); /* spread */
	assert_int_equal(map_count(maps.sessions, sizeof(struct flow), sizeof(struct session)),
			 SESSIONS / 2);
	assert_int_equal(map_count(maps.mappings, sizeof(struct flow), sizeof(struct flow)),
			 SESSIONS / 2);
}

/* A mapping is made before its session: one sighting without it is not enough. */
static void test_orphan(void **state)
{
	struct flow inside = make_flow(1, IPPROTO_TCP);

	(void)state;
	add_session(1, IPPROTO_TCP, SESSION_OPEN, 0, 0);
	add_session(2, IPPROTO_TCP, SESSION_OPEN, 0, 0);
	bpf_map_delete_elem(maps.sessions, &inside);
	assert_int_equal(sessions_expire(&maps, ALL), 0);
	assert_true(has_mapping(1, IPPROTO_TCP));
	assert_int_equal(sessions_expire(&maps, ALL), 1);
	assert_false(has_mapping(1, IPPROTO_TCP));
	assert_true(has_mapping(2, IPPROTO_TCP));
}

static void test_not_yet_a_session(void **state)
{
	struct flow inside = make_flow(1, IPPROTO_TCP);

	(void)state;
	add_session(1, IPPROTO_TCP, SESSION_OPEN, 0, 0);
	bpf_map_delete_elem(maps.sessions, &inside);
	assert_int_equal(sessions_expire(&maps, ALL), 0);
	add_session(1, IPPROTO_TCP, SESSION_OPEN, 0, 0); /* its second half comes late */
	assert_int_equal(sessions_expire(&maps, ALL), 0);
	assert_int_equal(sessions_expire(&maps, ALL), 0);
	assert_true(has_mapping(1, IPPROTO_TCP));
}

/* A session that was made anew with another port leaves its old mapping behind. */
static void test_outdated_mapping(void **state)
{
	struct flow inside = make_flow(1, IPPROTO_UDP), old = outside_of(&inside);

	(void)state;
	add_session(1, IPPROTO_UDP, SESSION_OPEN, 0, 0);
	old.port = htons(999);
	bpf_map_update_elem(maps.mappings, &old, &inside, BPF_ANY);
	assert_int_equal(sessions_expire(&maps, ALL), 0);
	assert_int_equal(sessions_expire(&maps, ALL), 1);
	assert_true(has_mapping(1, IPPROTO_UDP));
	assert_int_equal(bpf_map_lookup_elem(maps.mappings, &old, &inside), -ENOENT);
}

/* The port may be another session's by the time a session is removed. */
static void test_foreign_mapping_stays(void **state)
{
	struct flow inside = make_flow(1, IPPROTO_UDP), other = make_flow(2, IPPROTO_UDP);
	struct session s = {.outside = outside_of(&inside)};

	(void)state;
	add_session(1, IPPROTO_UDP, SESSION_OPEN, 0, 0);
	bpf_map_update_elem(maps.mappings, &s.outside, &other, BPF_ANY);
	assert_int_equal(session_remove(&maps, &inside), 1);
	assert_false(has_session(1, IPPROTO_UDP));
	assert_true(has_mapping(1, IPPROTO_UDP));
	assert_int_equal(session_remove(&maps, &inside), 0); /* gone already */
}

static void test_walk_trie(void **state)
{
	int fd = make_map(BPF_MAP_TYPE_LPM_TRIE, sizeof(struct prefix_key), sizeof(__u32),
			  BPF_F_NO_PREALLOC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(map_count(fd, sizeof(struct prefix_key), sizeof(__u32)), 0);
	for (__u32 i = 0; i < 10000; i++) {
		struct prefix_key key = {.prefixlen = 32, .addr = htonl(i << 8)};

		assert_int_equal(bpf_map_update_elem(fd, &key, &i, BPF_ANY), 0);
	}
	assert_int_equal(map_count(fd, sizeof(struct prefix_key), sizeof(__u32)), 10000);
	close(fd);
}

/* What kernels without batches get. */
static void test_walk_one_by_one(void **state)
{
	static struct flow keys[300];
	static struct session values[300];
	struct map_cursor c;
	int n, seen = 0;

	(void)state;
	for (__u32 i = 0; i < 1000; i++)
		add_session(i, IPPROTO_UDP, SESSION_OPEN, 0, 0);
	map_cursor_init(&c, maps.sessions, sizeof(struct flow), sizeof(struct session));
	c.one_by_one = true;
	while ((n = map_cursor_next(&c, keys, values, 300)) > 0) {
		seen += n;
		for (int i = 0; i < n; i++) /* deleting does not disturb it */
			bpf_map_delete_elem(maps.sessions, &keys[i]);
	}
	assert_int_equal(n, 0);
	assert_int_equal(seen, 1000);
	assert_int_equal(map_cursor_next(&c, keys, values, 300), 0); /* from the beginning */
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_timeouts),	     CASE(test_budget),
		CASE(test_orphan),	     CASE(test_not_yet_a_session),
		CASE(test_outdated_mapping), CASE(test_foreign_mapping_stays),
		CASE(test_walk_trie),	     CASE(test_walk_one_by_one),
	};

	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
