/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC egress on an uplink: the last place before the wire. What the kernel forwarded is translated
 * from the same sessions as in XDP; this host's own traffic is left alone, but for a port that a
 * session holds already; a source that must not leave untranslated is dropped with its reason.
 */
#ifndef BPF_SLOW_OUT_H
#define BPF_SLOW_OUT_H

#include "forward.h"
#include "icmp_error.h"
#include "slow_fragment.h"

#define SOCK_RAW 3 /* of sockets of every family */

static __always_inline int own_verdict(const struct pkt *pkt)
{
	return pkt->nat.sport == pkt->ip.sport ? V_PASS_OWN : V_SLOW_OWN_MOVED;
}

/* A session of this host's own, with its port as enum port_keep says. */
static __always_inline int own_session(ctx_t *ctx, struct pkt *pkt, struct control *ctl, int keep)
{
	struct session *s = scratch_session(pkt);
	int v;

	if (!s)
		return V_DROP_REWRITE;
	s->inside = flow_outward(&pkt->ip, pkt->proto);
	s->outside.addr = pkt->ip.saddr;
	s->uplink = pkt->slot;
	s->flags = SESSION_OWN;
	session_begin_tcp(s, pkt, true);
	session_account(s, ctl, pkt->tot_len, true);
	v = session_create(ctx, ctl, keep);
	if (v)
		return v;
	pkt->nat.sport = s->outside.port;
	return own_verdict(pkt);
}

/* Sent by a program through a raw or a packet socket (mtr, nmap)? Of the kernel's TCP, RSTs and
 * some ACKs are too: they are told from a program's by their lack of a SYN. */
static __always_inline bool own_is_raw(ctx_t *ctx, const struct pkt *pkt)
{
	struct bpf_sock *sk = ctx->sk;

	if (!sk || !pkt->ip.saddr)
		return false;
	if (pkt->proto == IPPROTO_TCP && !tcp_opens(pkt))
		return false;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->type == SOCK_RAW;
}

/* Has the kernel's NAT changed the source? It has of what it forwarded, and of what leaves by
 * another port than its socket's. */
static __noinline bool own_is_translated(ctx_t *ctx, struct pkt *pkt)
{
	struct bpf_sock *sk = ctx->sk;

	if (ctx->ingress_ifindex)
		return true;
	if (!sk || !pkt || (pkt->proto != IPPROTO_TCP && pkt->proto != IPPROTO_UDP))
		return false;
	sk = bpf_sk_fullsock(sk);
	/* A socket that is bound to none says nothing. */
	return sk && sk->type != SOCK_RAW && sk->protocol == pkt->proto && sk->src_port &&
	       sk->src_port != bpf_ntohs(pkt->ip.sport);
}

/* Does nobody but a session know that this flow exists? Sockets are asked when a port is chosen
 * (port.h) and when an ICMP error comes (slow_icmp.h); an echo, a tunnel and a raw socket's packet
 * have none that could be asked, nor has what the kernel translates. */
static __noinline bool own_needs_session(ctx_t *ctx, struct pkt *pkt)
{
	return (pkt->flags & PKT_ECHO_REQUEST) || protocol_by_address(pkt->proto) ||
	       own_is_raw(ctx, pkt);
}

/* Of a connection that the kernel translates since before erxdp came, or for a rule of the user's:
 * by its session its ICMP errors will be known. An answer to a SYN is not enough, since anybody may
 * send those. */
static __always_inline bool own_is_under_way(const struct pkt *pkt)
{
	return (pkt->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
}

/* This host itself begins to speak with the peer, by a protocol without ports: an inside
 * host's session with it ends, or the answers would go there. */
static __noinline void peer_yield(struct control *ctl, struct flow *outside, __u32 now)
{
	struct session *session = session_find_outside(outside, ctl, now);

	if (session)
		session_remove(session);
}

/* What the kernel translates has the port that its peer knows: nobody else may have it, and where
 * a socket has it (docker-proxy's, a tunnel's) nobody will. */
static __always_inline int own_keeps(bool taken, bool translated)
{
	if (taken)
		return PORT_OTHER;
	return translated ? PORT_EXACT : PORT_KEPT;
}

static __noinline int slow_out_own(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	struct flow flow = flow_outward(&pkt->ip, pkt->proto);
	struct session *session;
	bool taken, translated;
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
	/* What the kernel has translated may be of a connection that has just become a session. */
	if (ctl->flags & CONTROL_CHANGEOVER)
		return V_PASS_OWN;
	if (protocol_by_address(pkt->proto))
		peer_yield(ctl, &flow, pkt->now);
	/* What answers to the port of a forwarding would go to its inside host. */
	taken = session_find_outside(&flow, ctl, pkt->now) || endpoint_is_forward(ctl, &flow);
	translated = own_is_translated(ctx, pkt);
	if (!taken && !translated && !own_needs_session(ctx, pkt))
		return V_PASS_OWN;
	/* Of an older connection; but what the kernel translates takes no session's port away. */
	if (nat_may_begin(pkt) == V_PASS_MID_STREAM &&
	    !(translated && (taken || own_is_under_way(pkt))))
		return V_PASS_OWN;
	/* A full table must not cost the host a connection that clashes with nobody. */
	v = own_session(ctx, pkt, ctl, own_keeps(taken, translated));
	if (v == V_PASS_OWN && translated && pkt->proto == IPPROTO_TCP)
		mid_stream_reserve(pkt);
	return verdict_is_drop(v) && !taken ? V_PASS_OWN : v;
}

/* ICMP errors about a translated flow, whoever sends them: the kernel's own included, which quote
 * the packet as it was after TC ingress. */
static __always_inline int slow_out_error(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
					  bool own)
{
	int v = CONTINUE;

	if (nat_out_error(pkt, ctl))
		return own ? V_PASS_OWN : V_DROP_ICMP_NO_SESSION;
	if (own)
		pkt->nat.saddr = pkt->ip.saddr;
	else
		v = icmp_error_judge(ctx, pkt, true);
	if (!v && fragment_note(pkt))
		v = V_DROP_FRAGMENT;
	return v ? v : V_SLOW_ICMP;
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
		return slow_out_later(ctx, pkt);
	if (route_nexthop(pkt, ctl, nexthop) || nexthop->oif != ctx->ifindex)
		*nexthop = (struct nexthop){.flags = NEXTHOP_ONLINK};
	set_egress(pkt, pkt->slot, nexthop);
	v = nat_out(ctx, pkt, ctl);
	if (refuse_kind(v))
		refuse_note(pkt, v);
	if (v)
		return slow_out_refusal(v);
	return fragment_note(pkt) ? V_DROP_FRAGMENT : V_SLOW_OUT;
}

/* An answer that TC ingress has translated back, to an inside host whose address no route leads
 * inside: what came by the uplink leaves there again, with the source that it came with. */
static __noinline bool slow_out_is_answer(struct pkt *pkt, struct control *ctl)
{
	struct flow inside = flow_inward(&pkt->ip, pkt->proto);

	if (!(pkt->flags & PKT_PORTS) || (pkt->flags & PKT_ECHO_REQUEST))
		return false;
	return session_find(&inside, ctl, pkt->now);
}

/* Multicast, or the limited broadcast. 240/4 is neither: the kernel forwards it. */
static __always_inline bool addr_is_group(__be32 addr)
{
	return (bpf_ntohl(addr) >> 28) == 0xe || addr == 0xffffffff;
}

/* The verdict; pkt->nat says what is to be rewritten. */
static __always_inline int slow_out(ctx_t *ctx, struct pkt *pkt, struct control *ctl,
				    struct nexthop *nexthop)
{
	bool own = addr_is_local(pkt->ip.saddr) || !pkt->ip.saddr;

	pkt->out_slot = pkt->slot;
	if (addr_is_group(pkt->ip.daddr))
		return own ? V_PASS_OWN : V_PASS_MULTICAST;
	if ((pkt->flags & PKT_ICMP_ERROR) && (own || !is_exempt(pkt, ctl)))
		return slow_out_error(ctx, pkt, ctl, own);
	if (own)
		return slow_out_own(ctx, pkt, ctl);
	if (ctx->ingress_ifindex == ctx->ifindex && uplink_would_loop(pkt))
		return V_DROP_FILTERED;
	if (ctx->ingress_ifindex == ctx->ifindex && slow_out_is_answer(pkt, ctl))
		return V_PASS_PLAIN;
	if (is_exempt(pkt, ctl))
		return V_PASS_PLAIN;
	return slow_out_translate(ctx, pkt, ctl, nexthop);
}

/* What could not be parsed may pass only where no translation is due. */
static __always_inline int slow_out_unparsed(struct pkt *pkt, struct control *ctl, int v)
{
	if (v != V_PASS_TRUNCATED || !pkt->ip.saddr)
		return v;
	pkt->out_slot = pkt->slot;
	if (addr_is_local(pkt->ip.saddr) || is_exempt(pkt, ctl))
		return v;
	return V_DROP_MALFORMED;
}

#endif
