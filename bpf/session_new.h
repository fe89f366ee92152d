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
static __noinline void session_claim_kind(struct session *session, struct port_search *s)
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
		known = claim_known(&session->outside, &session->inside, session->uplink);
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
					      int keep)
{
	int v = session->flags & SESSION_INBOUND ? claim_flow(s) : port_claim(ctx, ctl, keep);

	session->outside.port = s->outside.port;
	return v;
}

/* Chooses and claims the outside port, with the endpoint that it belongs to. What is counted then
 * is what session->flags say. */
static __always_inline int session_claim(ctx_t *ctx, struct control *ctl, struct session *session,
					 int keep)
{
	struct port_search *s = port_search_get();
	bool known;
	int v;

	if (!s)
		return V_DROP_TABLE_FULL;
	s->now = session->created;
	s->policy = session->policy;
	s->uplink = session->uplink;
	s->number = session->number;
	s->claim = CLAIM_FLOW;
	if (ctl->flags & CONTROL_ENDPOINTS)
		session_claim_kind(session, s);
	s->outside = session->outside;
	s->inside = session->inside;
	known = s->claim == CLAIM_KNOWN;
	if (known && !keep)
		keep = PORT_KEPT;
	v = session_claim_port(ctx, ctl, session, s, keep);
	/* Where the endpoints are full, a half-open session's place is taken. */
	if (v == V_DROP_TABLE_FULL && recent_evict(ctl, session->created))
		v = session_claim_port(ctx, ctl, session, s, keep);
	if (v && known)
		session_unclaim(session);
	else if (v || (!known && s->claim == CLAIM_KNOWN)) /* its own forwarding's: counts none */
		session->flags &= ~SESSION_MAPPED;
	return v;
}

static __always_inline void session_uncount(struct session *session)
{
	if (session->flags & SESSION_COUNTED)
		limit_release(&session->inside);
}

/* A record for the session; where the table is full, a half-open session's place is taken. */
static __always_inline int session_seat(struct control *ctl, struct session *session)
{
	__u32 number = session_reserve();
	struct session *record;

	if (!number && recent_evict(ctl, session->created))
		number = session_reserve();
	record = session_at(number);
	if (!number || !record)
		return V_DROP_TABLE_FULL;
	session->number = number;
	session->life = record->life;
	record->inside = session->inside;
	return CONTINUE;
}

/* A session that came to nothing, which holds no outside flow. */
static __noinline void session_unseat(struct session *session)
{
	struct session *record = session_at(session->number);

	if (record)
		record->life = session->life & ~LIFE_STATE; /* LIFE_FREE */
	session_release(session->number);
	session_uncount(session);
}

/* Why a session that another CPU was quicker to make is not there yet: in XDP the packet comes by
 * again in TC. */
#ifdef ERXDP_TC
#define V_SESSION_LOST V_DROP_TABLE_FULL
#else
#define V_SESSION_LOST V_PASS_BUSY
#endif

/* The inside flow could not be entered: another CPU was quicker, whose session is taken. */
static __noinline int session_lost(struct session *session, int err)
{
	struct session *other;

	session_leave_outside(session->number);
	port_released(&session->outside);
	session_unclaim(session);
	session_unseat(session);
	if (err == ENTER_FULL)
		return V_DROP_TABLE_FULL;
	other = session_get(&session->inside);
	if (!other)
		return V_SESSION_LOST;
	*session = *other;
	return CONTINUE;
}

/* The session stands: whom it is sent to may answer from other ports of his, if the policy says so.
 */
static __always_inline int session_begun(struct control *ctl, struct session *session)
{
	recent_note(ctl, session->number, session->life);
	if ((session->flags & (SESSION_MAPPED | SESSION_INBOUND)) == SESSION_MAPPED)
		endpoint_seen(session, session->created, true);
	return CONTINUE;
}

/* Writes the record, whose outside flow is entered already, and lets it live. */
static __always_inline int session_fill(struct control *ctl, struct session *session)
{
	struct session *record = session_at(session->number);
	__u32 making = session->life, live = making + LIFE_LIVE - LIFE_MAKING;
	int err;

	if (!record)
		return V_DROP_TABLE_FULL;
	*record = *session;
	__sync_val_compare_and_swap(&record->life, making, live); /* behind all else */
	session->life = live;
	err = session_enter_inside(session->number);
	if (err)
		return session_begin_end(record, live) ? session_lost(session, err)
						       : V_SESSION_LOST;
	if (record->life == live)
		return session_begun(ctl, session);
	/* Flushed already, by somebody who did not find it in the index yet. */
	session_leave_inside(session->number);
	return V_SESSION_LOST;
}

/*
 * Makes the session that lies in the scratch; its inside flow and its outside.addr are given, with
 * flags, uplink and policy; its port is chosen here (enum port_keep). Where another CPU was quicker
 * the scratch gets that one's session. CONTINUE with the session complete, or why not.
 */
__noinline int session_create(ctx_t *ctx, struct control *ctl, int keep)
{
	struct session *session = scratch_get();
	int v;

	if (!ctl || !session || !ctl->max_sessions)
		return V_DROP_TABLE_FULL;
	v = limit_admit(ctl, session);
	if (!v) {
		v = session_seat(ctl, session);
		if (v)
			session_uncount(session);
	}
	if (v) {
		session_unclaim(session); /* what begins outside was counted already */
		return v;
	}
	session->outside.remote = session->inside.remote;
	session->outside.remote_port = session->inside.remote_port;
	session->outside.proto = session->inside.proto;
	session->addr_gen = ctl->addr_gen;
	session->state = SESSION_NEW;
	if (protocol_by_address(session->inside.proto))
		v = peer_claim(ctl, session);
	else
		v = session_claim(ctx, ctl, session, keep);
	if (!v)
		return session_fill(ctl, session);
	session_unseat(session);
	return v;
}

#endif
