/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC egress on an uplink: the last place before the wire. What the kernel forwarded is translated
 * from the same sessions as in XDP; this host's own traffic is left alone, but for a port that a
 * session holds already; a source that must not leave untranslated is dropped with its reason.
 */
#ifndef BPF_SLOW_OUT_H
#define BPF_SLOW_OUT_H

#include "forward.h"
#include "fragment.h"

static __always_inline int own_verdict(const struct pkt *pkt)
{
	return pkt->nat.sport == pkt->ip.sport ? V_PASS_OWN : V_SLOW_OWN_MOVED;
}

/* A session of this host's own; `keep` false: its port is taken, another one is chosen. */
static __noinline int own_session(ctx_t *ctx, struct pkt *pkt, struct control *ctl, bool keep)
{
	struct flow inside = flow_outward(&pkt->ip, pkt->proto);
	struct session fresh = {
		.outside.addr = pkt->ip.saddr,
		.uplink = pkt->slot,
		.created = pkt->now,
		.last_out = pkt->now,
		.last_in = pkt->now,
		.flags = SESSION_OWN,
	};
	int v = session_create(ctx, ctl, &inside, &fresh, keep);

	if (v)
		return v;
	pkt->nat.sport = fresh.outside.port;
	return own_verdict(pkt);
}

/* Does nobody but a session know that this flow exists? Sockets are asked when a port is chosen
 * (port.h); an echo has none that could be asked, nor has what the kernel's own MASQUERADE sends.
 */
static __always_inline bool own_needs_session(ctx_t *ctx, const struct pkt *pkt)
{
	return (pkt->flags & PKT_ECHO_REQUEST) || ctx->ingress_ifindex;
}

static __noinline int slow_out_own(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct flow flow = flow_outward(&pkt->ip, pkt->proto);
	struct flow owner;
	struct session *session;
	bool taken;
	int v;

	/* While erxdp goes, the kernel takes its flows over, with their ports. */
	if (!nat_outward_kind(pkt) || (ctl->flags & CONTROL_HANDBACK))
		return V_PASS_OWN;
	session = session_find(&flow, ctl, pkt->now);
	if (session) {
		session_seen(session, pkt, true);
		pkt->nat.sport = session->outside.port;
		return own_verdict(pkt);
	}
	taken = session_find_outside(&flow, &owner, ctl, pkt->now);
	if (!taken && !own_needs_session(ctx, pkt))
		return V_PASS_OWN;
	if (nat_may_begin(pkt) == V_PASS_MID_STREAM)
		return V_PASS_OWN;
	/* A full table must not cost the host a connection that clashes with nobody. */
	v = own_session(ctx, pkt, ctl, !taken);
	return verdict_is_drop(v) && !taken ? V_PASS_OWN : v;
}

/* ICMP errors about a translated flow, whoever sends them: the kernel's own included, which quote
 * the packet as it was after TC ingress. */
static __always_inline int slow_out_error(struct pkt *pkt, struct control *ctl, bool own)
{
	if (nat_out_error(pkt, ctl))
		return own ? V_PASS_OWN : V_DROP_NO_SESSION;
	if (own)
		pkt->nat.saddr = pkt->ip.saddr;
	return V_SLOW_ICMP;
}

/* What was not translated does not leave: there is nobody behind this hook to do it. */
static __always_inline int slow_out_refusal(int v)
{
	switch (v) {
	case V_PASS_PROTOCOL:
		return V_DROP_PROTOCOL;
	case V_PASS_BUSY:
		return V_DROP_NO_ADDRESS;
	default:
		return verdict_is_drop(v) ? v : V_DROP_NO_SESSION;
	}
}

static __always_inline int slow_out_translate(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					      struct nexthop *nexthop)
{
	int v;

	if (pkt->flags & PKT_FRAGMENT_LATER)
		return fragment_follow(pkt) ? V_SLOW_OUT : V_DROP_FRAGMENT;
	if (route_nexthop(pkt, ctl, nexthop) || nexthop->oif != ctx->ifindex)
		*nexthop = (struct nexthop){.flags = NEXTHOP_ONLINK};
	set_egress(pkt, pkt->slot, nexthop);
	v = nat_out(ctx, pkt, ctl);
	if (v)
		return slow_out_refusal(v);
	fragment_note(pkt);
	return V_SLOW_OUT;
}

/* The verdict; pkt->nat says what is to be rewritten. */
static __always_inline int slow_out(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
				    struct nexthop *nexthop)
{
	bool own = addr_is_local(pkt->ip.saddr) || !pkt->ip.saddr;

	if (addr_is_multicast(pkt->ip.daddr))
		return own ? V_PASS_OWN : V_PASS_MULTICAST;
	if ((pkt->flags & PKT_ICMP_ERROR) && (own || !is_exempt(pkt, ctl)))
		return slow_out_error(pkt, ctl, own);
	if (own)
		return slow_out_own(ctx, pkt, ctl);
	if (is_exempt(pkt, ctl))
		return V_PASS_PLAIN;
	return slow_out_translate(ctx, pkt, ctl, nexthop);
}

/* What could not be parsed may pass only where no translation is due. */
static __always_inline int slow_out_unparsed(const struct pkt *pkt, struct control *ctl, int v)
{
	if (v != V_PASS_TRUNCATED || !pkt->ip.saddr)
		return v;
	if (addr_is_local(pkt->ip.saddr) || is_exempt(pkt, ctl))
		return v;
	return V_DROP_MALFORMED;
}

#endif
