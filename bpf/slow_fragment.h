/* SPDX-License-Identifier: GPL-2.0-only */
/* Later fragments, which have no ports to find a session by; and what is done with a first one. */
#ifndef BPF_SLOW_FRAGMENT_H
#define BPF_SLOW_FRAGMENT_H

#include "fragment.h"
#include "held.h"
#include "mark.h"
#include "uplink.h"

/* To an outside address, before its first one. CONTINUE: the address is nobody's outside address.
 * Of what was hairpinned (PKT_HAIRPIN) it is known to be one. */
static __always_inline int slow_in_early(ctx_t *ctx, struct pkt *pkt)
{
	bool local = addr_is_local(pkt->ip.daddr);
	int v;

	if (!local && !(pkt->flags & PKT_HAIRPIN) && !uplink_would_loop(pkt))
		return CONTINUE;
	v = held_keep(ctx, pkt);
	if (!local) /* the pool's alone: the kernel does not know it as its own */
		return v;
	return v == V_DROP_HELD ? V_PASS_HELD : CONTINUE;
}

/* TC ingress: a packet whose destination is translated in pkt->nat goes to the kernel, and with it
 * what was held of its datagram. `v` is CONTINUE, or V_PASS_OWN_SESSION of what is this host's: its
 * fragments the kernel has already. */
static __always_inline int slow_in_translated(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					      int v)
{
	if (fragment_note(pkt))
		return V_DROP_FRAGMENT;
	if (rewrite_ip(ctx, pkt, 0))
		return V_DROP_REWRITE;
	if (v)
		return v;
	if (held_release(ctx, pkt, ctl, BPF_F_INGRESS))
		return V_DROP_REWRITE;
	mark_set(ctx, ctl, ERXDP_MARK_NOTRACK);
	return V_SLOW_IN;
}

/* TC ingress. */
static __noinline int slow_in_later(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	int v = fragment_follow(ctx, pkt);

	if (v == V_DROP_FRAGMENT)
		v = slow_in_early(ctx, pkt);
	if (v || !(pkt->flags & PKT_TRANSLATED))
		return v;
	if (rewrite_ip(ctx, pkt, 0))
		return V_DROP_REWRITE;
	if (pkt->nat.daddr == pkt->ip.daddr) /* of this host's own session */
		return V_PASS_OWN_SESSION;
	mark_set(ctx, ctl, ERXDP_MARK_NOTRACK);
	return V_SLOW_IN;
}

/* TC egress. */
static __noinline int slow_out_later(ctx_t *ctx, struct pkt *pkt)
{
	int v = fragment_follow(ctx, pkt);

	if (v == V_DROP_FRAGMENT)
		v = held_keep(ctx, pkt);
	return v ? v : V_SLOW_OUT;
}

#endif
