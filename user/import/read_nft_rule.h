/* SPDX-License-Identifier: GPL-2.0-only */
/* One rule of nftables, from libnftables' JSON (libnftables-json(5)). */
#ifndef ERXDP_READ_NFT_RULE_H
#define ERXDP_READ_NFT_RULE_H

#include "rule.h"

struct json_object;
struct xt_rules;

struct nft_reader {
	struct nat_ruleset *set;
	const struct import_host *host;
	struct json_object *all; /* the array of all objects */
	struct xt_rules *xt;
};

void nft_read_rule(struct nft_reader *reader, struct nat_chain *chain, struct json_object *o);

#endif
