// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions end when they are idle for too long, and not before. A session that ends early
 * breaks a connection, one that never ends leaks a port.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include <erxdp/session_table.h>

#include "map_walk.h"
#include "mapset.h"
#include "sessions.h"
#include "tc.skel.h"

#define ALL  1000000 /* a budget for everything */
#define ROOM 30000   /* records */

static struct control control = {
	.session_records = ROOM,
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

static struct tc_bpf *tc;

static void *map_memory(struct bpf_map *map)
{
	size_t len = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return at == MAP_FAILED ? NULL : at;
}

/* The programs with maps of their own. */
static int setup(void **state)
{
	__u32 zero = 0;

	(void)state;
	tc = tc_bpf__open();
	if (!tc)
		return -1;
	bpf_map__set_max_entries(tc->maps.sessions, ROOM);
	bpf_map__set_max_entries(tc->maps.session_pool, ROOM);
	if (tc_bpf__load(tc))
		return -1;
	maps = (struct mapset){
		.erxdp_sweep = bpf_program__fd(tc->progs.erxdp_sweep),
		.ctl = &control,
		.session = map_memory(tc->maps.sessions),
		.totals = map_memory(tc->maps.session_totals),
		.nsessions = ROOM,
	};
	if (!maps.session || !maps.totals)
		return -1;
	return bpf_map_update_elem(bpf_map__fd(tc->maps.control), &zero, &control, BPF_ANY);
}

static int teardown(void **state)
{
	(void)state;
	munmap(maps.session, ROOM * sizeof(*maps.session));
	munmap(maps.totals, sizeof(*maps.totals));
	tc_bpf__destroy(tc);
	return 0;
}

/* Idle in seconds. Number n + 1. */
static struct session *add_session(__u32 n, __u8 proto, __u8 state, __u32 idle_out, __u32 idle_in)
{
	struct session *session = &maps.session[n + 1];
	struct flow inside = {
		.addr = htonl(0x0a000000 + n),
		.remote = htonl(0xcb007109),
		.port = htons(4000),
		.remote_port = htons(443),
		.proto = proto,
	};

	*session = (struct session){
		.inside = inside,
		.outside = inside,
		.number = n + 1,
		.life = LIFE_NEXT + LIFE_LIVE,
		.state = state,
		.last_out = session_clock() - idle_out,
		.last_in = session_clock() - idle_in,
	};
	session->outside.addr = htonl(0xc0000202);
	maps.totals->live++;
	if (maps.totals->fresh < n + 1)
		maps.totals->fresh = n + 1;
	return session;
}

static bool has_session(__u32 n)
{
	return (maps.session[n + 1].life & LIFE_STATE) == LIFE_LIVE;
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
		if (has_session(i) == cases[i].gone)
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
	assert_int_equal(maps.totals->live, SESSIONS / 2);
	for (__u32 i = 0; i < SESSIONS; i++)
		assert_int_equal(has_session(i), i % 2 == 0);
}

static int count_one(const struct session *session, void *arg)
{
	unsigned int *n = arg;

	assert_int_equal(session->life & LIFE_STATE, LIFE_LIVE);
	return ++*n == 3;
}

/* What is free, is being made or ends is no session; a visitor that has seen enough is obeyed. */
static void test_walk(void **state)
{
	static const __u32 lives[] = {LIFE_FREE, LIFE_LIVE, LIFE_MAKING, LIFE_ENDING, LIFE_LIVE};
	unsigned int n = 0;

	(void)state;
	for (__u32 i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		add_session(i, IPPROTO_UDP, SESSION_OPEN, 0, 0)->life = lives[i];
	assert_int_equal(sessions_walk(&maps, count_one, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(sessions_walk(&maps, count_one, &n), 1);
}

/* A session that has ended since it was read is not removed; nor is the one after it. */
static void test_other_life(void **state)
{
	struct session *session, read;

	(void)state;
	session = add_session(0, IPPROTO_UDP, SESSION_OPEN, 0, 0);
	read = *session;
	session->life += LIFE_NEXT;
	assert_int_equal(session_remove(&maps, &read), 0);
	assert_true(has_session(0));
	read = *session;
	assert_int_equal(session_remove(&maps, &read), 1);
	assert_false(has_session(0));
	assert_int_equal(session_remove(&maps, &read), 0);
}

static int make_map(enum bpf_map_type type, size_t key_size, size_t value_size, __u32 flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);

	return bpf_map_create(type, "test", key_size, value_size, 100000, &opts);
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
	int fd = make_map(BPF_MAP_TYPE_HASH, sizeof(__u32), sizeof(__u32), 0);
	static __u32 keys[300], values[300];
	struct map_cursor c;
	int n, seen = 0;

	(void)state;
	for (__u32 i = 0; i < 1000; i++)
		assert_int_equal(bpf_map_update_elem(fd, &i, &i, BPF_ANY), 0);
	map_cursor_init(&c, fd, sizeof(__u32), sizeof(__u32));
	c.one_by_one = true;
	while ((n = map_cursor_next(&c, keys, values, 300)) > 0) {
		seen += n;
		for (int i = 0; i < n; i++) /* deleting does not disturb it */
			bpf_map_delete_elem(fd, &keys[i]);
	}
	assert_int_equal(n, 0);
	assert_int_equal(seen, 1000);
	assert_int_equal(map_cursor_next(&c, keys, values, 300), 0); /* from the beginning */
	close(fd);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_timeouts),   CASE(test_budget),    CASE(test_walk),
		CASE(test_other_life), CASE(test_walk_trie), CASE(test_walk_one_by_one),
	};

	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
