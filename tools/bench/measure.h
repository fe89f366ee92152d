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
	LOAD_HALF,   /* latencies of established ones, at half of what each contender can take */
	LOAD_HALF_LEAST, /* the same, at half of what the slowest contender can take */
};

static inline bool load_is_paced(enum load load)
{
	return load == LOAD_HALF || load == LOAD_HALF_LEAST;
}

/* A turn is long enough that a contender finds its tables in the caches as a router that does
 * nothing else would; most of its samples are not interrupted. */
#define MEASURE_PACKETS ((BENCH_STAMPS - 1) * BENCH_INTERVAL + 1)

struct measurement {
	const char *suite;
	enum load load;
	uint32_t flows, routes; /* routes: 0: what the router has anyway */
	uint32_t packets;	/* of a turn, at most and by default MEASURE_PACKETS */
	uint16_t tag;		/* VLAN id on the generator's side; 0: none */
	unsigned int cores, rounds;
	const char
		*forget; /* command that makes the router in its last argument forget its flows */
	struct contender *contender;
	unsigned int n;
};

/* 0, or -1 with a message. */
int measure(struct measurement *m);

#endif
