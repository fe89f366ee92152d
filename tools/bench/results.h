/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of result.c and machine.c, read again, with what the comparison of them adds. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats.h"

/* The 99th percentile of the latency of packets that were paced, as the row's own figures are the
 * 50th's; all: of all packets of the run, those in interrupted parts among them. */
struct tail {
	double median, min, low, high, all;
	double net, net_min;
	struct samples turns;
};

/*
 * Nanoseconds a packet. net: less what generator and sink cost alone; times: as a multiple of erxdp
 * in native mode under the same load, 0 where it was not measured. Both are worked out for each
 * round, in which all had their turns in the same moments, and are the medians of that: a machine
 * is now faster, now slower. net_min is of the fastest samples.
 */
struct row {
	const char *suite, *contender, *kind;
	const char *kernel; /* where it is not that of the machine */
	bool instructions;  /* a packet, instead of nanoseconds */
	uint64_t flows, routes, cores, tag, moved, repeated;
	double median, min, low, high;
	double net, net_min;
	double gap; /* paced: mean ns from one packet to the next; else 0 */
	double times, times_net;
	struct samples turns;
	struct tail tail;
};

struct results {
	struct json_object *lines; /* an array; what the rows' strings belong to */
	struct json_object *machine;
	struct row *row;
	size_t n;
};

/* 0, or -1 with a message. */
int results_read(struct results *results, const char *path);
void results_free(struct results *results);

/* Whether both are of one table: the same suite with the same load. */
bool results_same_table(const struct row *a, const struct row *b);

/* Fails, with a message, if a contender was no dearer than the generator and the sink alone, at
 * their fastest: then these would be what was measured. */
int results_check(const struct results *results);

#endif
