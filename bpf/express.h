/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The express way, for nearly all packets: TCP and UDP as plain as it comes, whose session knows
 * where it leaves (way.h), or which nothing translates. It asks what the stages of forward.h ask,
 * but of a packet that lies before it and with what it finds in registers; there is no struct pkt.
 * Whatever is not plain, or not as it should be, goes to the stages, which find out why:
 * EXPRESS_NOT, and nothing has been changed or noted by then, but that a neighbour is used. (A
 * redirect that was asked for and not returned has no effect.)
 *
 * So it may be left out, and nothing but the cost changes: tests/prog/test_express.c compares.
 *
 *   asked by                  here
 *   parse.h                   frame_read()
 *   classify.h                express_iface(), frame_read()
 *   way.h, session.h          express_find(), express_way()
 *   route.h                   express_route(), way_out_read(), way_out_resolve(); no groups
 *   translate_out()           express_decide(): what leaves by an uplink has a session, or is
 * exempt by a comparison; other exemptions are the stages' unsolicited.h frame_read_tcp(): no SYN
 *   nat_in_begin(), hairpin.h, exempt_answers(): with CONTROL_ENDPOINTS what comes in by an uplink
 *                             or leaves by one without a session is the stages'
 *   uplink_would_loop()       what comes in by an uplink and leaves by one is the stages'
 *   session_seen()            express_note()
 */
#ifndef BPF_EXPRESS_H
#define BPF_EXPRESS_H

#include "classify.h"
#include "exempt.h"
#include "express_exit.h"
#include "express_frame.h"
#include "route.h"
#include "session.h"
#include "verdict.h"

#ifdef ERXDP_TC
#include "express_skb.h"
#else
#include "express_xdp.h"
#endif

enum express_session {
	EXPRESS_NONE,	/* it has no session */
	EXPRESS_FOUND,	/* it has one, and that is as it should be */
	EXPRESS_UNSURE, /* the stages are to look, or to end the session */
};

static __always_inline bool express_usable(const struct session *session, struct control *ctl,
					   __u32 now)
{
	return (session->life & LIFE_STATE) == LIFE_LIVE && session_has_way(session) &&
	       session->addr_gen == ctl->addr_gen && !session_expired(session, ctl, now);
}

/* Looks in the flow's first bucket only. */
static __always_inline enum express_session
express_find(const struct frame *frame, struct control *ctl, bool in, struct session **found)
{
	struct flow flow =
		in ? flow_inward(&frame->ip, frame->proto) : flow_outward(&frame->ip, frame->proto);
	struct session_place place = place_of(&flow, ctl);
	struct session_bucket *bucket =
		in ? bucket_at(INDEX_OUTSIDE, place.bucket) : bucket_at(INDEX_INSIDE, place.bucket);
	struct session *session;
	__u64 word;

	if (!bucket)
		return EXPRESS_UNSURE;
	word = bucket_word(bucket, place.tag);
	if (!word)
		return *(volatile __u32 *)&bucket->displaced ? EXPRESS_UNSURE : EXPRESS_NONE;
	session = session_at(word & SLOT_NUMBER);
	if (!session || word & SLOT_TENTATIVE ||
	    !flow_equal(in ? &session->outside : &session->inside, &flow) ||
	    !express_usable(session, ctl, frame->now))
		return EXPRESS_UNSURE;
	*found = session;
	return EXPRESS_FOUND;
}

/* The nexthop that the session remembers; 0, which is none and never ready: it is out of date. */
static __always_inline __u32 express_way(const struct session *session, __u32 generation, bool in)
{
	__u64 way = *(volatile __u64 *)&session->way;

	return SESSION_WAY_GENERATION(way) == generation ? SESSION_WAY_NEXTHOP(way, in) : 0;
}

/* The nexthop of the route, of a packet that nothing translates; 0, which is none and never ready,
 * where there is more to ask. */
static __always_inline __u32 express_route(const struct frame *frame)
{
	__u32 route = route_lookup(frame->ip.daddr);

	if (route_kind(route) != ROUTE_NEXTHOP || addr_is_local(frame->ip.saddr))
		return 0;
	return route_index(route);
}

static __always_inline void express_note(struct session *session, const struct control *ctl,
					 const struct frame *frame, bool out)
{
	session_account(session, ctl, frame->tot_len, out);
	if (frame->proto == IPPROTO_TCP)
		session_seen_tcp(session, &frame->tcp, frame->now, out);
	else
		session_seen_other(session, frame->now, out);
}

/* The interface that it came by, where it is ours to forward here. */
static __always_inline struct iface *express_iface(ctx_t *ctx, const struct frame *frame,
						   __u32 generation)
{
	struct iface_key key = {.ifindex = ctx_ifindex(ctx), .tag = {frame->tag}};
	struct iface *iface = iface_find(&key, generation);

	if (!iface || (iface->flags & EXPRESS_IFACE) != EXPRESS_IFACE ||
	    !mac_equal((const __u8 *)frame->link->dest, iface->mac) ||
	    classify_addresses(frame->ip.saddr, frame->ip.daddr))
		return NULL;
	return iface;
}

/* Where it leaves: by its session's way, or by its route. */
static __always_inline bool express_decide(struct frame *frame, struct control *ctl,
					   __u32 generation, bool in, struct session **session,
					   struct way_out *out)
{
	bool exempt = !in && exempt_common(ctl, frame->ip.daddr);
	enum express_session found = exempt ? EXPRESS_NONE : express_find(frame, ctl, in, session);
	const struct flow *to;

	if (found == EXPRESS_UNSURE)
		return false;
	if (found == EXPRESS_NONE) {
		if (!way_out_read(express_route(frame), frame->wire_len, out) ||
		    (ctl->flags & CONTROL_ENDPOINTS && (in || out->flags & NEXTHOP_UPLINK)))
			return false;
		return (exempt || !(out->flags & NEXTHOP_UPLINK)) &&
		       way_out_resolve(out, frame->ip.daddr, frame->now);
	}
	if (!way_out_read(express_way(*session, generation, in), frame->wire_len, out))
		return false;
	/* See way_known(). */
	if (!in && (!(out->flags & NEXTHOP_UPLINK) || out->slot != (*session)->uplink))
		return false;
	to = in ? &(*session)->inside : &(*session)->outside;
	frame_translate(frame, to->addr, to->port, in);
	return way_out_resolve(out, frame->nat.daddr, frame->now);
}

/* What an express packet is to do, with everything noted and counted; or EXPRESS_NOT. `in` is a
 * constant where this is called: what comes in by an uplink and what does not have code of their
 * own. */
static __always_inline int express_by(ctx_t *ctx, struct control *ctl, __u32 generation,
				      struct frame *frame, const struct iface *iface, bool in)
{
	struct session *session = NULL;
	struct way_out out;
	int action;

	if (!express_decide(frame, ctl, generation, in, &session, &out))
		return EXPRESS_NOT;
	action = express_action(ctx, frame, &out, iface->port);
	if (action == EXPRESS_NOT)
		return EXPRESS_NOT;
	if (session)
		express_note(session, ctl, frame, !in);
	if (!express_write(ctx, frame, &out)) {
		count(iface->slot, frame->len, EXPRESS_HOOK, V_DROP_REWRITE);
		return EXPRESS_DROP;
	}
	count(iface->slot, frame->len, EXPRESS_HOOK, out.port == iface->port ? V_TX : V_REDIRECT);
	count_sent(out.slot, frame->len);
	return action;
}

static __noinline int express(ctx_t *ctx)
{
	struct control *ctl = control_get();
	struct frame frame;
	struct iface *iface;
	__u32 generation;

	if (!ctl)
		return EXPRESS_NOT;
	generation = *(volatile __u32 *)&ctl->generation;
	if (!control_in_charge(ctl) || ctl->flags & CONTROL_STAGES || !frame_read(ctx, &frame))
		return EXPRESS_NOT;
	iface = express_iface(ctx, &frame, generation);
	if (!iface)
		return EXPRESS_NOT;
	frame.now = ctx_now();
	if (iface->flags & IFACE_UPLINK)
		return express_by(ctx, ctl, generation, &frame, iface, true);
	return express_by(ctx, ctl, generation, &frame, iface, false);
}

#endif
