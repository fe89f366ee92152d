/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of a packet through the fast path, the same in XDP and in TC: classify, undo the
 * translation, route, translate, rewrite. parse comes before, because a packet that cannot be
 * parsed is counted too.
 *
 * express.h asks the same questions of plain packets, before these stages see them: what a stage is
 * to ask more, is to be asked there too. tests/prog/test_express.c compares both.
 */
#ifndef BPF_FORWARD_H
#define BPF_FORWARD_H

#include "classify.h"
#include "exempt.h"
#include "hairpin.h"
#include "icmp_error.h"
#include "nat.h"
#include "parse.h"
#include "refuse.h"
#include "rewrite.h"
#include "route.h"
#include "unsolicited.h"
#include "verdict.h"
#include "way.h"

#ifdef ERXDP_TC
#include "l2_skb.h"
#else
#include "l2_xdp.h"
#endif

/* Parses, finds the interface, and sets what both hooks need. The verdict of a packet that is not
 * ours. */
__noinline int receive(ctx_t *ctx, struct pkt *pkt)
{
	struct control *ctl = control_get();
	int v, unknown;

	if (!pkt || !ctl)
		return V_PASS_TRUNCATED;
	pkt->generation = *(volatile __u32 *)&ctl->generation;
	v = parse(ctx, pkt);
	unknown = classify_iface(ctx, pkt);
	pkt->now = ctx_now();
	return v ? v : unknown;
}

/* Where the packet leaves, for nat_out. */
static __always_inline void set_egress(struct pkt *pkt, __u32 slot, const struct nexthop *nexthop)
{
	pkt->out_slot = slot;
	pkt->towards = nexthop->flags & NEXTHOP_ONLINK ? pkt->ip.daddr : nexthop->gateway;
}

static __always_inline int translate_out(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					 const struct nexthop *nexthop)
{
	int v;

	if (pkt->flags & PKT_TRANSLATE_IN)
		return CONTINUE;
	set_egress(pkt, nexthop->slot, nexthop);
	if ((nexthop->flags & NEXTHOP_UPLINK) && uplink_would_loop(pkt))
		return uplink_loop_verdict(ctl);
	/* The kernel forwards nothing that claims to come from itself (fib_validate_source); a new
	 * session asks the same. */
	if (!(nexthop->flags & NEXTHOP_UPLINK) || is_exempt(pkt, ctl))
		return addr_is_local(pkt->ip.saddr) ? V_PASS_SOURCE : CONTINUE;
	v = nat_out_unless_changing(ctx, pkt, ctl, V_PASS_SUSPENDED);
	return refuse_kind(v) ? refuse(pkt, ctl, v) : v;
}

/* Looks the route up again, of what turned out not to be for this host. */
__noinline int route_again(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
			   struct nexthop *nexthop)
{
	/* XDP needs no ctx for it, and the compiler would then pass anything. */
	asm volatile("" : : "r"(ctx));
	return pkt && ctl && nexthop ? route(ctx, pkt, ctl, nexthop) : V_DROP_REWRITE;
}

/* All the questions, for a packet of which no session knows where it leaves. */
static __always_inline int decide(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
				  struct nexthop *nexthop)
{
	int v = nat_in(ctx, pkt, ctl);

	if (!v)
		v = unsolicited(ctx, pkt, ctl);
	if (!v)
		v = route(ctx, pkt, ctl, nexthop);
	if (hairpin_possible(pkt, ctl) && hairpin_route(pkt, nexthop, v)) {
		v = hairpin(ctx, pkt, ctl, v);
		if (!v)
			v = route_again(ctx, pkt, ctl, nexthop);
	}
	if (!v)
		v = egress_ready(pkt, nexthop);
	if (!v)
		v = translate_out(ctx, pkt, ctl, nexthop);
	if (!v)
		v = icmp_error_check(ctx, pkt);
	if (!v)
		way_note(pkt);
	return v;
}

/* V_TX or V_REDIRECT with the packet ready to go, or the verdict with the packet as it came. */
static __always_inline int forward(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
				   struct nexthop *nexthop)
{
	int v;

	if (!control_in_charge(ctl))
		return V_PASS_SUSPENDED;
	v = classify(ctx, pkt);
	if (!v) {
		v = way_known(ctx, pkt, ctl, nexthop);
		if (v == WAY_UNKNOWN)
			v = decide(ctx, pkt, ctl, nexthop);
		else if (!v)
			v = egress_ready(pkt, nexthop);
	}
	if (!v)
		v = rewrite_l2(ctx, pkt, nexthop);
	if (!v)
		v = rewrite_ip(ctx, pkt, 1);
	if (v)
		return v;
	return nexthop->port == pkt->port ? V_TX : V_REDIRECT;
}

#endif
