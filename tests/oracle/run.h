/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends sequences of steps through both routers and compares. */
#ifndef ORACLE_RUN_H
#define ORACLE_RUN_H

#include "compare.h"
#include "wire.h"

#define ACCEPTED_MAX 20 /* rows of the table, faults included */

struct run {
	struct wire wire;
	struct flows flows;
	struct exchange x;
	const char *reset;    /* command that forgets erxdp's sessions */
	double silence_limit; /* seconds after which idle flows could end by themselves */
	bool sabotage;	      /* damage what erxdp sent, so that the oracle must cry */
	bool explain;	      /* print every accepted difference, too */
	unsigned int survey;  /* so many differences are printed and passed over */
	double quiet_since;
	struct step step;	  /* with `salt` */
	uint32_t salt;		  /* so that another try has other identifications */
	double fragmented[65536]; /* when the identification was a datagram's in pieces, or 0 */
	unsigned long packets, steps, skipped, came_out, translated;
	unsigned long accepted[ACCEPTED_MAX];
};

enum outcome { RUN_SAME, RUN_DIFFERENT, RUN_LATE, RUN_BROKEN };

/* Both routers forget everything. */
int run_reset(struct run *run);
/* All steps, or up to the first one that differs: its index is then in *at. RUN_LATE: the sequence
 * took so long that timeouts would blur the comparison; it is over at *at. */
enum outcome run_sequence(struct run *run, const struct sequence *sequence, unsigned int *at);

#endif
