/* SPDX-License-Identifier: GPL-2.0-only */
/* What two routers made of one step, side by side. */
#ifndef ORACLE_COMPARE_H
#define ORACLE_COMPARE_H

#include "flow.h"
#include "wire.h"

struct exchange {
	const struct step *step;
	struct flow *flow;
	const struct flows *flows;
	struct frames sent[ROUTERS];
	struct output raw[ROUTERS];
	struct output got[ROUTERS]; /* normalised */
	const char *why;	    /* what is wrong, NULL where nothing is */
};

/* Equal in every byte, in order. */
bool compare_frames(const struct frames *a, const struct frames *b);
bool compare_exchange(const struct exchange *x);
void compare_print(FILE *to, const struct exchange *x);

#endif
