/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A SYN from outside to which no session answers (RFC 5382 REQ-4). With BEHAVIOUR_COMPAT it is the
 * kernel's, which answers with a RST, as it does beside MASQUERADE. With BEHAVIOUR_RFC it is
 * dropped in silence, unless a socket of this host waits for it: whoever opens from both sides at
 * once (RFC 5128 section 3.4) would otherwise have its own attempt ended by that RST.
 */
#ifndef BPF_UNSOLICITED_H
#define BPF_UNSOLICITED_H

#include <linux/in.h>

#include "nat.h"
#include "policy.h"
#include "port.h"

__noinline int unsolicited_syn(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct policy *policy;
	struct uplink *uplink;
	struct flow outside;
	__u32 slot;

	if (!pkt || !ctl || !control_knows_all(ctl))
		return CONTINUE;
	slot = pkt->slot;
	uplink = bpf_map_lookup_elem(&uplinks, &slot);
	policy = uplink ? policy_get(uplink->policy) : NULL;
	if (!policy || policy->behaviour != BEHAVIOUR_RFC)
		return CONTINUE;
	if (uplink_verify_address(slot, pkt->ip.daddr))
		return CONTINUE;
	outside = flow_inward(&pkt->ip, pkt->proto);
	return port_is_local(ctx, &outside) ? CONTINUE : V_DROP_FILTERED;
}

/* CONTINUE, or V_DROP_FILTERED; asked after nat_in, which knows all sessions. */
static __always_inline int unsolicited(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	if (pkt->proto != IPPROTO_TCP || !(pkt->iface_flags & IFACE_UPLINK))
		return CONTINUE;
	if ((pkt->flags & PKT_TRANSLATE_IN) || !tcp_opens(pkt))
		return CONTINUE;
	return unsolicited_syn(ctx, pkt, ctl);
}

#endif
