/* SPDX-License-Identifier: GPL-2.0-only */
/* The receiver: bench_sink on the far devices of all contenders, with one set of counters. */
#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include <stdbool.h>

#include "sink_counts.h"

#define SINK_MAX_DEVICES 64

struct sink {
	struct sink_bpf *skel;
	struct bpf_link *link[SINK_MAX_DEVICES];
	unsigned int nlinks;
	int ncpus;
};

int sink_open(struct sink *sink);
void sink_close(struct sink *sink);

/* On a device of this thread's namespace, until sink_close(). */
int sink_attach(struct sink *sink, unsigned int ifindex);

/* What is right from now on. */
void sink_expect(struct sink *sink, bool translated, bool replying, bool thorough);

/* The sums over all CPUs since sink_open(). */
struct sink_counts sink_read(const struct sink *sink);

#endif
