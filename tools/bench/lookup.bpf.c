// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups by themselves, again and again, for sessions and addresses at random: erxdp's own code
 * over its own maps, and beside it what BPF brings for the same job.
 */
#include <bpf/bpf_endian.h>

#include "route.h"
#include "session_table.h"

#include "lookup.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct request);
} requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow);
	__type(value, __u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ERXDP_MAX_ROUTES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix_key);
	__type(value, __u32);
} trie SEC(".maps");

/* Session n, of 256 inside hosts. */
static __always_inline void flow_fill(struct flow *flow, __u32 addr, __u32 n)
{
	__u64 *word = (void *)flow;

	word[0] = addr | (__u64)(n >> 14) << 32;
	word[1] = (n & 0x3fff) | 53 << 16 | 17ULL << 32;
}

static __always_inline void flow_inside(struct flow *flow, __u32 n)
{
	flow_fill(flow, 0x0a000000 | (n & 0xff), n >> 8 | n << 24);
}

static __always_inline void flow_outside(struct flow *flow, __u32 n)
{
	flow_fill(flow, 0xc6336401, n);
}

static __always_inline __u32 random_next(struct request *request)
{
	request->random = request->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return request->random >> 32;
}

static __always_inline struct request *request_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&requests, &zero);
}

/* Enters session n, as the programs do. */
static long fill_step(__u32 i, void *unused)
{
	struct request *request = request_get();
	__u32 n = request ? request->first + i : 0;
	__u32 number = session_reserve();
	struct session *session = session_at(number);
	__u64 value = number;

	(void)unused;
	if (!request || !number || !session)
		return 1;
	flow_inside(&session->inside, n);
	flow_outside(&session->outside, n);
	if (session_enter_outside(number))
		return 1;
	session->life += LIFE_LIVE - LIFE_MAKING;
	if (session_enter_inside(number) ||
	    bpf_map_update_elem(&hash, &session->inside, &value, BPF_NOEXIST))
		return 1;
	request->found++;
	return 0;
}

static __always_inline bool session_is_found(struct request *request, __u32 what, __u32 n)
{
	struct flow flow;
	__u64 *value;

	if (what == LOOKUP_OUTSIDE) {
		flow_outside(&flow, n);
		return session_find_mapped(&flow);
	}
	flow_inside(&flow, n);
	if (what == LOOKUP_INSIDE)
		return session_find_inside(&flow);
	if (what == LOOKUP_NONE)
		return flow.remote != request->first;
	value = bpf_map_lookup_elem(&hash, &flow);
	return value && *value;
}

static __always_inline bool route_is_found(__u32 what, __be32 addr)
{
	struct prefix_key key = {.prefixlen = 32, .addr = addr};

	if (what == LOOKUP_ROUTE)
		return route_lookup(addr);
	return what == LOOKUP_ADDRESS ? addr : bpf_map_lookup_elem(&trie, &key) != NULL;
}

static long lookup_step(__u32 i, void *unused)
{
	struct request *request = request_get();
	__u32 random;

	(void)i;
	(void)unused;
	if (!request)
		return 1;
	random = random_next(request);
	if (request->what < LOOKUP_ADDRESS)
		request->found +=
			session_is_found(request, request->what, (__u64)random * request->n >> 32);
	else
		request->found += route_is_found(request->what, random);
	return 0;
}

SEC("xdp")
int bench_lookup(struct xdp_md *ctx)
{
	struct request *request = request_get();

	(void)ctx;
	if (!request)
		return XDP_ABORTED;
	if (request->what == LOOKUP_FILL)
		bpf_loop(request->runs, fill_step, NULL, 0);
	else
		bpf_loop(request->runs, lookup_step, NULL, 0);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
