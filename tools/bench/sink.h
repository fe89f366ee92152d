/* SPDX-License-Identifier: GPL-2.0-only */
/* The receiver: bench_sink on the far devices of all contenders, with one set of counters. */
#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "latency.h"
#include "sink_counts.h"

#define SINK_MAX_DEVICES 64

struct sink {
	struct sink_bpf *skel;
	struct bpf_link *link[SINK_MAX_DEVICES];
	unsigned int nlinks;
	int ncpus;
};

struct expectation {
	bool translated; /* the source is the outside address, else the flow's own */
	bool replying;	 /* answers: the destination is the flow's inside host */
	bool thorough;	 /* checksums are looked at */
	uint16_t tag;	 /* VLAN id; 0: none */
};

int sink_open(struct sink *sink);
void sink_close(struct sink *sink);

/* On a device of this thread's namespace, until sink_close(). */
int sink_attach(struct sink *sink, unsigned int ifindex);

/* What is right from now on. */
void sink_expect(struct sink *sink, const struct expectation *expectation);

/* The sums over all CPUs since sink_open(). */
struct sink_counts sink_read(const struct sink *sink);

/* Latencies of paced packets, by the parts of a pass (LATENCY_PARTS); the caller may empty them. */
struct latencies *sink_latencies(const struct sink *sink);

#endif
