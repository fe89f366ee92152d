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

/* Of a thing that is measured in turns. */
struct series {
	struct samples turn;  /* of the turn that is under way */
	struct samples all;   /* of all turns */
	struct samples turns; /* each turn's median */
};

void samples_add(struct samples *samples, double value);
void samples_free(struct samples *samples);
/* Sorts them. All zero where there are none. */
struct summary samples_summary(struct samples *samples);

/* The samples of the turn are complete. */
void series_end_turn(struct series *series);
void series_free(struct series *series);

#endif
