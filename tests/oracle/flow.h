/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of a run, under their inside tuple, with the outside port that each router gave them.
 * The port is learnt from what comes out, and is what makes the same step another packet for each
 * router.
 */
#ifndef ORACLE_FLOW_H
#define ORACLE_FLOW_H

#include "frame.h"
#include "step.h"

#define FLOWS_MAX 4096

struct flow {
	uint32_t host, remote;
	uint16_t port, rport;
	uint8_t proto;
	bool retired;	     /* the routers' states differ by an accepted difference */
	bool knocked;	     /* a packet came from outside before one had left */
	bool fresh;	     /* a port was learnt by the last step */
	bool closed;	     /* TCP: a FIN or RST was seen */
	bool known[ROUTERS]; /* it has an outside port */
	uint16_t outside[ROUTERS];
	unsigned int used; /* number of the last step that kept it alive */
};

#define SEGMENTS_MAX 8192

/* A TCP segment that was sent. */
struct segment {
	const struct flow *flow; /* NULL: forgotten */
	uint32_t from;		 /* enum side */
	bool syn;
	uint32_t seq, end; /* its first sequence number, and the one behind it */
};

struct flows {
	unsigned int count;
	unsigned int number; /* of the step */
	unsigned int
		idle; /* number of the step at the last silence: who was used before has ended */
	struct flow flow[FLOWS_MAX];
	unsigned int nsegments;
	struct segment segment[SEGMENTS_MAX];
};

/* The step's flow, made where it is new; NULL where there are too many. */
struct flow *flow_of(struct flows *flows, const struct step *step);
/* Of a protocol without ports: may another flow have what answers from this flow's peer? */
bool flow_peer_is_shared(const struct flows *flows, const struct flow *flow);
/* The two routers' states differ: it is left alone, and who shares its peer with it. */
void flow_retire(struct flows *flows, struct flow *flow);
/* The outside port to write into the step's packets for router r. */
uint16_t flow_port(const struct flow *flow, const struct step *step, enum router r);
/* Notes that the step is the flow's. */
void flow_use(struct flows *flows, struct flow *flow, const struct step *step);
/* Notes the outside port of what came out; false where another live flow has it. */
bool flow_learn(struct flows *flows, struct flow *flow, const struct step *step, enum router r,
		const struct frames *outside);
/* Has another flow of the same inside address and port the same outside port? */
bool flow_has_sibling(const struct flows *flows, const struct flow *flow, enum router r);
/* Another flow that wants the same tuple outside, and has, or had, something about it. */
enum flow_rival {
	RIVAL_KNOCKED, /* it was asked for from outside */
	RIVAL_RETIRED,
	RIVAL_CLOSED,
	RIVAL_MOVED, /* erxdp gave it another port */
};
bool flow_has_rival(const struct flows *flows, const struct flow *flow, enum flow_rival kind);
/* Did that side of a TCP flow send this sequence number, or stand at it? Not in a SYN after which
 * it has tried another. True where it is not known any more. */
bool flow_sent(const struct flows *flows, const struct flow *flow, enum side from, uint32_t seq);
/* Whose is the step's packet? Of one from outside his who has its tuple, or `flow` where nobody
 * has; NULL where it is not the same flow's to both routers. */
struct flow *flow_receiver(struct flows *flows, struct flow *flow, const struct step *step);
/* Who has this outside port towards that remote? Or NULL. */
struct flow *flow_behind(struct flows *flows, enum router r, uint8_t proto, uint16_t outside,
			 uint32_t remote, uint16_t rport);

#endif
