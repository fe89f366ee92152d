/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packets meet which rule. The rules are gone through in the kernel's order: a chain from its
 * top, jumps and returns, and the base chains of a hook by priority. A packet that one base chain
 * accepts without a translation goes on to the next (nf_nat_inet_fn() asks all of them until one
 * has translated), so an exemption in one table is none in another.
 */
#ifndef ERXDP_WALK_H
#define ERXDP_WALK_H

#include "rule.h"

/* The packets of `box` that met the rule; what became of them is the rule's verdict. */
struct hit {
	struct hit *next;
	struct nat_rule *rule;
	struct box box;
};

struct walk {
	struct nat_ruleset *set;
	struct hit *hits, *last; /* in the order of the rules */
	bool count;		 /* note at each rule that it was met */
	bool too_many;		 /* given up: more pieces than can be followed */
};

/* Sends the packets through the hook's base chains. */
void walk_hook(struct walk *walk, enum nat_hook hook, space packets);

/* Does it translate the source? */
bool rule_translates(const struct nat_rule *rule);

#endif
