/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What begins outside: by a forwarding, or by a mapping of BEHAVIOUR_RFC whose filter admits it
 * (RFC 4787 section 5, RFC 5382 section 4.3). An echo request to an outside address is this host's
 * own to answer, and an echo reply that nobody asked for is nobody's (RFC 5508 REQ-1 speaks of
 * queries from inside).
 */
#ifndef BPF_NAT_BEGIN_H
#define BPF_NAT_BEGIN_H

#include "scratch.h"
#include "session_new.h"

/* TCP only by a SYN; a segment of an older connection is the kernel's to answer. */
static __always_inline bool nat_may_begin_in(const struct pkt *pkt)
{
	if (pkt->proto == IPPROTO_TCP)
		return tcp_opens(pkt) && !(pkt->tcp.flags & TCP_FIN);
	return pkt->proto == IPPROTO_UDP;
}

/* Counts the session in where the port is a mapping's. CONTINUE, or why it does not begin; without
 * SESSION_INBOUND in session->flags the packet is this host's own. */
static __noinline int nat_admit(ctx_t *ctx, struct control *ctl, struct session *session)
{
	struct endpoint key = endpoint_of(&session->outside);
	struct endpoint_owner *owner = bpf_map_lookup_elem(&endpoints, &key);

	if (!owner || owner->kind == ENDPOINT_SHARED)
		return CONTINUE;
	key = owner->inside;
	session->inside.addr = key.addr;
	session->inside.port = key.port;
	session->uplink = owner->uplink;
	policy_apply(ctl, session);
	if (owner->kind == ENDPOINT_FORWARD) {
		/* The host's own answer would leave with an address that is not outside. */
		if (!addr_is_local(key.addr))
			session->flags |= SESSION_INBOUND;
		return CONTINUE;
	}
	if (!endpoint_alive(owner, session->outside.proto, ctl, session->created) ||
	    port_is_local(ctx, &session->outside))
		return CONTINUE;
	if (!endpoint_admits(&session->outside, session->policy, ctl, session->created))
		return V_DROP_FILTERED;
	if (endpoint_enter(owner, &key))
		session->flags |= SESSION_INBOUND | SESSION_MAPPED;
	return CONTINUE;
}

/*
 * A packet to an outside address that belongs to no session; pkt->nat.saddr and sport are the
 * peer's as the outside sees them. CONTINUE with PKT_TRANSLATE_IN where a session begins, without
 * where the packet is this host's; or why it is dropped.
 */
__noinline int nat_in_begin(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct session *s = scratch_session(pkt);
	int v;

	if (!pkt || !ctl || !s || !nat_may_begin_in(pkt))
		return CONTINUE;
	if (!(pkt->flags & PKT_HAIRPIN) && addr_is_local(pkt->ip.saddr))
		return V_PASS_SOURCE;
	s->outside.addr = pkt->ip.daddr;
	s->outside.port = pkt->ip.dport;
	s->outside.remote = s->inside.remote = pkt->nat.saddr;
	s->outside.remote_port = s->inside.remote_port = pkt->nat.sport;
	s->outside.proto = s->inside.proto = pkt->proto;
	v = nat_admit(ctx, ctl, s);
	if (v || !(s->flags & SESSION_INBOUND))
		return v;
	session_begin_tcp(s, pkt, false);
	session_account(s, ctl, pkt->tot_len, false);
	v = session_create(ctx, ctl, PORT_OTHER);
	if (v)
		return v;
	pkt->nat.daddr = s->inside.addr;
	pkt->nat.dport = s->inside.port;
	pkt->flags |= PKT_TRANSLATE_IN | PKT_TRANSLATED;
	return CONTINUE;
}

#endif
