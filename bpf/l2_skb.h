/* SPDX-License-Identifier: GPL-2.0-only */
/* The link header in TC: the packet is redirected to the device that the kernel routes by, which
 * puts its own tags on; only the MACs are ours. */
#ifndef BPF_L2_SKB_H
#define BPF_L2_SKB_H

#include <linux/if_ether.h>

#include "ctx.h"
#include "pkt.h"

static __always_inline int egress_ready(const struct pkt *pkt, const struct nexthop *nexthop)
{
	(void)pkt;
	(void)nexthop;
	return CONTINUE;
}

static __always_inline int rewrite_l2(ctx_t *ctx, struct pkt *pkt, const struct nexthop *nexthop)
{
	__u8 macs[2 * ETH_ALEN];

	(void)pkt;
	__builtin_memcpy(macs, nexthop->dmac, ETH_ALEN);
	__builtin_memcpy(macs + ETH_ALEN, nexthop->smac, ETH_ALEN);
	return bpf_skb_store_bytes(ctx, 0, macs, sizeof(macs), 0) ? V_DROP_REWRITE : CONTINUE;
}

#endif
