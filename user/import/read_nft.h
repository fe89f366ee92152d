/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_READ_NFT_H
#define ERXDP_READ_NFT_H

#include "rule.h"

struct error;

/* Adds the NAT chains of nftables' families ip and inet, iptables-nft's among them, and the chains
 * that they could lead to. 0 or a negative errno with its sentence. */
int read_nft(struct nat_ruleset *set, const struct import_host *host, struct error *e);

#endif
