/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hairpinning: one inside host reaches another, or a forwarding, by the outside address. The packet
 * is translated twice at once, outward as if it left by the uplink, and back in as if it had come
 * by it; so the receiver sees the sender's outside address and port (RFC 4787 REQ-9a, RFC 5382
 * REQ-8a), and both have a session. Exemptions are not asked: the answer must come back this way.
 */
#ifndef BPF_HAIRPIN_H
#define BPF_HAIRPIN_H

#include "nat.h"

static __always_inline bool hairpin_possible(const struct pkt *pkt, const struct control *ctl)
{
	return (ctl->flags & CONTROL_ENDPOINTS) && !(pkt->iface_flags & IFACE_UPLINK);
}

/* Is the address one of that uplink's pool? */
__noinline bool hairpin_pooled(__u32 slot, __be32 addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);

	return uplink && uplink_pool_has(uplink, addr);
}

/* Is this what the routes say of an outside address of ours? One of the host's own is local; one of
 * a pool need not be, and its route leads out by the uplink. */
static __always_inline bool hairpin_route(const struct pkt *pkt, const struct nexthop *nexthop,
					  int v)
{
	if (v)
		return v == V_PASS_LOCAL;
	return (nexthop->flags & NEXTHOP_UPLINK) && hairpin_pooled(nexthop->slot, pkt->ip.daddr);
}

/* By which uplink would the packet have left? CONTINUE with pkt->out_slot, or V_PASS_LOCAL where
 * neither a session nor an owner of the endpoint is known: it is for this host itself. */
__noinline int hairpin_known(struct pkt *pkt, struct control *ctl)
{
	struct endpoint_owner *owner;
	struct session *session;
	struct endpoint key;
	struct flow inside;

	if (!pkt || !ctl)
		return V_PASS_LOCAL;
	pkt->flags |= PKT_HAIRPIN;
	pkt->towards = pkt->ip.daddr;
	if (pkt->flags & PKT_ICMP_ERROR)
		return nat_find_error(pkt, ctl) ? CONTINUE : V_PASS_LOCAL;
	if (!(pkt->flags & PKT_PORTS) || pkt->proto == IPPROTO_ICMP)
		return V_PASS_LOCAL;
	inside = flow_outward(&pkt->ip, pkt->proto);
	session = session_find(&inside, ctl, pkt->now);
	if (session) {
		pkt->out_slot = session->uplink;
		return CONTINUE;
	}
	key = (struct endpoint){
		.addr = inside.remote, .port = inside.remote_port, .proto = inside.proto};
	owner = bpf_map_lookup_elem(&endpoints, &key);
	if (!owner || owner->kind == ENDPOINT_SHARED)
		return V_PASS_LOCAL;
	if (owner->kind == ENDPOINT_MAPPING && !endpoint_alive(owner, key.proto, ctl, pkt->now))
		return V_PASS_LOCAL;
	pkt->out_slot = owner->uplink;
	return CONTINUE;
}

/*
 * Of what hairpin_route() is true of, with its `local` verdict: CONTINUE with both translations in
 * pkt->nat (pkt->inner_nat), or why not; then what pkt->nat holds is void. An address of the pool
 * that nobody has there is nobody's.
 */
static __always_inline int hairpin(ctx_t *ctx, struct pkt *pkt, struct control *ctl, int local)
{
	int v = hairpin_known(pkt, ctl);

	if (!v)
		v = nat_out_unless_changing(ctx, pkt, ctl, V_PASS_LOCAL);
	if (!v)
		v = nat_in(ctx, pkt, ctl);
	if (!v && !(pkt->flags & PKT_TRANSLATE_IN))
		v = V_PASS_LOCAL;
	return v == V_PASS_LOCAL && !local ? V_DROP_FILTERED : v;
}

#endif
