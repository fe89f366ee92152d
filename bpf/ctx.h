/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet's context: what differs between the XDP and the TC build of the stages, but for how a
 * packet leaves (l2_*.h, express_*.h). */
#ifndef BPF_CTX_H
#define BPF_CTX_H

#include <stdbool.h>

#ifdef ERXDP_TC
#include "ctx_skb.h"
#else
#include "ctx_xdp.h"
#endif

/* The second that this CPU was told last, and when: the coarse clock moves only with a tick, and
 * asking which tick it is costs nothing (bpf_jiffies64() is inlined). */
struct clock {
	__u64 tick;
	__u64 seconds;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock);
} clocks SEC(".maps");

/* Seconds of CLOCK_MONOTONIC, from the coarse clock (5.11). */
static __always_inline __u32 ctx_now(void)
{
	__u64 tick = bpf_jiffies64();
	__u32 zero = 0;
	struct clock *clock = bpf_map_lookup_elem(&clocks, &zero);

	if (!clock)
		return 0;
	if (clock->tick != tick) {
		clock->seconds = bpf_ktime_get_coarse_ns() / 1000000000ULL;
		clock->tick = tick;
	}
	return clock->seconds;
}

#endif
