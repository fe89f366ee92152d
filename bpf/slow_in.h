/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC ingress for what the kernel forwards itself: the destination of an answer is translated back
 * here, before the kernel routes it; what TC egress will translate is marked, so that conntrack,
 * and the user's MASQUERADE behind it, leave it alone. Which answers "will erxdp translate this?"
 * must match slow_out.h.
 */
#ifndef BPF_SLOW_IN_H
#define BPF_SLOW_IN_H

#include "forward.h"
#include "fragment.h"
#include "mark.h"
#include "slow_fragment.h"
#include "slow_hairpin.h"
#include "slow_icmp.h"

/* Translates back what belongs to a session. CONTINUE where it belongs to none. */
static __always_inline int slow_in_reverse(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	int v;

	if (!(pkt->iface_flags & IFACE_UPLINK))
		return CONTINUE;
	if (pkt->flags & PKT_FRAGMENT_LATER)
		return slow_in_later(ctx, pkt, ctl);
	v = nat_in(ctx, pkt, ctl);
	if (!v)
		v = slow_icmp_in(ctx, pkt, ctl);
	if (verdict_is_drop(v))
		return v;
	if (!(pkt->flags & PKT_TRANSLATED))
		return CONTINUE;
	return slow_in_translated(ctx, pkt, ctl, v);
}

/* Would TC egress translate this packet that leaves by an uplink? CONTINUE: yes. */
__noinline int slow_in_wanted(struct pkt *pkt, struct control *ctl)
{
	struct flow inside;
	int v;

	if (!pkt || !ctl)
		return V_PASS_PROTOCOL;
	inside = flow_outward(&pkt->ip, pkt->proto);
	if (pkt->flags & PKT_FRAGMENT_LATER)
		return CONTINUE;
	if (pkt->flags & PKT_ICMP_ERROR)
		return nat_find_error(pkt, ctl) ? CONTINUE : V_PASS_ICMP_ERROR;
	if (!nat_outward_kind(pkt))
		return V_PASS_PROTOCOL;
	if (session_find(&inside, ctl, pkt->now))
		return CONTINUE;
	if (ctl->flags & CONTROL_CHANGEOVER)
		return V_PASS_SUSPENDED;
	if (refuse_pending(&inside, ctl, pkt->now))
		return V_PASS_REFUSED;
	v = nat_may_begin(pkt);
	if (v == V_PASS_MID_STREAM)
		mid_stream_note(pkt, &inside);
	return v;
}

/* Does the kernel itself send this packet out of an uplink? Asked where the mirrored tables are not
 * to be trusted, as with policy routing rules: a mark on a packet that leaves elsewhere would keep
 * the user's MASQUERADE rule off it, and nobody would translate it. */
__noinline int slow_in_ask_kernel(ctx_t *ctx, struct pkt *pkt)
{
	struct bpf_fib_lookup fib;
	struct iface_key key = {};
	struct iface *iface;
	long ret;

	if (!pkt)
		return V_PASS_SUSPENDED;
	/* Unions and all: kernels before 6.3 let no helper see a byte of the stack that was not
	 * set. */
	__builtin_memset(&fib, 0, sizeof(fib));
	fib.family = 2; /* AF_INET */
	fib.l4_protocol = pkt->proto;
	fib.ifindex = ctx->ifindex;
	fib.ipv4_src = pkt->ip.saddr;
	fib.ipv4_dst = pkt->ip.daddr;
	ret = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
	if (ret != BPF_FIB_LKUP_RET_SUCCESS && ret != BPF_FIB_LKUP_RET_NO_NEIGH)
		return V_PASS_SUSPENDED;
	key.ifindex = fib.ifindex;
	iface = bpf_map_lookup_elem(&ifaces, &key);
	if (!iface || !(iface->flags & IFACE_UPLINK))
		return V_PASS_SUSPENDED;
	pkt->out_slot = iface->slot;
	return CONTINUE;
}

/* CONTINUE for a packet that leaves by the uplink pkt->out_slot. */
static __always_inline int slow_in_egress(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					  struct nexthop *nexthop)
{
	int v;

	if (ctl->flags & CONTROL_HANDBACK)
		return V_PASS_SUSPENDED;
	if (!(ctl->flags & CONTROL_TRUSTED))
		return slow_in_ask_kernel(ctx, pkt);
	v = route_nexthop(pkt, ctl, nexthop);
	if (v == V_DROP_BLACKHOLE)
		return V_PASS_NO_ROUTE; /* the kernel drops it by its own table */
	if (v)
		return v;
	pkt->out_slot = nexthop->slot;
	return nexthop->flags & NEXTHOP_UPLINK ? CONTINUE : V_PASS_PLAIN;
}

/* Marks what leaves by an uplink and is erxdp's to translate. */
static __always_inline int slow_in_mark(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					struct nexthop *nexthop)
{
	int v = slow_in_egress(ctx, pkt, ctl, nexthop);

	if (v)
		return v;
	if (uplink_would_loop(pkt))
		return uplink_loop_verdict(ctl);
	if (is_exempt(pkt, ctl))
		return V_PASS_PLAIN;
	v = slow_in_wanted(pkt, ctl);
	if (v == V_PASS_REFUSED)
		mark_set(ctx, ctl, ERXDP_MARK_REFUSED);
	if (v)
		return v;
	mark_set(ctx, ctl, ERXDP_MARK_NOTRACK);
	return V_SLOW_MARKED;
}

static __always_inline int slow_in(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
				   struct nexthop *nexthop)
{
	int v = slow_in_reverse(ctx, pkt, ctl);

	if (!v && hairpin_possible(pkt, ctl))
		v = slow_hairpin(ctx, pkt, ctl, nexthop);
	if (!v)
		v = unsolicited(ctx, pkt, ctl);
	return v ? v : slow_in_mark(ctx, pkt, ctl, nexthop);
}

#endif
