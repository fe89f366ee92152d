/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator: a handful of flows that open, talk, close, reset and are forgotten, as a model of
 *what hosts do, and a share of everything that hosts should not do. A sequence depends on its seed
 *only.
 *
 *	gen.c       the flows, and which of them goes on
 *	gen_tcp.c   one connection's next segment
 *	gen_icmp.c  errors about a flow, from outside and from inside
 *	gen_odd.c   what is done to a good packet: damage, fragments, options, strange addresses
 */
#ifndef ORACLE_GEN_H
#define ORACLE_GEN_H

#include "random.h"
#include "step.h"

enum tcp_state { TCP_NEW, TCP_SYN_SENT, TCP_ANSWERED, TCP_OPEN, TCP_CLOSING, TCP_GONE };

struct talk {
	struct step tuple; /* the flow, everything else by default */
	enum tcp_state state;
	uint32_t out, in; /* TCP: next sequence number of either side; echo: of the request */
	bool fin_out, fin_in;
	unsigned int steps; /* so many went by */
};

#define TALKS 24

struct gen {
	struct random random;
	struct talk talk[TALKS];
	uint32_t id;
};

void gen_begin(struct gen *gen, uint64_t seed);
/* A sequence of `count` steps; with a silence of so many seconds in its middle unless 0. */
int gen_sequence(struct gen *gen, unsigned int count, unsigned int idle, struct sequence *sequence);

struct step gen_tcp(struct gen *gen, struct talk *talk);
struct step gen_error(struct gen *gen, const struct talk *talk);
/* May change the step into something odd; true where it may not arrive, so that nothing follows. */
bool gen_odd(struct gen *gen, struct step *step);
/* A packet of no flow. */
struct step gen_stray(struct gen *gen, const struct talk *talk);

#endif
