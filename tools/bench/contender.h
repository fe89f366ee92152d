/* SPDX-License-Identifier: GPL-2.0-only */
/* A contender as the command line names it, and what was measured of it. */
#ifndef BENCH_CONTENDER_H
#define BENCH_CONTENDER_H

#include <net/if.h>
#include <stdbool.h>

#include "generator.h"
#include "latency.h"
#include "stats.h"

enum kind { KIND_DIRECT, KIND_ROUTED, KIND_SNAT, KIND_STAGE };

struct contender {
	char name[32], router[IFNAMSIZ - 2];
	enum kind kind;
	unsigned int near, far; /* devices in the generator's and in the sink's namespace */
	uint32_t at;		/* where among the flows the next packet is */
	uint32_t fresh;		/* new flows begun since all were forgotten */
	struct series cost;	/* ns a packet; of packets that are paced, the median latency */
	struct series tail;	/* paced: the 99th percentile of the latency, ns */
	struct latencies *latencies; /* paced: of all turns together */
	double alone;		     /* paced: ns a packet, one by one, when it was tried last */
	double gap; /* paced: mean ns from one packet to the next, the sum over the turns */
	uint64_t sent, arrived, moved;
	unsigned int repeated; /* turns and warm-ups that lost packets */
};

/* Reads NAME:ROUTER:KIND and finds the devices. 0, or -1 with a message. */
int contender_parse(struct contender *contender, const char *text);

const char *contender_kind(const struct contender *contender);

/* What is sent through it: to public destinations if it translates. */
struct traffic contender_traffic(const struct contender *contender, uint32_t flows);

/* The samples of the turn are complete. */
void contender_end_turn(struct contender *contender);
void contender_free(struct contender *contender);

#endif
