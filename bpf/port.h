/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choice of an outside port, which claim.h then takes; a port with a socket of this host behind
 * it is never taken: what was bound is counted in local_ports (sockets.bpf.c), and the socket
 * tables are asked for the others, so that one which appeared a moment ago counts too. The last
 * free port of a destination is found, in a bounded number of tries.
 */
#ifndef BPF_PORT_H
#define BPF_PORT_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "claim.h"
#include "ctx.h"
#include "crowd.h"
#include "maps.h"
#include "port_range.h"
#include "session.h"

#define PORT_DRAWS	   16	/* random ports before a destination counts as crowded */
#define PORT_ROW	   64	/* a range up to this is searched whole, without a bitmap */
#define PORT_ROW_MAX	   4096 /* and a larger one so far, where no bitmap is to be had */
#define PORT_VERIFY	   32	/* taken ports tried again before a refusal, and so many more */
#define PORT_VERIFY_SECOND 1024 /* for each second since that was done last */

/* Of TCP and UDP. */
static __always_inline bool port_is_bound(const struct flow *outside)
{
	__u32 index = LOCAL_PORT_INDEX(outside->proto, bpf_ntohs(outside->port));
	__u64 *sockets = bpf_map_lookup_elem(&local_ports, &index);

	return sockets && *sockets;
}

/* Does a socket of this host receive what the peer sends to flow->addr:port, or could it, were it
 * to listen or to connect? */
static __noinline bool port_is_local(ctx_t *ctx, const struct flow *outside)
{
	/* Of the union only what IPv4 needs: the stack is short. */
	struct {
		__be32 saddr, daddr;
		__be16 sport, dport;
	} ipv4 = {outside->remote, outside->addr, outside->remote_port, outside->port};
	struct bpf_sock_tuple *tuple = (void *)&ipv4;
	struct bpf_sock *sk;

	if (outside->proto != IPPROTO_TCP && outside->proto != IPPROTO_UDP)
		return false;
	if (port_is_bound(outside))
		return true;
	if (outside->proto == IPPROTO_TCP)
		sk = bpf_skc_lookup_tcp(ctx, tuple, sizeof(ipv4), BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, tuple, sizeof(ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

static __always_inline struct port_search *port_search_get(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&port_search, &key);
}

/* Claims the port of the search's outside flow, with the verdict in the search: CONTINUE;
 * V_DROP_NO_PORT where it is taken; V_DROP_TABLE_FULL. 1 where there is no point in going on. */
__noinline int port_try(ctx_t *ctx, struct control *ctl)
{
	struct port_search *s = port_search_get();

	if (!s || !ctl)
		return 1;
	s->verdict = port_is_local(ctx, &s->outside) ? V_DROP_NO_PORT : claim_port(s, ctl);
	return s->verdict != V_DROP_NO_PORT;
}

/* What the loops need besides the search. */
struct port_loop {
	ctx_t *ctx;
	struct control *ctl;
	struct port_search *search;
};

static __always_inline long port_try_this(struct port_loop *l, __u32 port)
{
	l->search->outside.port = bpf_htons(port);
	return port_try(l->ctx, l->ctl) != 0;
}

/* Tries a port that is taken: looking for its holder removes that where it has expired. */
static __always_inline long port_try_taken(struct port_loop *l, __u32 port)
{
	struct port_search *s = l->search;

	s->outside.port = bpf_htons(port);
	if (session_find_outside(&s->outside, l->ctl, s->now))
		return 0;
	return port_try(l->ctx, l->ctl) != 0;
}

/* The steps of the loops; 1 ends one. */
static long port_step_random(__u32 i, struct port_loop *l)
{
	(void)i;
	return port_try_this(l, port_random(l->search));
}

static long port_step_row(__u32 i, struct port_loop *l)
{
	return port_try_this(l, port_in_row(l->search, i));
}

/* Each try sets a bit, so that all of them together are bounded by the ports that come free. */
static long port_step_clear(__u32 i, struct port_loop *l)
{
	__u32 place = port_clear(l->search);

	(void)i;
	if (place == CROWD_NOWHERE)
		return 1;
	crowd_set(l->search->crowd, place);
	return port_try_this(l, crowd_port(place));
}

static long port_step_taken_row(__u32 i, struct port_loop *l)
{
	return port_try_taken(l, port_in_row(l->search, i));
}

/* At random first, so that of many sessions which have expired not the next one in a row is taken;
 * then where the last packet stopped. */
static long port_step_taken(__u32 i, struct port_loop *l)
{
	struct port_search *s = l->search;
	struct crowd *crowd;

	if (i < PORT_DRAWS)
		return port_try_taken(l, port_random(s));
	crowd = bpf_map_lookup_elem(&crowds, &s->crowd);
	if (!crowd)
		return 1;
	return port_try_taken(l, s->min + crowd->cursor++ % port_count(s));
}

/* How many taken ports are worth a try: the longer nobody has tried, the more. */
static __always_inline __u32 port_verify_tries(struct crowd *crowd, __u32 now, __u32 n)
{
	__u32 since = now - crowd->verified;
	__u32 tries = PORT_VERIFY + PORT_VERIFY_SECOND * (since < 64 ? since : 64);

	crowd->verified = now;
	return tries < n + PORT_DRAWS ? tries : n + PORT_DRAWS;
}

/* A range of a few ports, or a large one for which no bitmap is to be had: one after the other. */
static __always_inline void port_search_row(struct port_loop *l, __u32 n)
{
	bpf_loop(n < PORT_ROW_MAX ? n : PORT_ROW_MAX, port_step_row, l, 0);
	if (l->search->verdict == V_DROP_NO_PORT)
		bpf_loop(n < PORT_ROW ? n : PORT_ROW, port_step_taken_row, l, 0);
}

static __always_inline void port_search_crowd(struct port_loop *l, struct crowd *crowd, __u32 n)
{
	struct port_search *s = l->search;

	crowd->used = s->now;
	bpf_loop(n, port_step_clear, l, 0);
	if (s->verdict == V_DROP_NO_PORT)
		bpf_loop(port_verify_tries(crowd, s->now, n), port_step_taken, l, 0);
}

/* A port other than the inside one. While ports abound some random ones are tried. After that the
 * destination is crowded: a small range is searched whole, for a large one a bitmap is kept. */
static __always_inline void port_search_run(struct port_loop *l)
{
	struct port_search *s = l->search;
	__u32 n = port_count(s);
	struct crowd *crowd;

	s->crowd = n > PORT_ROW && crowd_any() ? crowd_find(&s->crowded) : CROWD_NOWHERE;
	if (n > PORT_DRAWS && s->crowd == CROWD_NOWHERE)
		bpf_loop(PORT_DRAWS, port_step_random, l, 0);
	if (!n || s->verdict != V_DROP_NO_PORT)
		return;
	s->start = bpf_get_prandom_u32() >> 1;
	if (n > PORT_ROW && s->crowd == CROWD_NOWHERE)
		s->crowd = crowd_make(&s->crowded, s->now);
	crowd = bpf_map_lookup_elem(&crowds, &s->crowd);
	if (crowd)
		port_search_crowd(l, crowd, n);
	else
		port_search_row(l, n);
}

/* The destination whose ports may run short: of a mapping, which wants a port to itself, all. */
static __always_inline void port_set_crowded(struct port_search *s)
{
	s->crowded = s->outside;
	if (s->claim != CLAIM_MAPPING)
		return;
	s->crowded.remote = 0;
	s->crowded.remote_port = 0;
}

/* Is the outside port to be the inside one? */
enum port_keep {
	PORT_OTHER, /* no: another one is chosen */
	PORT_KEPT,  /* where it is free and may be chosen */
	PORT_EXACT, /* or none is claimed */
};

/*
 * Claims a port of the search's outside.addr for its inside flow, as its claim and enum port_keep
 * say; chosen are ports of port_range.h. Where the claim is CLAIM_KNOWN outside.port is the one.
 * CONTINUE with outside.port, V_DROP_NO_PORT, V_DROP_TABLE_FULL.
 */
__noinline int port_claim(ctx_t *ctx, struct control *ctl, int keep)
{
	struct port_loop loop = {.ctx = ctx, .ctl = ctl, .search = port_search_get()};
	struct port_search *s = loop.search;

	if (!ctl || !s)
		return V_DROP_TABLE_FULL;
	s->verdict = V_DROP_NO_PORT;
	if (s->claim != CLAIM_KNOWN) {
		s->outside.port = s->inside.port;
		port_set_crowded(s);
		if (!port_choices(s, ctl, s->policy) && keep != PORT_EXACT)
			keep = PORT_OTHER;
	}
	if (keep && !port_try_this(&loop, bpf_ntohs(s->outside.port)))
		port_try_taken(&loop, bpf_ntohs(s->outside.port));
	if (s->verdict == V_DROP_NO_PORT && s->claim != CLAIM_KNOWN && keep != PORT_EXACT)
		port_search_run(&loop);
	return s->verdict;
}

#endif
