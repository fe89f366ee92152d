/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the rules of iptables-legacy by libiptc. */
#ifndef ERXDP_LEGACY_RULES_H
#define ERXDP_LEGACY_RULES_H

struct error;
struct ruleset;

/* Adds to *rs the tables that are there; no other is asked for, since that would make it. The
 * text of a rule names its matches, without their details. 0 or a negative errno with its
 * sentence. */
int legacy_rules_read(struct ruleset *rs, struct error *e);

#endif
