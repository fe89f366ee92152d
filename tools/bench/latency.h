/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latencies are counted in buckets, a histogram for each part of a pass: the sink's program does
 * it, and latency.c reads it. A bucket is one nanosecond wide below 128 of them; above, 64 buckets
 * share what lies between a power of two and the next one, so a bucket is less than 1.6 % wide.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <linux/types.h>

/* Packets of a part, few enough that the scheduler interrupts less than half of all parts where
 * others want the core too; and the parts of a pass. */
#define LATENCY_PART  1024
#define LATENCY_PARTS 16

/* Times between packets that the generator draws from, and how often it looks at the clock. */
#define LATENCY_GAPS	 1024
#define LATENCY_PATIENCE (1 << 20)

#define LATENCY_SHARE	64
#define LATENCY_OCTAVES 24 /* the longest latency: 2 s */
#define LATENCY_BUCKETS ((LATENCY_OCTAVES + 2) * LATENCY_SHARE)

struct latencies {
	__u64 packets[LATENCY_BUCKETS];
};

static inline __u32 latency_octave(__u32 ns)
{
	__u32 octave = 0;

	for (__u32 step = 16; step; step /= 2)
		if (ns >> step >= 2 * LATENCY_SHARE) {
			octave += step;
			ns >>= step;
		}
	return ns >= 2 * LATENCY_SHARE ? octave + 1 : octave;
}

static inline __u32 latency_bucket(__u64 latency)
{
	const __u32 longest = (2U * LATENCY_SHARE << LATENCY_OCTAVES) - 1;
	__u32 ns = latency < longest ? latency : longest;
	__u32 octave = latency_octave(ns);

	return octave * LATENCY_SHARE + (ns >> octave);
}

/* Below this share (0-1) of all packets, ns; 0 where there are none. */
double latency_percentile(const struct latencies *latencies, double share);

void latencies_add(struct latencies *to, const struct latencies *what);

#endif
