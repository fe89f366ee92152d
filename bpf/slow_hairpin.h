/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hairpinned packets that are not for the fast path (fragments, IP options, a neighbour that is not
 * resolved). The kernel takes none whose source is one of its own addresses
 * (fib_validate_source), and no uplink's egress sees them; so both translations are done at TC
 * ingress, and the packet goes from there to the next device's neighbour table.
 */
#ifndef BPF_SLOW_HAIRPIN_H
#define BPF_SLOW_HAIRPIN_H

#include "forward.h"
#include "fragment.h"

/* Where the kernel would send it. */
static __noinline int slow_hairpin_route(ctx_t *ctx, struct pkt *pkt, struct nexthop *nexthop)
{
	struct bpf_fib_lookup fib;
	struct iface_key key = {};
	struct iface *iface;
	long ret;

	__builtin_memset(&fib, 0, sizeof(fib)); /* see slow_in_ask_kernel */
	fib.family = 2;				/* AF_INET */
	fib.l4_protocol = pkt->proto;
	fib.tot_len = ip_len_on_wire(ctx, pkt);
	fib.ifindex = ctx->ifindex;
	fib.ipv4_src = pkt->ip.saddr;
	fib.ipv4_dst = pkt->nat.daddr;
	ret = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	if (ret != BPF_FIB_LKUP_RET_SUCCESS && ret != BPF_FIB_LKUP_RET_NO_NEIGH)
		return V_DROP_HAIRPIN;
	nexthop->oif = fib.ifindex;
	key.ifindex = fib.ifindex;
	iface = bpf_map_lookup_elem(&ifaces, &key);
	nexthop->slot = iface ? iface->slot : 0;
	return CONTINUE;
}

/* CONTINUE with the packet as it came where it is none; V_REDIRECT with it ready to go. */
static __always_inline int slow_hairpin(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					struct nexthop *nexthop)
{
	int v = route_nexthop(pkt, ctl, nexthop);

	if (pkt->ttl <= 1 || (ctl->flags & CONTROL_HANDBACK) || !hairpin_route(pkt, nexthop, v))
		return CONTINUE;
	if (pkt->flags & PKT_FRAGMENT_LATER) {
		v = fragment_follow(ctx, pkt);
		if (v)
			return v == V_DROP_FRAGMENT ? CONTINUE : v;
	} else {
		v = hairpin(ctx, pkt, ctl, v);
		if (v) {
			pkt->nat = pkt->ip;
			pkt->inner_nat = pkt->inner;
			pkt->flags &= ~(PKT_HAIRPIN | PKT_TRANSLATE_IN | PKT_TRANSLATED);
			return verdict_is_drop(v) ? v : CONTINUE;
		}
		if (fragment_note(pkt))
			return V_DROP_FRAGMENT;
	}
	v = slow_hairpin_route(ctx, pkt, nexthop);
	if (v)
		return v;
	pkt->flags |= PKT_ASK_NEIGHBOUR;
	v = rewrite_ip(ctx, pkt, 1);
	return v ? v : V_REDIRECT;
}

#endif
