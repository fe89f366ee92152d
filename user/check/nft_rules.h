/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading nftables' IPv4 chains and rules by libnftables: JSON for what they are, and the same text
 * as `nft list ruleset` for people. erxdp's own table is left out.
 */
#ifndef ERXDP_NFT_RULES_H
#define ERXDP_NFT_RULES_H

struct error;
struct ruleset;

/* Adds to *rs. 0, also on a kernel that has no nf_tables loaded, which asking would load; or a
 * negative errno with its sentence. */
int nft_rules_read(struct ruleset *rs, struct error *e);
/* The same from the two texts, in which the numbers of handles join the rules. */
int nft_rules_parse(struct ruleset *rs, const char *json, const char *text);

#endif
