/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets through one contender: sent, waited for, compared, timed. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "contender.h"
#include "sink.h"

#define RUN_MAX_CORES 16
#define RUN_ALONE     8192 /* packets of run_alone() */

struct run {
	struct generator gen[RUN_MAX_CORES]; /* one a core */
	unsigned int cores;
	struct sink sink;
};

int run_open(struct run *run, unsigned int cores);
void run_close(struct run *run);

/* The sink's programs at both ends of the contender, which answers come back to, too. */
int run_attach(struct run *run, const struct contender *contender);

/* Each flow once, every packet looked at whole; then an answer to each, where it translates, so
 * that the sessions are as those of a conversation. 0, or -1 with a message. */
int run_warm_up(struct run *run, struct contender *contender, const struct traffic *traffic);

/*
 * As many packets of the traffic, from the flow on at which the last call for this contender ended,
 * and a sample of each interval; of each second one, where the others are a flood. 0, or -1 with a
 * message if one did not arrive or is not what it should be.
 */
int run_timed(struct run *run, struct contender *contender, const struct traffic *traffic,
	      uint32_t packets);

/* One core, packets one by one: contender->alone, in ns a packet, generator and sink included.
 * Packets of the traffic's at random times (traffic->gap), and a sample of each part's percentiles;
 * contender->latencies must be there. Both: 0, or as run_timed(). */
int run_alone(struct run *run, struct contender *contender, const struct traffic *traffic);
int run_paced(struct run *run, struct contender *contender, const struct traffic *traffic,
	      unsigned int parts);

#endif
