/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hairpinned packets that are not for the fast path (fragments, IP options, a TTL that ends here, a
 * next link that is too small, a neighbour that is not resolved): the kernel forwards them, cuts
 * them up, or answers. It takes none whose source is one of its own addresses
 * (fib_validate_source), so TC ingress translates the destination alone, and TC egress of whatever
 * interface the packet leaves by translates the source, by a note (hairpin_note.h). The kernel's
 * own ICMP errors quote the packet as it was in between, and are put right at TC egress too.
 */
#ifndef BPF_SLOW_HAIRPIN_H
#define BPF_SLOW_HAIRPIN_H

#include "forward.h"
#include "fragment.h"
#include "hairpin_note.h"
#include "mark.h"
#include "slow_fragment.h"

/* The packet as it came, to whoever looks at it next. */
static __always_inline void slow_hairpin_reset(struct pkt *pkt)
{
	pkt->nat = pkt->ip;
	pkt->inner_nat = pkt->inner;
	pkt->flags &= ~(PKT_HAIRPIN | PKT_TRANSLATE_IN | PKT_TRANSLATED);
}

/* TC ingress. CONTINUE with the packet as it came where it is none; V_SLOW_IN. */
static __always_inline int slow_hairpin(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					struct nexthop *nexthop)
{
	int v = route_nexthop(pkt, ctl, nexthop);

	if ((ctl->flags & (CONTROL_HANDBACK | CONTROL_CHANGEOVER)) ||
	    !hairpin_route(pkt, nexthop, v))
		return CONTINUE;
	if (pkt->flags & PKT_FRAGMENT_LATER) {
		pkt->flags |= PKT_HAIRPIN;
		v = slow_in_later(ctx, pkt, ctl);
	} else {
		v = hairpin(ctx, pkt, ctl, v);
		if (!v)
			v = icmp_error_check(ctx, pkt);
		if (!v)
			v = hairpin_note_put(pkt);
		if (!v)
			return slow_in_translated(ctx, pkt, ctl, CONTINUE);
		if (!verdict_is_drop(v))
			v = CONTINUE;
	}
	if (!v)
		slow_hairpin_reset(pkt);
	return v;
}

/* An ICMP error of this host's own kernel about a packet as it was between ingress and egress: the
 * sender gets it with the packet that he sent. */
static __always_inline int slow_hairpin_error(struct pkt *pkt)
{
	struct hairpin_note *note = hairpin_note_get(&pkt->inner, pkt->inner_proto, pkt->now);

	if (!note || pkt->ip.daddr != pkt->inner.saddr)
		return CONTINUE;
	pkt->inner_nat.daddr = note->daddr;
	pkt->inner_nat.dport = note->dport;
	pkt->flags |= PKT_TRANSLATED;
	return V_SLOW_ICMP;
}

/* TC egress. CONTINUE where the packet is not hairpinned; else the verdict, with pkt->nat or
 * pkt->inner_nat filled. */
__noinline int slow_hairpin_out(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct hairpin_note *note;
	int v;

	if (!pkt || !ctl || !(ctl->flags & CONTROL_ENDPOINTS))
		return CONTINUE;
	if ((pkt->flags & PKT_ICMP_ERROR) && !ctx->ingress_ifindex)
		return slow_hairpin_error(pkt);
	if (!mark_has(ctx, ctl, ERXDP_MARK_NOTRACK))
		return CONTINUE;
	if (pkt->flags & PKT_FRAGMENT_LATER) {
		v = fragment_follow(ctx, pkt);
		return !v ? V_SLOW_OUT : v == V_DROP_FRAGMENT ? CONTINUE : v;
	}
	note = hairpin_note_get(&pkt->ip, pkt->proto, pkt->now);
	if (!note)
		return CONTINUE;
	pkt->nat.saddr = note->saddr;
	pkt->nat.sport = note->sport;
	pkt->flags |= PKT_TRANSLATED;
	return fragment_note(pkt) ? V_DROP_FRAGMENT : V_SLOW_OUT;
}

#endif
