// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one inside host may take, what a flood may take, and who gives way in a full table: not the
 * neighbours of a greedy host, nor anybody whose peer has answered.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GREEDY 0x0a000100 /* 10.0.1.0: where numbered hosts begin */

static __be32 text_to_addr(const char *text)
{
	__be32 addr;

	assert_int_equal(inet_pton(AF_INET, text, &addr), 1);
	return addr;
}

/* What XDP says of a packet. */
static int verdict_of(const struct spec *spec)
{
	static struct run run;

	run = (struct run){.hook = HOOK_XDP};
	frame_build(&run.frame, spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	return tally_read().verdict;
}

static int udp_out(const char *host, uint16_t port)
{
	struct spec spec = {FROM_V1000, IP(host, SERVER), UDP(port, 53)};

	return verdict_of(&spec);
}

static int udp_back(uint16_t port)
{
	struct spec spec = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, port)};

	return verdict_of(&spec);
}

static int tcp_out(const char *host, uint16_t port, uint8_t flags)
{
	bool syn = flags & TH_SYN;
	struct spec spec = {FROM_V1000, IP(host, SERVER), TCP(port, 443, flags),
			    .seq = syn ? 100 : 101, .ack = syn ? 0 : 501};

	return verdict_of(&spec);
}

static int tcp_back(uint16_t port, uint8_t flags)
{
	struct spec spec = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, port, flags), .seq = 500,
			    .ack = 101};

	return verdict_of(&spec);
}

static int echo_out(const char *host, uint16_t id)
{
	struct spec spec = {FROM_V1000, IP(host, SERVER), ECHO_REQUEST(id)};

	return verdict_of(&spec);
}

static void limits_set(uint32_t max_sessions, uint32_t max_rate)
{
	scenario_reset();
	bench.control->flags |= CONTROL_LIMITS;
	bench.policy[0].max_sessions = max_sessions;
	bench.policy[0].max_rate = max_rate;
}

static struct inside_host host_get(__be32 addr)
{
	struct inside_host host = {};

	bpf_map_lookup_elem(bpf_map__fd(bench.xdp->maps.hosts), &addr, &host);
	return host;
}

static int sweep(struct flow inside, bool always)
{
	struct sweep_request request = {.always = always, .grace = 5};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &request, .ctx_size_in = sizeof(request));
	struct session session;

	if (!session_get(inside, &session))
		return 0;
	request.number = session.number;
	request.life = session.life;
	assert_int_equal(bpf_prog_test_run_opts(bench.sweep, &opts), 0);
	return opts.retval;
}

static void test_host_limit(void **state)
{
	(void)state;
	limits_set(3, 0);
	for (uint16_t port = 5001; port <= 5003; port++)
		assert_int_equal(udp_out(INSIDE, port), V_TX);
	assert_int_equal(udp_out(INSIDE, 5004), V_DROP_HOST_LIMIT);
	assert_int_equal(tcp_out(INSIDE, 5004, TH_SYN), V_DROP_HOST_LIMIT);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(host_get(text_to_addr(INSIDE)).sessions, 3);
	assert_int_equal(host_get(text_to_addr(INSIDE)).refused, 2);
	assert_int_equal(mapping_count(), 3);
}

/* A host's share is the same whatever it speaks, and an identifier counts as a port does. */
static void test_limit_of_protocols(void **state)
{
	(void)state;
	limits_set(3, 0);
	assert_int_equal(echo_out(INSIDE, 77), V_TX);
	assert_int_equal(tcp_out(INSIDE, 5001, TH_SYN), V_TX);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(host_get(text_to_addr(INSIDE)).sessions, 3);
	assert_int_equal(echo_out(INSIDE, 78), V_DROP_HOST_LIMIT);
	assert_int_equal(tcp_out(INSIDE, 5002, TH_SYN), V_DROP_HOST_LIMIT);
	assert_int_equal(udp_out(INSIDE, 5002), V_DROP_HOST_LIMIT);
	assert_int_equal(echo_out(INSIDE, 77), V_TX);
}

static void test_others_unaffected(void **state)
{
	(void)state;
	limits_set(1, 1);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(udp_out(INSIDE, 5002), V_DROP_HOST_LIMIT);
	assert_int_equal(udp_out(OTHER, 5002), V_TX);
	assert_int_equal(udp_out("10.1.0.10", 5002), V_TX);
}

/* In TC, where the kernel forwards, the same limit. */
static void test_host_limit_egress(void **state)
{
	static struct run run;
	struct spec spec = {TO_BOND0, IP(INSIDE, SERVER), UDP(5002, 53)};

	(void)state;
	limits_set(1, 0);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	run = (struct run){.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0], .iif = device[V1000]};
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_DROP_HOST_LIMIT);
	assert_int_equal(run.ret, TC_SHOT);
}

static void test_limit_by_policy(void **state)
{
	(void)state;
	limits_set(1, 0);
	bench.control->flags |= CONTROL_POLICIES;
	bench.policy[1] = bench.policy[0];
	bench.policy[1].max_sessions = 0;
	policy_set("10.1.0.0/16", 1);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(udp_out(INSIDE, 5002), V_DROP_HOST_LIMIT);
	for (uint16_t port = 5001; port < 5020; port++)
		assert_int_equal(udp_out(OTHER, port), V_TX);
}

/* A session that was found expired, one that the daemon swept, one that was flushed: each makes
 * room for one, and with the last one the host is forgotten. */
static void test_limit_released(void **state)
{
	struct flow first = flow_of(17, INSIDE, 5001, SERVER, 53);
	struct flow second = flow_of(17, INSIDE, 5002, SERVER, 53);

	(void)state;
	limits_set(2, 0);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(udp_out(INSIDE, 5002), V_TX);
	session_age(first, 300);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX); /* begins anew in its own place */
	assert_int_equal(udp_out(INSIDE, 5003), V_DROP_HOST_LIMIT);
	session_age(first, 304);
	assert_int_equal(sweep(first, false), 0); /* within the grace */
	session_age(first, 305);
	assert_int_equal(sweep(first, false), 1);
	assert_int_equal(sweep(first, false), 0);
	assert_int_equal(host_get(text_to_addr(INSIDE)).sessions, 1);
	assert_int_equal(sweep(second, false), 0); /* lives */
	assert_int_equal(sweep(second, true), 1);
	assert_int_equal(map_count(bench.xdp->maps.hosts), 0);
	assert_int_equal(mapping_count(), 0);
}

static void second_begins(void)
{
	uint32_t now = clock_now();

	while (clock_now() == now)
		usleep(1000);
}

static void test_host_rate(void **state)
{
	(void)state;
	limits_set(0, 10);
	second_begins();
	for (uint16_t port = 1; port <= 10; port++)
		assert_int_equal(udp_out(INSIDE, 5000 + port), V_TX);
	assert_int_equal(udp_out(INSIDE, 6000), V_DROP_HOST_RATE);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(udp_out(OTHER, 6000), V_TX);
	assert_int_equal(host_get(text_to_addr(INSIDE)).sessions, 10);
	second_begins();
	assert_int_equal(udp_out(INSIDE, 6000), V_TX);
}

/* The host's own sessions are counted for nobody. */
static void test_own_uncounted(void **state)
{
	static struct run run;
	struct spec spec = {TO_BOND0, IP(PUBLIC, SERVER), ECHO_REQUEST(77)};

	(void)state;
	limits_set(1, 1);
	for (uint16_t id = 77; id < 90; id++) {
		run = (struct run){.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0]};
		spec.echo = id;
		frame_build(&run.frame, &spec);
		tally_reset();
		assert_int_equal(bench_run(&run), 0);
		assert_int_equal(tally_read().verdict, V_PASS_OWN);
	}
	assert_int_equal(map_count(bench.xdp->maps.hosts), 0);
}

static void ring_reset(void)
{
	struct recent_ends none = {};
	uint32_t zero = 0;

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(bench.xdp->maps.recent_ends), &zero, &none,
					     BPF_ANY),
			 0);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* The programs' clock, which is up to a tick behind. */
static uint32_t recent_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Makes all of them begin that long ago. */
static void ring_age(uint32_t milliseconds)
{
	int fd = bpf_map__fd(bench.xdp->maps.recent);
	struct recent recent;

	for (uint32_t i = 0; i < bpf_map__max_entries(bench.xdp->maps.recent); i++) {
		assert_int_equal(bpf_map_lookup_elem(fd, &i, &recent), 0);
		recent.began = recent_now() - milliseconds;
		assert_int_equal(bpf_map_update_elem(fd, &i, &recent, BPF_ANY), 0);
	}
}

/* Makes the oldest begin just now, and so all the others. */
static void ring_begins_now(void)
{
	int fd = bpf_map__fd(bench.xdp->maps.recent);
	struct recent recent;
	uint32_t first = 0;

	assert_int_equal(bpf_map_lookup_elem(fd, &first, &recent), 0);
	recent.began = recent_now();
	assert_int_equal(bpf_map_update_elem(fd, &first, &recent, BPF_ANY), 0);
}

/* Fills the table; the first `answered` flows are. */
static void table_fill(uint32_t room, uint32_t answered)
{
	scenario_reset();
	ring_reset();
	bench.control->max_sessions = room;
	for (uint16_t i = 0; i < room; i++)
		assert_int_equal(udp_out(INSIDE, 10000 + i), V_TX);
	for (uint16_t i = 0; i < answered; i++)
		assert_int_equal(udp_back(10000 + i), V_TX);
}

static bool is_there(uint16_t port)
{
	struct session session;

	return session_get(flow_of(17, INSIDE, port, SERVER, 53), &session);
}

static void test_full_of_answered(void **state)
{
	(void)state;
	table_fill(BENCH_SESSIONS, BENCH_SESSIONS);
	ring_age(10000);
	for (uint16_t i = 0; i < 3000; i++) /* as many as it takes to look at all of the ring */
		assert_int_equal(udp_out(OTHER, 20000 + i), V_DROP_TABLE_FULL);
	assert_int_equal(session_count(), BENCH_SESSIONS);
	for (uint16_t i = 0; i < BENCH_SESSIONS; i++)
		assert_true(is_there(10000 + i));
}

static void test_oldest_half_open_goes(void **state)
{
	(void)state;
	table_fill(BENCH_SESSIONS, 10);
	ring_begins_now();
	assert_int_equal(udp_out(OTHER, 20000), V_DROP_TABLE_FULL); /* they are young */
	ring_age(1000);
	assert_int_equal(udp_out(OTHER, 20000), V_TX);
	assert_int_equal(udp_out(OTHER, 20001), V_TX);
	for (uint16_t i = 0; i < 20; i++)
		assert_int_equal(is_there(10000 + i), i != 10 && i != 11);
	assert_int_equal(session_count(), BENCH_SESSIONS);
	assert_int_equal(mapping_count(), BENCH_SESSIONS);
}

/* While nobody sweeps: what has expired makes room too, answered or not. */
static void test_expired_goes(void **state)
{
	(void)state;
	table_fill(BENCH_SESSIONS, BENCH_SESSIONS);
	ring_age(1000);
	session_age(flow_of(17, INSIDE, 10003, SERVER, 53), 300);
	assert_int_equal(udp_out(OTHER, 20000), V_TX);
	assert_false(is_there(10003));
	assert_true(is_there(10000));
}

/* Waits until `due` microseconds after *start, which is put off by as much as this process is late:
 * to catch up it would have to flood faster. */
static void keep_pace(uint64_t *start, uint64_t due)
{
	uint64_t past = now_us() - *start;

	if (past > due)
		*start += past - due;
	while (now_us() - *start < due)
		;
}

/*
 * A SYN flood of five times the table, from numbered hosts, and every hundredth packet a handshake
 * of somebody honest, answered a while later: a quarter of the table is established before, and
 * stays.
 */
#define ESTABLISHED (BENCH_SESSIONS / 4)
#define FLOOD	    (5 * BENCH_SESSIONS)
#define DELAY	    50 /* handshakes that are under way */

static void flood_one(uint32_t i)
{
	char host[32];

	snprintf(host, sizeof(host), "10.0.%u.%u", 1 + i % 200, 1 + i / 200 % 250);
	tcp_out(host, 1024 + i % 30000, TH_SYN);
}

static void test_flood(void **state)
{
	static bool begun[FLOOD / 100];
	uint32_t served = 0, honest = 0;
	uint64_t start;

	(void)state;
	scenario_reset();
	ring_reset();
	for (uint16_t i = 0; i < ESTABLISHED; i++) {
		assert_int_equal(udp_out(INSIDE, 10000 + i), V_TX);
		assert_int_equal(udp_back(10000 + i), V_TX);
	}
	start = now_us();
	for (uint32_t i = 0; i < FLOOD; i++) {
		/* 25,000 a second: with a table this small, what is half-open is 0.6 s old. */
		keep_pace(&start, i * 40ULL);
		flood_one(i);
		if (i % 100)
			continue;
		begun[honest] = tcp_out(OTHER, 50000 + honest, TH_SYN) == V_TX;
		honest++;
		if (honest > DELAY && begun[honest - DELAY - 1])
			served += tcp_back(50000 + honest - DELAY - 1, TH_SYN | TH_ACK) == V_TX;
	}
	print_message("%u of %u handshakes\n", served, honest - DELAY);
	assert_true(served * 100 >= (honest - DELAY) * 99);
	assert_true(session_count() == BENCH_SESSIONS);
	for (uint16_t i = 0; i < ESTABLISHED; i++)
		assert_true(is_there(10000 + i));
	for (uint32_t i = 0; i < honest - DELAY; i++)
		if (begun[i])
			assert_int_equal(tcp_out(OTHER, 50000 + i, TH_ACK), V_TX);
}

static int v_refused(enum hook hook, uint32_t *mark)
{
	static struct run run;
	struct spec xdp = {FROM_V1000, IP(INSIDE, SERVER), UDP(6000, 53)};
	struct spec in = {FROM_V1000_BARE, IP(INSIDE, SERVER), UDP(6000, 53)};

	run = (struct run){.hook = hook, .ifindex = hook == HOOK_XDP ? 0 : device[V1000]};
	frame_build(&run.frame, hook == HOOK_XDP ? &xdp : &in);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	*mark = run.mark;
	return tally_read().verdict;
}

static uint64_t refused_count(struct refused *last)
{
	struct refused *each = calloc(libbpf_num_possible_cpus(), sizeof(*each));
	uint64_t count = 0;
	uint32_t zero = 0;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(bench.xdp->maps.refused), &zero, each), 0);
	for (int i = 0; i < libbpf_num_possible_cpus(); i++) {
		count += each[i].count;
		if (each[i].second >= last->second)
			*last = each[i];
	}
	free(each);
	return count;
}

/* XDP passes it up, TC ingress marks it for the nft table, which rejects it; once. */
static void test_answered(void **state)
{
	uint32_t mark;

	(void)state;
	limits_set(1, 0);
	bench.control->flags |= CONTROL_ANSWER;
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(v_refused(HOOK_XDP, &mark), V_PASS_REFUSED);
	assert_int_equal(v_refused(HOOK_TC_INGRESS, &mark), V_PASS_REFUSED);
	assert_int_equal(mark, MARK(ERXDP_MARK_REFUSED));
	assert_int_equal(v_refused(HOOK_TC_INGRESS, &mark), V_SLOW_MARKED);
	assert_int_equal(mark, MARK(ERXDP_MARK_NOTRACK));
}

static void is_answered(void)
{
	uint32_t mark;

	bench.control->flags |= CONTROL_ANSWER;
	assert_int_equal(v_refused(HOOK_XDP, &mark), V_PASS_REFUSED);
	assert_int_equal(v_refused(HOOK_TC_INGRESS, &mark), V_PASS_REFUSED);
	assert_int_equal(mark, MARK(ERXDP_MARK_REFUSED));
}

/* For want of a port, of room in the table, or of a peer that no other host has, as by a limit. */
static void test_each_is_answered(void **state)
{
	const struct spec gre = {FROM_V1000, IP(INSIDE, SERVER), .proto = 47, .payload = 30};

	(void)state;
	scenario_reset();
	bench.control->port_min = bench.control->port_max = 2000;
	session_put(flow_of(17, OTHER, 2000, SERVER, 53), PUBLIC, 2000, SESSION_OPEN);
	is_answered();
	scenario_reset();
	bench.control->max_sessions = 0;
	is_answered();
	limits_set(0, 1);
	second_begins();
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	is_answered();
	scenario_reset();
	bench.control->flags |= CONTROL_ANSWER;
	session_put(flow_of(47, OTHER, 0, SERVER, 0), PUBLIC, 0, SESSION_OPEN);
	assert_int_equal(verdict_of(&gre), V_PASS_REFUSED);
}

static void test_each_protocol_is_answered(void **state)
{
	const struct spec syn = {FROM_V1000, IP(INSIDE, SERVER), TCP(6000, 443, TH_SYN)};
	const struct spec echo = {FROM_V1000, IP(INSIDE, SERVER), ECHO_REQUEST(78)};

	(void)state;
	limits_set(1, 0);
	bench.control->flags |= CONTROL_ANSWER;
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	assert_int_equal(verdict_of(&syn), V_PASS_REFUSED);
	assert_int_equal(verdict_of(&echo), V_PASS_REFUSED);
}

/* Where TC is the entry. */
static void test_answered_tc(void **state)
{
	uint32_t mark;

	(void)state;
	limits_set(1, 0);
	bench.control->flags |= CONTROL_ANSWER;
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	iface_flags_set(V1000, IFACE_FORWARD | IFACE_TC_ONLY);
	assert_int_equal(v_refused(HOOK_TC_INGRESS, &mark), V_PASS_REFUSED);
	assert_int_equal(mark, MARK(ERXDP_MARK_REFUSED));
}

static void test_answers_are_few(void **state)
{
	unsigned int answers = 0, drops = 0;
	struct refused last = {};
	uint64_t before;
	uint32_t mark;

	(void)state;
	limits_set(1, 0);
	bench.control->flags |= CONTROL_ANSWER;
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	before = refused_count(&last);
	second_begins();
	for (int i = 0; i < 1000; i++) {
		int v = v_refused(HOOK_XDP, &mark);

		answers += v == V_PASS_REFUSED;
		drops += v == V_DROP_HOST_LIMIT;
	}
	assert_int_equal(answers + drops, 1000);
	assert_true(answers >= 100 &&
		    answers <= 200); /* two seconds, if a slow machine needs them */
	assert_int_equal(refused_count(&last) - before, 1000);
	assert_int_equal(last.verdict, V_DROP_HOST_LIMIT);
	assert_int_equal(last.inside.remote_port, htons(53));
}

/* Nobody took the refused packet away (`nft flush ruleset`): it does not leave with its source. */
static void test_refused_at_egress(void **state)
{
	static struct run run;
	struct spec spec = {TO_BOND0, IP(INSIDE, SERVER), UDP(6000, 53)};

	(void)state;
	limits_set(1, 0);
	assert_int_equal(udp_out(INSIDE, 5001), V_TX);
	run = (struct run){.hook = HOOK_TC_EGRESS,
			   .ifindex = device[BOND0],
			   .iif = device[V1000],
			   .mark = MARK(ERXDP_MARK_REFUSED)};
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_DROP_HOST_LIMIT);
	assert_int_equal(run.ret, TC_SHOT);
}

static void count_host(const struct session *session, void *arg)
{
	uint32_t *have = arg;

	have[ntohl(session->inside.addr) - GREEDY]++;
}

/* What `hosts` says of each host is the number of its sessions. */
static void counts_agree(void)
{
	static uint32_t have[64];
	unsigned int known = 0;

	memset(have, 0, sizeof(have));
	sessions_visit(count_host, have);
	for (uint32_t i = 0; i < 64; i++) {
		assert_int_equal(host_get(htonl(GREEDY + i)).sessions, have[i]);
		known += have[i] > 0;
	}
	assert_int_equal(map_count(bench.xdp->maps.hosts), known);
}

/* Packets out and back, sessions that age, sweeps and flushes, of a few flows of a few hosts. */
static void do_something(unsigned int *seed, uint32_t hosts, bool alone)
{
	static _Thread_local struct run run;
	uint32_t host = rand_r(seed) % hosts, port = 2000 + rand_r(seed) % 20;
	struct session session;
	struct flow flow;
	char text[32];

	snprintf(text, sizeof(text), "10.0.1.%u", host);
	flow = flow_of(17, text, port, SERVER, 53);
	switch (rand_r(seed) % 8) {
	case 0:
		sweep(flow, true);
		break;
	case 1:
		sweep(flow, false);
		break;
	case 2: /* a session that comes to be old while others use it does not happen */
		if (alone && session_get(flow, &session))
			session_age(flow, rand_r(seed) % 400);
		break;
	default:
		run = (struct run){.hook = HOOK_XDP};
		frame_build(&run.frame,
			    &(struct spec){FROM_V1000, IP(text, SERVER), UDP(port, 53)});
		assert_int_equal(bench_run(&run), 0);
	}
}

static void test_model(void **state)
{
	unsigned int seed = time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	limits_set(12, 0);
	for (int i = 0; i < 20000; i++) {
		do_something(&seed, 8, true);
		if (i % 1000 == 0)
			counts_agree();
	}
	counts_agree();
}

static void *work(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	for (int i = 0; i < 20000; i++)
		do_something(&seed, 4, false);
	return NULL;
}

static void test_model_at_once(void **state)
{
	pthread_t thread[4];
	unsigned int seed = time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	limits_set(12, 0);
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work, (void *)(seed + i)), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	counts_agree();
}

#define CASE(sentence, function)                         \
	{                                                \
		.name = sentence, .test_func = function, \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a host has no more sessions than it may; those it has go on [RFC 6888 REQ-4] "
		     "[RFC 6888 REQ-5]",
		     test_host_limit),
		CASE("ports of TCP and UDP and ICMP's identifiers count alike [RFC 6888 REQ-4]",
		     test_limit_of_protocols),
		CASE("the limit of one host is not another's [RFC 6888 REQ-4]",
		     test_others_unaffected),
		CASE("the limit holds at TC egress too [RFC 6888 REQ-4]", test_host_limit_egress),
		CASE("each inside prefix has limits of its own [RFC 6888 REQ-4a]",
		     test_limit_by_policy),
		CASE("sessions that end make room for their host [RFC 6888 REQ-5]",
		     test_limit_released),
		CASE("a host begins no more sessions a second than it may [RFC 6888 REQ-4c]",
		     test_host_rate),
		CASE("this host's own sessions count for nobody", test_own_uncounted),
		CASE("a table full of answered sessions refuses and keeps [RFC 6888 REQ-11a]",
		     test_full_of_answered),
		CASE("the oldest half-open session makes room", test_oldest_half_open_goes),
		CASE("an expired session makes room", test_expired_goes),
		CASE("a SYN flood costs no established session, and few new ones", test_flood),
		CASE("what is refused is answered by the kernel, once [RFC 5508 REQ-8]",
		     test_answered),
		CASE("so is each other kind of refusal [RFC 5508 REQ-8]", test_each_is_answered),
		CASE("TCP and echo requests as UDP [RFC 5508 REQ-8]",
		     test_each_protocol_is_answered),
		CASE("the same where TC is the entry [RFC 5508 REQ-8]", test_answered_tc),
		CASE("a hundred answers a second, every refusal counted [RFC 5508 REQ-10f]",
		     test_answers_are_few),
		CASE("what is refused does not leave, table or not [RFC 5508 REQ-8] "
		     "[RFC 6888 REQ-11a]",
		     test_refused_at_egress),
		CASE("counts of hosts equal their sessions after random events", test_model),
		CASE("the same with four threads at once", test_model_at_once),
	};

	return cmocka_run_group_tests_name("limit", tests, scenario_open, bench_close);
}
