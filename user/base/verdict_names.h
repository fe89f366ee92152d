/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and texts of verdicts, hooks and groups, all derived from the lists in include/erxdp. */
#ifndef ERXDP_VERDICT_NAMES_H
#define ERXDP_VERDICT_NAMES_H

#include <erxdp/maps.h>

/* The name users see: PASS_TTL is "pass-ttl". NULL where the list has no such number. */
const char *verdict_name(unsigned int verdict);
/* The sentence that goes with it, or NULL. */
const char *verdict_text(unsigned int verdict);
enum verdict_group verdict_group(unsigned int verdict);
/* "xdp", "tc-ingress", "tc-egress" */
const char *hook_name(enum hook hook);

/* Visits the verdicts of the list in the order of their numbers. */
#define verdict_for_each(v)                            \
	for (unsigned int v = 0; v < VERDICT_MAX; v++) \
		if (verdict_name(v))

#endif
