/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples and what they come to. Nanoseconds a packet, everywhere. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct samples {
	double *value;
	size_t n, room;
};

/* What is left of them: on a machine that does other things too, the median and the fastest say
 * most; the quartiles say how far to trust them. */
struct summary {
	double median, min, low, high; /* low, high: quartiles */
	size_t n;
};

void samples_add(struct samples *samples, double value);
void samples_free(struct samples *samples);
/* Sorts them. All zero where there are none. */
struct summary samples_summary(struct samples *samples);

#endif
