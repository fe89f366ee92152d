/* SPDX-License-Identifier: GPL-2.0-only */
/* The mirror's own state, and what its files call of one another. */
#ifndef ERXDP_MIRROR_PARTS_H
#define ERXDP_MIRROR_PARTS_H

#include "fib.h"
#include "mirror.h"
#include "nl.h"
#include "rib.h"

struct mirror {
	const struct config *config;
	struct rib *rib;
	struct fib *fib; /* NULL before mirror_start() */
	struct nl events, requests;
	int epoll, timer;

	unsigned int wanted; /* KIND_BIT()s to be dumped anew */
	bool armed;	     /* the timer runs, and will do it */
	uint64_t last_sync;  /* milliseconds: when the last one ended, and how long it took */
	uint64_t sync_took;

	/* The model may lack something, until a full dump has succeeded. */
	bool lost;
	char loss[160];
	bool trusted;
	char why[160];

	bool plan_changed;
	uint64_t resyncs, overruns, messages;
};

/* mirror_sync.c: the model kept equal to the kernel. */

/* Takes every waiting notification. Losses are noted, and no error. */
void mirror_drain(struct mirror *m);
/* Dumps these kinds into the model, then takes what was announced meanwhile. 0, or a negative
 * errno with the loss noted. */
int mirror_sync(struct mirror *m, unsigned int kinds);
/* Has mirror_sync() done soon, where something is wanted. */
void mirror_schedule_sync(struct mirror *m);

#endif
