/* SPDX-License-Identifier: GPL-2.0-only */
/* The differences that are meant, each with its name and its reason, at most ten; and those that
 * are known faults, so that a new one is not lost among them. */
#ifndef ORACLE_ACCEPT_H
#define ORACLE_ACCEPT_H

#include "compare.h"

/* What may be wrong with an exchange. */
#define WHY_BYTES	"what came out differs"
#define WHY_KERNEL_KEPT "netfilter kept the port, erxdp did not"
#define WHY_ERXDP_KEPT	"erxdp kept the port, netfilter did not"

struct accepted {
	const char *name, *reason;
	bool (*matches)(const struct exchange *x);
	bool bug;     /* known, and not meant: said at the end of every run */
	bool retires; /* the two routers' states differ from now on: the flow is left alone */
};

extern const struct accepted accepted[];
extern const unsigned int accepted_count;

/* The first that matches, or -1. */
int accept_difference(const struct exchange *x);

#endif
