/* SPDX-License-Identifier: GPL-2.0-only */
/* What leaves by an uplink and is not to be translated. */
#ifndef BPF_EXEMPT_H
#define BPF_EXEMPT_H

#ifdef ERXDP_TC
#include "fragment.h"
#endif
#include "maps.h"
#include "nat.h"

/* True of what is exempt wherever it leaves; false says nothing. */
static __always_inline bool exempt_common(const struct control *ctl, __be32 daddr)
{
#pragma unroll
	for (__u32 i = 0; i < ERXDP_MAX_COMMON; i++) {
		/* In one load, or it might be half of one prefix and half of another. */
		__u64 row = *(volatile __u64 *)&ctl->common[i];

		if (!row)
			return false;
		if ((daddr & (__u32)(row >> 32)) == (__u32)row)
			return true;
	}
	return false;
}

static __always_inline bool exempt_listed(const struct pkt *pkt, const struct control *ctl)
{
	struct exempt_key key = {.prefixlen = 64, .slot = pkt->out_slot, .addr = pkt->ip.daddr};

	if (exempt_common(ctl, pkt->ip.daddr) || bpf_map_lookup_elem(&exempt_dst, &key))
		return true;
	if (!(ctl->flags & CONTROL_EXEMPT_SRC))
		return false;
	key.addr = pkt->ip.saddr;
	return bpf_map_lookup_elem(&exempt_src, &key);
}

/* Is it an answer, or an ICMP error, to what came in by a forwarding or a mapping? */
static __always_inline bool exempt_answers(struct pkt *pkt, struct control *ctl)
{
	struct session *session;
	struct flow inside;

	if (!(ctl->flags & CONTROL_ENDPOINTS))
		return false;
#ifdef ERXDP_TC
	if (pkt->flags & PKT_FRAGMENT_LATER)
		return fragment_known(pkt);
#endif
	inside = pkt->flags & PKT_ICMP_ERROR ? flow_inward(&pkt->inner, pkt->inner_proto)
					     : flow_outward(&pkt->ip, pkt->proto);
	session = session_find(&inside, ctl, pkt->now);
	return session && (session->flags & SESSION_INBOUND);
}

/* Is this packet not to be translated where it leaves by the uplink pkt->out_slot? Whoever has
 * called an outside address is answered by it, exempt or not. */
__noinline bool is_exempt(struct pkt *pkt, struct control *ctl)
{
	if (!pkt || !ctl)
		return false;
	return exempt_listed(pkt, ctl) && !exempt_answers(pkt, ctl);
}

#endif
