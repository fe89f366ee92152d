// SPDX-License-Identifier: GPL-2.0-only
#include "harness.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <erxdp/session_table.h>

#include "pins.h"
#include "routes.h"
#include "table.h"

struct bench bench;

unsigned int scaled(unsigned int amount)
{
	const char *scale = getenv(TEST_SCALE_ENV);
	unsigned int by = scale ? strtoul(scale, NULL, 10) : 1;

	return by > 1 ? (amount + by - 1) / by : amount;
}

void shell(const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (system(line))
		fail_msg("failed: %s", line);
}

void *map_memory(struct bpf_map *map, size_t *len)
{
	size_t page = getpagesize();
	size_t element = (bpf_map__value_size(map) + 7) / 8 * 8;
	void *mem;

	*len = (element * bpf_map__max_entries(map) + page - 1) / page * page;
	mem = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (mem == MAP_FAILED)
		fail_msg("mmap of %s: %s", bpf_map__name(map), strerror(errno));
	return mem;
}

static void set_plain_array(struct bpf_map *map)
{
	assert_int_equal(bpf_map__set_type(map, BPF_MAP_TYPE_ARRAY), 0);
	assert_int_equal(bpf_map__set_map_flags(map, BPF_F_MMAPABLE), 0);
}

static void share_maps(void)
{
	struct bpf_map *map, *first;

	bpf_object__for_each_map(map, bench.tc->obj) {
		first = bpf_object__find_map_by_name(bench.xdp->obj, bpf_map__name(map));
		if (first)
			assert_int_equal(bpf_map__reuse_fd(map, bpf_map__fd(first)), 0);
	}
}

static void load(uint32_t max_sessions)
{
	set_plain_array(bench.xdp->maps.counters);
	set_plain_array(bench.xdp->maps.sent);
	bpf_map__set_max_entries(bench.xdp->maps.neighbours, BENCH_NEIGHBOURS);
	bpf_map__set_max_entries(bench.xdp->maps.sessions, session_records(max_sessions));
	bpf_map__set_max_entries(bench.xdp->maps.session_pool, session_records(max_sessions));
	bpf_map__set_max_entries(bench.xdp->maps.inside_index, session_buckets(max_sessions));
	bpf_map__set_max_entries(bench.xdp->maps.outside_index, session_buckets(max_sessions));
	bpf_map__set_max_entries(bench.xdp->maps.endpoints, max_sessions);
	bpf_map__set_max_entries(bench.xdp->maps.inside_endpoints, max_sessions);
	bpf_map__set_max_entries(bench.xdp->maps.permits, max_sessions);
	bpf_map__set_max_entries(bench.xdp->maps.recent, max_sessions);
	assert_int_equal(xdp_bpf__load(bench.xdp), 0);
	share_maps();
	assert_int_equal(tc_bpf__load(bench.tc), 0);
	bench.program[HOOK_XDP] = bpf_program__fd(bench.xdp->progs.erxdp_xdp);
	bench.program[HOOK_TC_INGRESS] = bpf_program__fd(bench.tc->progs.erxdp_ingress);
	bench.program[HOOK_TC_EGRESS] = bpf_program__fd(bench.tc->progs.erxdp_egress);
	bench.sweep = bpf_program__fd(bench.tc->progs.erxdp_sweep);
	bench.import = bpf_program__fd(bench.tc->progs.erxdp_import);
}

static void load_or_take(uint32_t max_sessions)
{
	bench.xdp = xdp_bpf__open();
	bench.tc = tc_bpf__open();
	assert_non_null(bench.xdp);
	assert_non_null(bench.tc);
	if (pins_take(max_sessions))
		return;
	load(max_sessions);
	pins_leave(max_sessions);
}

static void map_all(void)
{
	size_t len;

	bench.control = map_memory(bench.xdp->maps.control, &len);
	bench.route = map_memory(bench.xdp->maps.routes, &len);
	bench.route_chunk = map_memory(bench.xdp->maps.route_chunks, &len);
	bench.nexthop = map_memory(bench.xdp->maps.nexthops, &len);
	bench.group = map_memory(bench.xdp->maps.groups, &len);
	bench.uplink = map_memory(bench.xdp->maps.uplinks, &len);
	bench.bond = map_memory(bench.xdp->maps.bonds, &len);
	bench.policy = map_memory(bench.xdp->maps.policies, &len);
	bench.crowd = map_memory(bench.xdp->maps.crowds, &len);
	bench.ports = map_memory(bench.xdp->maps.port_state, &len);
	bench.counters = map_memory(bench.xdp->maps.counters, &len);
	bench.sent = map_memory(bench.xdp->maps.sent, &len);
}

static int open_with(uint32_t max_sessions)
{
	if (unshare(CLONE_NEWNET))
		fail_msg("a network namespace of its own: %s (root?)", strerror(errno));
	shell("ip link set lo up");
	load_or_take(max_sessions);
	map_all();
	routes_open();
	if (getrandom(bench.ports->secret, sizeof(bench.ports->secret), 0) < 0)
		fail_msg("getrandom: %s", strerror(errno));
	table_open();
	return 0;
}

int bench_open(void **state)
{
	(void)state;
	return open_with(BENCH_SESSIONS);
}

int bench_open_small(void **state)
{
	(void)state;
	return open_with(4);
}

int bench_open_large(void **state)
{
	(void)state;
	return open_with(150000);
}

int bench_close(void **state)
{
	(void)state;
	routes_close();
	tc_bpf__destroy(bench.tc);
	xdp_bpf__destroy(bench.xdp);
	return 0;
}

static int run_xdp(struct run *run, struct bpf_test_run_opts *opts)
{
	struct xdp_md ctx = {
		.data_end = run->frame.len,
		.ingress_ifindex = run->ifindex,
	};

	if (run->ifindex) {
		opts->ctx_in = &ctx;
		opts->ctx_size_in = sizeof(ctx);
	}
	return bpf_prog_test_run_opts(bench.program[HOOK_XDP], opts);
}

static int run_tc(struct run *run, struct bpf_test_run_opts *opts)
{
	struct __sk_buff skb = {
		.mark = run->mark,
		.ifindex = run->ifindex,
		.ingress_ifindex = run->iif,
		.gso_size = run->gso_size,
	};
	int err;

	opts->ctx_in = opts->ctx_out = &skb;
	opts->ctx_size_in = opts->ctx_size_out = sizeof(skb);
	err = bpf_prog_test_run_opts(bench.program[run->hook], opts);
	run->mark = skb.mark;
	return err;
}

int bench_run(struct run *run)
{
	static uint8_t out[FRAME_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = run->frame.data,
		    .data_size_in = run->frame.len, .data_out = out, .data_size_out = sizeof(out),
		    .repeat = 1);
	int err = run->hook == HOOK_XDP ? run_xdp(run, &opts) : run_tc(run, &opts);

	if (err)
		return err;
	run->ret = opts.retval;
	run->frame.len = opts.data_size_out;
	memcpy(run->frame.data, out, opts.data_size_out);
	return 0;
}

void tally_reset(void)
{
	memset(bench.counters, 0, COUNTER_INDEX(BENCH_SLOTS, 0, 0) * sizeof(*bench.counters));
	memset(bench.sent, 0, BENCH_SLOTS * sizeof(*bench.sent));
}

struct tally tally_read(void)
{
	struct tally tally = {};

	for (uint32_t i = 0; i < COUNTER_INDEX(BENCH_SLOTS, 0, 0); i++) {
		if (!bench.counters[i].packets || tally.entries++)
			continue;
		tally.slot = i / (HOOK_MAX * VERDICT_MAX);
		tally.hook = i / VERDICT_MAX % HOOK_MAX;
		tally.verdict = i % VERDICT_MAX;
		tally.counter = bench.counters[i];
	}
	return tally;
}
