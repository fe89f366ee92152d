/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * First fragments without the whole TCP header (RFC 1858 section 3.2.1). No honest sender's are
 * like that: every link takes 68 bytes (RFC 791). Put together by the kernel, one for an outside
 * address would be answered with a reset in an inside host's name, and one from an inside host
 * would leave with a port of the kernel's choice, which may be another session's, since TC egress
 * cannot mend the checksum that lies in the fragment behind it.
 */
#ifndef BPF_SLOW_TINY_H
#define BPF_SLOW_TINY_H

#include "slow_in.h"

/* What TC ingress makes of a packet that parse calls truncated. */
__noinline int slow_tiny(ctx_t *ctx, struct pkt *pkt, struct control *ctl, struct nexthop *nexthop)
{
	if (!pkt || !ctl || !nexthop || !(pkt->flags & PKT_FRAGMENT_FIRST) ||
	    pkt->proto != IPPROTO_TCP)
		return V_PASS_TRUNCATED;
	if ((pkt->iface_flags & IFACE_UPLINK) && addr_is_local(pkt->ip.daddr))
		return V_DROP_MALFORMED;
	if (slow_in_egress(ctx, pkt, ctl, nexthop) || is_exempt(pkt, ctl))
		return V_PASS_TRUNCATED;
	return V_DROP_MALFORMED;
}

#endif
