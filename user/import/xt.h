/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches and targets of iptables, as the kernel hands them out: the same bytes whether they were
 * read from iptables' own tables or from nftables' (iptables-nft). */
#ifndef ERXDP_XT_H
#define ERXDP_XT_H

#include <stddef.h>

#include "rule.h"

/* `data` is len bytes of what belongs to that name and revision. What is not known or too short
 * makes the rule one that is not understood. */
void xt_match(struct nat_ruleset *set, const struct import_host *host, struct nat_rule *rule,
	      const char *name, unsigned int revision, const void *data, size_t len);
void xt_target(struct nat_ruleset *set, struct nat_rule *rule, const char *name,
	       unsigned int revision, const void *data, size_t len);

#endif
