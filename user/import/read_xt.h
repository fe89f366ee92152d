/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of iptables-nft's rules that nftables keeps as iptables' own bytes: libnftables says no
 * more of them than a name, so they are read with libnftnl. */
#ifndef ERXDP_READ_XT_H
#define ERXDP_READ_XT_H

#include "rule.h"

struct xt_rules;

/* All rules of the family "ip". 0 or a negative errno; free it with xt_rules_free(). */
int xt_rules_read(struct xt_rules **rules);
void xt_rules_free(struct xt_rules *rules); /* or NULL */
/* Applies the n-th (from 0) such part of the rule with that handle to *rule; one that is gone makes
 * it a rule that is not understood. */
void xt_rules_apply(const struct xt_rules *rules, struct nat_ruleset *set,
		    const struct import_host *host, struct nat_rule *rule, const char *table,
		    unsigned int n);

#endif
