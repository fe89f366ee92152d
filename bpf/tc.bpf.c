// SPDX-License-Identifier: GPL-2.0-only
/*
 * TC ingress and egress on every interface. Beside XDP they translate what the kernel forwards;
 * where no XDP program runs (IFACE_TC_ONLY) ingress is the fast path itself, out of the same
 * stages.
 *
 * A packet of bond0.1000 passes bond0's programs too, with its tag in skb->vlan_tci: it is not
 * theirs, and is not counted there.
 */
#define ERXDP_TC
#include <linux/if_packet.h>

#include "express.h"
#include "forward.h"
#include "import.h"
#include "mark.h"
#include "slow_in.h"
#include "slow_out.h"
#include "slow_tiny.h"
#include "sweep.h"

#define TC_UNSPEC   -1 /* TC_ACT_UNSPEC, TCX_NEXT: the next program, or the kernel */
#define TC_SHOT	    2
#define HEADERS_MAX 192 /* link 14, IP 60, ICMP 8, inner IP 60, inner TCP 20, and some */

/* Headers must lie in the linear part before they can be read. */
static __always_inline void pull_headers(struct __sk_buff *skb)
{
	__u32 want = skb->len < HEADERS_MAX ? skb->len : HEADERS_MAX;

	if (skb->data_end - skb->data < want)
		bpf_skb_pull_data(skb, want);
}

/* Frames that the kernel will not forward, since they were not sent to this host's MAC. */
static __always_inline int ingress_foreign(struct __sk_buff *skb)
{
	if (skb->pkt_type == PACKET_HOST)
		return CONTINUE;
	return skb->pkt_type == PACKET_OTHERHOST ? V_PASS_OTHER_MAC : V_PASS_MULTICAST;
}

/* A priority tag (VLAN 0) makes no VLAN of a packet: the kernel takes it as untagged. */
static __always_inline bool ingress_of_vlan(struct __sk_buff *skb)
{
	return skb->vlan_present && (skb->vlan_tci & VLAN_VID_MASK);
}

static __always_inline int ingress_slow(struct __sk_buff *skb, struct pkt *pkt, struct control *ctl,
					struct nexthop *nexthop, int fast)
{
	int v;

	if (fast == V_DROP_BLACKHOLE)
		return fast;
	v = slow_in(skb, pkt, ctl, nexthop);
	if (verdict_is_drop(v) || verdict_is_fast(v))
		return v;
	/* Where TC is the entry, why the packet is not fast is its verdict. */
	return fast ? fast : v;
}

/* The fast path in TC; returns the verdict, and V_PASS_* as the reason to go the slow one. */
static __always_inline int ingress_verdict(struct __sk_buff *skb, struct pkt *pkt,
					   struct control *ctl, struct nexthop *nexthop)
{
	int v = 0;

	if (pkt->iface_flags & IFACE_TC_ONLY) {
		v = forward(skb, pkt, ctl, nexthop);
		if (verdict_is_fast(v) || verdict_is_drop(v))
			return v;
		/* The slow path begins with the packet as it came. */
		pkt->nat = pkt->ip;
		pkt->inner_nat = pkt->inner;
		pkt->flags &= ~(PKT_TRANSLATE_IN | PKT_TRANSLATED | PKT_HAIRPIN);
	}
	return ingress_slow(skb, pkt, ctl, nexthop, v);
}

static __always_inline int ingress_stages(struct __sk_buff *skb, struct control *ctl)
{
	struct nexthop nexthop = {};
	struct pkt pkt = {};
	int v = receive(skb, &pkt);

	if (ctl->flags & CONTROL_ASIDE)
		v = v ? v : V_PASS_SUSPENDED;
	else if (v == V_PASS_TRUNCATED)
		v = slow_tiny(skb, &pkt, ctl, &nexthop);
	if (!v)
		v = ingress_foreign(skb);
	if (!v)
		v = ingress_verdict(skb, &pkt, ctl, &nexthop);
	count(pkt.slot, pkt.bytes, HOOK_TC_INGRESS, v);
	if (verdict_is_drop(v))
		return TC_SHOT;
	if (!verdict_is_fast(v))
		return TC_UNSPEC;
	mark_set(skb, ctl, ERXDP_MARK_FORWARDED);
	count_sent(nexthop.slot, pkt.bytes);
	return bpf_redirect(nexthop.oif, 0);
}

SEC("tc")
int erxdp_ingress(struct __sk_buff *skb)
{
	struct control *ctl = control_get();
	int action;

	if (!ctl || ingress_of_vlan(skb))
		return TC_UNSPEC;
	/* Sent here by held_release(), translated and counted. */
	if (mark_is(skb, ctl, ERXDP_MARK_FORWARDED)) {
		mark_set(skb, ctl, ERXDP_MARK_NOTRACK);
		return TC_UNSPEC;
	}
	pull_headers(skb);
	action = skb->pkt_type == PACKET_HOST ? express(skb) : EXPRESS_NOT;
	if (action == EXPRESS_NOT)
		return ingress_stages(skb, ctl);
	mark_set(skb, ctl, ERXDP_MARK_FORWARDED);
	return action;
}

static __always_inline int egress_verdict(struct __sk_buff *skb, struct pkt *pkt,
					  struct control *ctl, struct nexthop *nexthop)
{
	bool uplink;
	int v = receive(skb, pkt);

	uplink = pkt->iface_flags & IFACE_UPLINK;
	/* But what was marked before is still on its way to be translated. */
	if ((ctl->flags & CONTROL_ASIDE) && !mark_has(skb, ctl, ERXDP_MARK_NOTRACK))
		return v ? v : V_PASS_SUSPENDED;
	if (v)
		return uplink ? slow_out_unparsed(pkt, ctl, v) : v;
	v = slow_hairpin_out(skb, pkt, ctl);
	if (!v)
		v = uplink ? slow_out(skb, pkt, ctl, nexthop) : V_PASS_PLAIN;
	if (v == V_SLOW_OWN_MOVED)
		pkt->flags |= PKT_TRANSLATED;
	if (verdict_is_drop(v) || !(pkt->flags & PKT_TRANSLATED))
		return v;
	if (rewrite_ip(skb, pkt, 0) || held_release(skb, pkt, ctl, 0))
		return V_DROP_REWRITE;
	return v;
}

SEC("tc")
int erxdp_egress(struct __sk_buff *skb)
{
	struct control *ctl = control_get();
	struct nexthop nexthop = {};
	struct pkt pkt = {};
	int v;

	if (!ctl || skb->vlan_present)
		return TC_UNSPEC;
	/* REFUSED too is here only where the nft table is not: that packet goes the common way. */
	if (mark_is(skb, ctl, ERXDP_MARK_FORWARDED)) {
		mark_set(skb, ctl, 0);
		return TC_UNSPEC;
	}
	pull_headers(skb);
	v = egress_verdict(skb, &pkt, ctl, &nexthop);
	if (mark_has(skb, ctl, ERXDP_MARK_NOTRACK))
		mark_set(skb, ctl, 0);
	count(pkt.slot, pkt.bytes, HOOK_TC_EGRESS, v);
	if (verdict_is_drop(v))
		return TC_SHOT;
	count_sent(pkt.slot, pkt.bytes);
	return TC_UNSPEC;
}

char _license[] SEC("license") = "GPL";
