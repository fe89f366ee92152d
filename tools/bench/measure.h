/* SPDX-License-Identifier: GPL-2.0-only */
/* One measurement: contenders in turn, again and again, under one load. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "run.h"

enum load {
	LOAD_ESTABLISHED, /* flows that all know */
	LOAD_NEW,	  /* every packet begins one */
	LOAD_BESIDE, /* established ones are timed, and between two samples as many new ones begin
		      */
};

struct measurement {
	const char *suite;
	enum load load;
	uint32_t flows, routes; /* routes: 0: what the router has anyway */
	unsigned int cores, rounds;
	const char
		*forget; /* command that makes the router in its last argument forget its flows */
	struct contender *contender;
	unsigned int n;
};

/* 0, or -1 with a message. */
int measure(struct measurement *m);

#endif
