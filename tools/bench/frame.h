/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frames of the benchmark, as the generator makes them and the sink expects them: 60 bytes (64
 * with the checksum that a wire would add), UDP over IPv4, with a number of their flow behind the
 * headers by which the sink knows them again.
 */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <linux/udp.h>

#define BENCH_MAGIC 0x65727864U

/* Inside hosts, and the source ports of one destination; a port that is free is kept by every
 * contender, so nobody pays for searching one. */
#define BENCH_HOSTS	 250
#define BENCH_FIRST_PORT 1024
#define BENCH_PORTS	 64000
#define BENCH_DPORT	 5000

#define BENCH_INSIDE  0x0a4f0002U /* 10.79.0.2 and on */
#define BENCH_OUTSIDE 0xcb007102U /* 203.0.113.2 */

/* The router's uplink has this index in each router's namespace. */
#define BENCH_UPLINK_INDEX 10

struct bench_payload {
	__u32 magic;
	__u32 flow;
	__u64 due;  /* ns (CLOCK_MONOTONIC) at which it should leave; 0: it is not paced */
	__u16 part; /* of the pass, in which latencies are counted together */
} __attribute__((packed));

struct bench_frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct bench_payload payload;
} __attribute__((packed));

_Static_assert(sizeof(struct bench_frame) == 60, "the shortest frame of Ethernet");

#define BENCH_TAG 4

/* The generator notes the time before each so many packets: some batches, and short enough that the
 * scheduler interrupts few of them even where others want the core. */
#define BENCH_INTERVAL 256
#define BENCH_STAMPS   256

/* What one destination, and what the destinations are, host byte order. */
struct bench_targets {
	__u32 first;
	__u32 step;   /* from one destination to the next */
	__u32 each;   /* flows to one destination ... */
	__u32 number; /* ... and after so many destinations from the first one again */
};

static inline __u32 bench_source(__u32 flow)
{
	return BENCH_INSIDE + flow % BENCH_HOSTS;
}

static inline __u16 bench_port(__u32 flow)
{
	return BENCH_FIRST_PORT + flow % BENCH_PORTS;
}

static inline __u32 bench_target(const struct bench_targets *to, __u32 flow)
{
	return to->first + flow / to->each % to->number * to->step;
}

#endif
