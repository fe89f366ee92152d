/* SPDX-License-Identifier: GPL-2.0-only */
/* Making a session, by what leaves; by what comes in only where an endpoint has an owner. */
#ifndef BPF_SESSION_NEW_H
#define BPF_SESSION_NEW_H

#include "peer.h"
#include "port.h"
#include "recent.h"
#include "scratch.h"
#include "session.h"

/* Which claim is made on a port for this session? Where the inside endpoint has an outside one
 * already, that is the address and port (RFC 4787 REQ-1). With BEHAVIOUR_COMPAT it has none: a
 * forwarding, like netfilter's DNAT rule, is not asked for what its server begins itself. */
static __noinline void session_claim_kind(struct flow *inside, struct session *session,
					  struct port_search *s)
{
	struct policy *policy = policy_get(session->policy);
	bool rfc = policy && policy->behaviour == BEHAVIOUR_RFC;
	int known = 0;

	s->claim = rfc ? CLAIM_MAPPING : CLAIM_SHARED;
	if (session->flags & SESSION_OWN)
		s->claim = CLAIM_SHARED;
	else if (session->flags & SESSION_INBOUND)
		s->claim = CLAIM_KNOWN;
	else if (rfc)
		known = claim_known(&session->outside, inside, session->uplink);
	if (known)
		s->claim = CLAIM_KNOWN;
	if (known == ENDPOINT_MAPPING || s->claim != CLAIM_KNOWN)
		session->flags |= SESSION_MAPPED;
}

/* What was counted for a session that does not come to be. */
static __noinline void session_unclaim(struct session *session)
{
	if (session->flags & SESSION_MAPPED)
		endpoint_release(&session->outside);
	session->flags &= ~SESSION_MAPPED;
}

/* The port of an inbound session was asked for before (nat_admit); a socket that has bound a
 * forwarding's is no obstacle. */
static __always_inline int session_claim_port(ctx_t *ctx, struct control *ctl,
					      struct session *session, struct port_search *s,
					      bool keep)
{
	int v = session->flags & SESSION_INBOUND ? claim_flow(s) : port_claim(ctx, ctl, keep);

	session->outside.port = s->outside.port;
	return v;
}

/* Chooses and claims the outside port, with the endpoint that it belongs to. What is counted then
 * is what session->flags say. */
static __always_inline int session_claim(ctx_t *ctx, struct control *ctl, struct flow *inside,
					 struct session *session, bool keep)
{
	struct port_search *s = port_search_get();
	bool known;
	int v;

	if (!s)
		return V_DROP_TABLE_FULL;
	s->now = session->created;
	s->policy = session->policy;
	s->uplink = session->uplink;
	s->claim = CLAIM_FLOW;
	if (ctl->flags & CONTROL_ENDPOINTS)
		session_claim_kind(inside, session, s);
	s->outside = session->outside;
	s->inside = *inside;
	known = s->claim == CLAIM_KNOWN;
	v = session_claim_port(ctx, ctl, session, s, known || keep);
	/* Where the table is full, a half-open session's place is taken. */
	if (v == V_DROP_TABLE_FULL && recent_evict(ctl, session->created))
		v = session_claim_port(ctx, ctl, session, s, known || keep);
	if (v && known)
		session_unclaim(session);
	else if (v || (!known && s->claim == CLAIM_KNOWN)) /* its own forwarding's: counts none */
		session->flags &= ~SESSION_MAPPED;
	return v;
}

/* The session stands: whom it is sent to may answer from other ports of his, if the policy says so.
 */
static __always_inline int session_begun(struct session *session)
{
	if ((session->flags & (SESSION_MAPPED | SESSION_INBOUND)) == SESSION_MAPPED)
		endpoint_seen(session, session->created, true);
	return CONTINUE;
}

static __always_inline void session_uncount(const struct flow *inside, struct session *session)
{
	if (session->flags & SESSION_COUNTED)
		limit_release(inside);
}

/*
 * Makes the session that lies in the scratch; its inside flow and its outside.addr are given, with
 * flags, uplink and policy; its port is chosen here. Where another CPU was quicker the scratch gets
 * that one's session. CONTINUE with the session complete, or why not.
 */
__noinline int session_create(ctx_t *ctx, struct control *ctl, bool keep)
{
	struct scratch *room = scratch_get();
	struct session *session, *other;
	struct flow *inside;
	int v, err;

	if (!ctl || !room || !ctl->max_sessions)
		return V_DROP_TABLE_FULL;
	inside = &room->inside;
	session = &room->session;
	v = limit_admit(ctl, inside, session);
	if (v) {
		session_unclaim(session); /* what begins outside was counted already */
		return v;
	}
	session->outside.remote = inside->remote;
	session->outside.remote_port = inside->remote_port;
	session->outside.proto = inside->proto;
	session->addr_gen = ctl->addr_gen;
	session->state = SESSION_NEW;
	if (protocol_by_address(inside->proto))
		v = peer_claim(ctl, &session->outside, inside, session->created);
	else
		v = session_claim(ctx, ctl, inside, session, keep);
	if (v) {
		session_uncount(inside, session);
		return v;
	}
	err = bpf_map_update_elem(&sessions, inside, session, BPF_NOEXIST); /* see mapping_claim */
	if (!err) {
		recent_note(ctl, inside);
		return session_begun(session);
	}
	bpf_map_delete_elem(&mappings, &session->outside);
	port_released(&session->outside);
	session_unclaim(session);
	session_uncount(inside, session);
	other = bpf_map_lookup_elem(&sessions, inside);
	if (!other)
		return V_DROP_TABLE_FULL;
	*session = *other;
	return CONTINUE;
}

#endif
