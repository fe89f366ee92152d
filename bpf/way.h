/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of what is under way: a session remembers where its packets leave, and under which
 * generation of the tables that was decided. While that is the present one, its packets need no
 * route, and none of the questions that were answered then: whether they are exempt, hairpinned,
 * for this host, go round in a loop. Whether their nexthop is up, its MTU and neighbour are looked
 * at each time.
 *
 * Sessions between inside hosts, and of this host's own, have no short way. Plain packets are not
 * seen here: express.h asks the same of them, and what is changed here is to be changed there.
 */
#ifndef BPF_WAY_H
#define BPF_WAY_H

#include "exempt.h"
#include "nat.h"
#include "route.h"

/* The session of a packet that comes in by an uplink, or leaves from inside; NULL: none, or it is
 * not to be taken. */
static __always_inline struct session *way_session(struct pkt *pkt, struct control *ctl, bool in)
{
	struct session *session;
	struct flow flow;

	if (in) {
		flow = flow_inward(&pkt->ip, pkt->proto);
		session = session_find_outside(&flow, ctl, pkt->now);
	} else {
		flow = flow_outward(&pkt->ip, pkt->proto);
		session = session_find(&flow, ctl, pkt->now);
	}
	return session && session_has_way(session) ? session : NULL;
}

/* Could a session have a way for it? Answers come in by uplinks, and nothing else does. To exempt
 * destinations only answers to what came in by a forwarding have a session: it is not looked for.
 */
static __always_inline bool way_possible(const struct pkt *pkt, const struct control *ctl, bool in)
{
	if (!(pkt->flags & PKT_PORTS))
		return false;
	if (in)
		return !(pkt->flags & PKT_ECHO_REQUEST);
	return !(pkt->flags & PKT_ECHO_REPLY) && !exempt_common(ctl, pkt->ip.daddr);
}

/* CONTINUE with the packet translated and its nexthop ready; V_PASS_* where that cannot take it
 * now; WAY_UNKNOWN, with nothing decided. */
#define WAY_UNKNOWN -2

__noinline int way_known(ctx_t *ctx, struct pkt *pkt, struct control *ctl, struct nexthop *nexthop)
{
	struct session *session;
	__u64 way;
	bool in;
	int v;

	/* XDP needs no ctx for it, and the compiler would then pass anything. */
	asm volatile("" : : "r"(ctx));
	if (!pkt || !ctl || !nexthop)
		return WAY_UNKNOWN;
	in = pkt->iface_flags & IFACE_UPLINK;
	if (!way_possible(pkt, ctl, in))
		return WAY_UNKNOWN;
	session = way_session(pkt, ctl, in);
	if (!session)
		return WAY_UNKNOWN;
	way = *(volatile __u64 *)&session->way;
	pkt->nexthop = SESSION_WAY_NEXTHOP(way, in);
	if (SESSION_WAY_GENERATION(way) != pkt->generation || !pkt->nexthop)
		return WAY_UNKNOWN;
	v = nexthop_read(pkt->nexthop, nexthop);
	if (v)
		return v;
	if (!in) {
		/* A nexthop may be given another device in one write, before the generation is
		 * raised: another provider's address must not leave there. */
		if (!(nexthop->flags & NEXTHOP_UPLINK) || nexthop->slot != session->uplink)
			return WAY_UNKNOWN;
		v = route_by(ctx, pkt, nexthop);
		if (!v)
			nat_out_by(session, pkt);
		return v;
	}
	nat_in_by(session, pkt);
	pkt->flags |= PKT_TRANSLATE_IN | PKT_TRANSLATED;
	return route_by(ctx, pkt, nexthop);
}

/* The packet leaves as was just decided. */
static __always_inline void way_note(const struct pkt *pkt)
{
	struct session *session = pkt->session ? session_at(pkt->session) : NULL;
	__u64 before, after;
	bool same;

	if (!session || pkt->flags & (PKT_HAIRPIN | PKT_ICMP_ERROR))
		return;
	before = *(volatile __u64 *)&session->way;
	same = before >> 32 == pkt->generation;
	if (pkt->flags & PKT_TRANSLATE_IN)
		after = SESSION_WAY(pkt->generation, same ? before >> 16 : 0, pkt->nexthop);
	else
		after = SESSION_WAY(pkt->generation, pkt->nexthop, same ? before : 0);
	/* Where another CPU was quicker, the next packet notes it. */
	if (after != before)
		__sync_val_compare_and_swap(&session->way, before, after);
}

#endif
