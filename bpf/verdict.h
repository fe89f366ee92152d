/* SPDX-License-Identifier: GPL-2.0-only */
/* Stage 6: how packets are counted. */
#ifndef BPF_VERDICT_H
#define BPF_VERDICT_H

#include "ctx.h"
#include "maps.h"
#include "pkt.h"

static __always_inline void counter_add(struct counter *counter, __u32 bytes)
{
	if (!counter)
		return;
	counter->packets++;
	counter->bytes += bytes;
}

/* A frame of interface `slot` with its verdict at this hook. */
static __always_inline void count(__u32 slot, __u32 bytes, enum hook hook, int verdict)
{
	__u32 index = COUNTER_INDEX(slot, hook, verdict);

	counter_add(bpf_map_lookup_elem(&counters, &index), bytes);
}

/* A packet that leaves by interface `slot` from here. */
static __always_inline void count_sent(__u32 slot, __u32 bytes)
{
	counter_add(bpf_map_lookup_elem(&sent, &slot), bytes);
}

static __always_inline bool verdict_is_fast(int verdict)
{
	return verdict == V_TX || verdict == V_REDIRECT;
}

static __always_inline bool verdict_is_drop(int verdict)
{
	return verdict >= V_DROP_BLACKHOLE && verdict < V_SLOW_OUT;
}

#endif
