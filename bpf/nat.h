/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 4: translation. nat_in undoes it for what comes from outside, before the route is looked
 * up; nat_out does it for what leaves by an uplink. Both write pkt->nat and pkt->inner_nat only;
 * rewrite puts them into the packet.
 */
#ifndef BPF_NAT_H
#define BPF_NAT_H

#include "block.h"
#include "mid_stream.h"
#include "nat_begin.h"
#include "policy.h"
#include "scratch.h"
#include "session_new.h"

/* No verdict: asks the caller to begin a session. A function of its own does, which the caller
 * calls and not the one that looked: the frames of a chain of calls share 512 bytes. */
#define NAT_BEGINS -1

/* Written as the two words that it is compared as: a wide load behind narrow stores to the same
 * place waits for them. */
static __always_inline struct flow flow_make(__be32 addr, __be32 remote, __be16 port,
					     __be16 remote_port, __u8 proto)
{
	struct flow flow;
	__u64 *word = (void *)&flow;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first member comes low");
	word[0] = addr | (__u64)remote << 32;
	word[1] = port | (__u32)remote_port << 16 | (__u64)proto << 32;
	return flow;
}

/* The flow of a packet that leaves, as its inside host sees it. */
static __always_inline struct flow flow_outward(const struct tuple *t, __u8 proto)
{
	return flow_make(t->saddr, t->daddr, t->sport, t->dport, proto);
}

/* The flow of a packet that comes in, seen from the side it is addressed to. */
static __always_inline struct flow flow_inward(const struct tuple *t, __u8 proto)
{
	return flow_make(t->daddr, t->saddr, t->dport, t->sport, proto);
}

/* Is this a packet that a session could carry outward? Echo replies answer no session's request. */
static __always_inline bool nat_outward_kind(const struct pkt *pkt)
{
	return (pkt->flags & (PKT_PORTS | PKT_ECHO_REPLY)) == PKT_PORTS;
}

/* A packet of the session that comes in, and one that leaves. */
static __always_inline void nat_in_by(struct session *session, struct pkt *pkt)
{
	session_seen(session, pkt, false);
	pkt->nat.daddr = session->inside.addr;
	pkt->nat.dport = session->inside.port;
}

static __always_inline void nat_out_by(struct session *session, struct pkt *pkt)
{
	session_seen(session, pkt, true);
	pkt->nat.saddr = session->outside.addr;
	pkt->nat.sport = session->outside.port;
	pkt->flags |= PKT_TRANSLATED;
}

static __always_inline int nat_in_verdict(struct pkt *pkt, const struct session *session)
{
	pkt->flags |= PKT_TRANSLATE_IN | PKT_TRANSLATED;
	return session->flags & SESSION_OWN ? V_PASS_OWN_SESSION : CONTINUE;
}

/* Only hairpinned packets are of a hairpinned flow: what comes by an uplink with a source of this
 * host's own is forged. */
static __always_inline bool nat_in_true(const struct pkt *pkt, const struct session *session)
{
	return !(session->flags & SESSION_HAIRPIN) || (pkt->flags & PKT_HAIRPIN);
}

/* An ICMP error about a packet that we sent (RFC 5508 REQ-4); it refreshes nothing (REQ-6).
 * Hairpinned (REQ-7) it was translated outward before, which pkt->inner_nat has. */
static __always_inline int nat_in_error(struct pkt *pkt, struct control *ctl)
{
	struct flow outside = flow_outward(&pkt->inner_nat, pkt->inner_proto);
	struct session *session;

	if (pkt->inner.saddr != pkt->ip.daddr)
		return CONTINUE;
	session = session_find_outside(&outside, ctl, pkt->now);
	if (!session || !nat_in_true(pkt, session))
		return CONTINUE;
	pkt->nat.daddr = session->inside.addr;
	pkt->inner_nat.saddr = session->inside.addr;
	pkt->inner_nat.sport = session->inside.port;
	return nat_in_verdict(pkt, session);
}

/* While erxdp comes or goes, nothing new comes in by it. */
static __always_inline bool nat_in_may_begin(const struct control *ctl)
{
	return (ctl->flags & (CONTROL_ENDPOINTS | CONTROL_HANDBACK | CONTROL_CHANGEOVER)) ==
	       CONTROL_ENDPOINTS;
}

/*
 * CONTINUE with PKT_TRANSLATE_IN where a session of an inside host matched, CONTINUE without where
 * none can, NAT_BEGINS where one might begin, V_PASS_OWN_SESSION (pkt->nat filled too) for a
 * session of this host's own. The sender is looked at as the outside sees him (pkt->nat), which
 * differs from what came in only of a hairpinned packet.
 */
__noinline int nat_in_known(struct pkt *pkt, struct control *ctl)
{
	struct session *session;
	struct flow outside;

	if (!pkt || !ctl)
		return V_DROP_REWRITE;
	outside = flow_inward(&pkt->ip, pkt->proto);
	outside.remote = pkt->nat.saddr;
	outside.remote_port = pkt->nat.sport;
	if (!(pkt->iface_flags & IFACE_UPLINK) && !(pkt->flags & PKT_HAIRPIN))
		return CONTINUE;
	if (pkt->flags & PKT_ICMP_ERROR)
		return nat_in_error(pkt, ctl);
	if (!(pkt->flags & PKT_PORTS) || (pkt->flags & PKT_ECHO_REQUEST))
		return CONTINUE;
	session = session_find_outside(&outside, ctl, pkt->now);
	if (!session)
		return nat_in_may_begin(ctl) ? NAT_BEGINS : CONTINUE;
	if (!nat_in_true(pkt, session))
		return CONTINUE;
	pkt->session = session->number;
	nat_in_by(session, pkt);
	return nat_in_verdict(pkt, session);
}

/* The same, and begins what may begin outside; or says why it may not. */
static __always_inline int nat_in(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	int v = nat_in_known(pkt, ctl);

	return v == NAT_BEGINS ? nat_in_begin(ctx, pkt, ctl) : v;
}

/* The session of the packet inside an ICMP error that leaves. It goes to whoever sent that packet.
 */
static __always_inline struct session *nat_find_error(const struct pkt *pkt, struct control *ctl)
{
	struct flow inside = flow_inward(&pkt->inner, pkt->inner_proto);

	return pkt->ip.daddr == pkt->inner.saddr ? session_find(&inside, ctl, pkt->now) : NULL;
}

/* An inside machine's ICMP error about a packet that came to it through us (RFC 5508 REQ-5). */
static __always_inline int nat_out_error(struct pkt *pkt, struct control *ctl)
{
	struct session *session = nat_find_error(pkt, ctl);

	if (!session)
		return V_PASS_ICMP_ERROR;
	pkt->nat.saddr = session->outside.addr;
	pkt->inner_nat.daddr = session->outside.addr;
	pkt->inner_nat.dport = session->outside.port;
	pkt->flags |= PKT_TRANSLATED;
	return CONTINUE;
}

/* May this packet begin a session? TCP only with a SYN: the rest of an older connection is the
 * kernel's, whose conntrack may know it. */
static __always_inline int nat_may_begin(const struct pkt *pkt)
{
	if (pkt->proto == IPPROTO_TCP && !tcp_opens(pkt))
		return V_PASS_MID_STREAM;
	return addr_is_local(pkt->ip.saddr) ? V_PASS_SOURCE : CONTINUE;
}

/* What leaves begins a session. CONTINUE with pkt->nat filled, or why not. */
__noinline int nat_out_begin(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct session *s = scratch_session(pkt);
	int v;

	if (!pkt || !ctl || !s)
		return V_DROP_REWRITE;
	v = nat_may_begin(pkt);
	if (v)
		return v;
	s->inside = flow_outward(&pkt->ip, pkt->proto);
	s->uplink = pkt->out_slot;
	v = uplink_address(pkt->out_slot, pkt->towards, s->inside.addr, &s->outside.addr);
	if (!v)
		v = policy_apply(ctl, s);
	if (!v)
		v = block_address(ctl, s);
	if (!v)
		v = session_begin_tcp(s, pkt, true);
	if (!v && pkt->proto == IPPROTO_TCP)
		mid_stream_yield(&s->inside, s->outside.addr);
	if (!v) {
		session_account(s, ctl, pkt->tot_len, true);
		v = session_create(ctx, ctl, PORT_KEPT);
	}
	if (v)
		return v;
	pkt->session = s->number;
	pkt->nat.saddr = s->outside.addr;
	pkt->nat.sport = s->outside.port;
	pkt->flags |= PKT_TRANSLATED;
	return CONTINUE;
}

/* The same by a session that there is; NAT_BEGINS where there is none. */
__noinline int nat_out_known(struct pkt *pkt, struct control *ctl)
{
	struct session *session;
	struct flow inside;

	if (!pkt || !ctl)
		return V_DROP_REWRITE;
	inside = flow_outward(&pkt->ip, pkt->proto);
	if (pkt->flags & PKT_ICMP_ERROR)
		return nat_out_error(pkt, ctl);
	if (!nat_outward_kind(pkt))
		return V_PASS_PROTOCOL;
	session = session_find(&inside, ctl, pkt->now);
	if (session && session->uplink != pkt->out_slot && !session_move(session, pkt->out_slot))
		session = NULL;
	if (!session)
		return NAT_BEGINS;
	pkt->session = session->number;
	nat_out_by(session, pkt);
	return CONTINUE;
}

/*
 * Translates what leaves by the uplink pkt->out_slot towards pkt->towards and is not exempt: that
 * was asked before. CONTINUE with pkt->nat filled, or why not.
 */
static __always_inline int nat_out(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	int v = nat_out_known(pkt, ctl);

	return v == NAT_BEGINS ? nat_out_begin(ctx, pkt, ctl) : v;
}

/* The same, but none begins while connections change hands: the kernel may know this one, and the
 * port that it has. `suspended` then. */
static __always_inline int nat_out_unless_changing(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
						   int suspended)
{
	int v = nat_out_known(pkt, ctl);

	if (v != NAT_BEGINS)
		return v;
	return ctl->flags & CONTROL_CHANGEOVER ? suspended : nat_out_begin(ctx, pkt, ctl);
}

#endif
