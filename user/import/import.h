/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's NAT rules, made into a configuration that means the same. */
#ifndef ERXDP_IMPORT_H
#define ERXDP_IMPORT_H

#include "config.h"
#include "rule.h"

/* What cannot be expressed and belongs to no rule, and what was read besides rules. */
struct import_note {
	struct import_note *next;
	const char *text;
	const char *remedy; /* of a refusal; else NULL */
};

struct import {
	struct nat_ruleset set;
	struct import_host host;
	struct config *config; /* comes with the defaults in it */
	bool ports_known;      /* has a rule said which outside ports, or that it is any? */
	struct import_note *refusals, *notes;
};

/* Works config out from host and rules and gives every rule its fate. Marks as uplinks, too, the
 * devices that rules translate for. */
void import_evaluate(struct import *im);
/* How many refusals there are, the rules' included. 0: the configuration means the same. */
unsigned int import_refused(const struct import *im);

void import_note(struct import *im, const char *text);
void import_refuse(struct import *im, const char *text, const char *remedy);

/* translate.c: what leaves, into config. */
void import_translate(struct import *im);
/* forward.c: what is forwarded to inside hosts. */
void import_forward(struct import *im);

#endif
