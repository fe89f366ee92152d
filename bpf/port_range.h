/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which outside ports a flow may have, and which one of them next.
 *
 * An inside port is kept where it lies in the configured range. Another one is chosen in its class
 * as netfilter's are (nf_nat_l4proto_unique_tuple; RFC 4787 REQ-3a): 1-511, 600-1023, 1024-65535,
 * as far as the range has ports of that class; where it has none, in the whole range, as with
 * iptables' --to-ports. ICMP identifiers are not ports, and have no range. A host with a port block
 * keeps and gets ports and identifiers of its block only.
 */
#ifndef BPF_PORT_RANGE_H
#define BPF_PORT_RANGE_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include <erxdp/crowd.h>
#include <erxdp/portblock.h>
#include <erxdp/siphash.h>

#include "crowd.h"
#include "maps.h"
#include "policy.h"

static __always_inline __u32 port_count(const struct port_search *s)
{
	return s->max < s->min ? 0 : s->max - s->min + 1;
}

/* 0..n-1, each as likely as the other (to n in 2^32). RFC 6056 section 3.3.1, RFC 6888 REQ-15: not
 * to be told from what was drawn before. */
__noinline __u32 port_draw(__u32 n)
{
	__u64 word = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
	struct port_state *state = port_state_get();
	__u64 hash;

	if (!state)
		return 0;
	hash = siphash_u64(word, state->secret[0], state->secret[1]);
	return (hash >> 32) * n >> 32;
}

/* True for a host that has to keep to a block; with no ports where it is one too many. */
static __always_inline bool port_block(struct port_search *s, const struct control *ctl,
				       const struct policy *policy)
{
	struct portblock_plan plan;
	struct portblock block;
	__u32 host = bpf_ntohl(s->inside.addr);

	if (!policy || !policy->block_size)
		return false;
	plan = portblock_plan_of(policy, ctl);
	if (!portblock_covers(&plan, host))
		return false;
	s->min = 1;
	s->max = 0;
	if (!portblock_of(&plan, host, &block)) {
		s->min = block.first;
		s->max = block.first + block.size - 1;
	}
	return true;
}

/* The part of the configured range to choose from, by the class of the inside port. */
static __always_inline void port_class(struct port_search *s, const struct control *ctl, __u32 port)
{
	__u32 min = port < 512 ? 1 : port < 1024 ? 600 : 1024;
	__u32 max = port < 512 ? 511 : port < 1024 ? 1023 : 65535;

	s->min = min > ctl->port_min ? min : ctl->port_min;
	s->max = max < ctl->port_max ? max : ctl->port_max;
	if (s->min <= s->max)
		return;
	s->min = ctl->port_min;
	s->max = ctl->port_max;
}

/* Fills in what may be chosen for s->inside; true where its own port may be kept. */
static __always_inline bool port_choices(struct port_search *s, const struct control *ctl,
					 __u32 policy_index)
{
	struct policy *policy = policy_get(policy_index);
	__u32 port = bpf_ntohs(s->inside.port);

	/* RFC 4787 REQ-4 is about UDP; netfilter does not do it, nor does BEHAVIOUR_COMPAT. */
	s->parity = policy && policy->behaviour == BEHAVIOUR_RFC && s->inside.proto == IPPROTO_UDP;
	if (port_block(s, ctl, policy))
		return port >= s->min && port <= s->max;
	if (s->inside.proto == IPPROTO_ICMP) {
		s->min = 0;
		s->max = 65535;
		return true;
	}
	port_class(s, ctl, port);
	if (!port) /* of who wants no answer (RFC 768): kept where low ports are */
		return ctl->port_min <= 1;
	return port >= ctl->port_min && port <= ctl->port_max;
}

/* The places (erxdp/crowd.h) of one parity's ports in the range; none where to < from. */
struct port_half {
	__u32 from, to;
};

static __always_inline struct port_half port_half_of(const struct port_search *s, __u32 odd)
{
	__s32 min = s->min + ((s->min ^ odd) & 1);
	__s32 max = s->max - ((s->max ^ odd) & 1); /* -1 for the odd ones of 0-0 */

	if (max < min)
		return (struct port_half){1, 0};
	return (struct port_half){crowd_place(min), crowd_place(max)};
}

static __always_inline __u32 port_half_size(const struct port_half *half)
{
	return half->to < half->from ? 0 : half->to - half->from + 1;
}

static __always_inline __u32 port_odd(const struct port_search *s)
{
	return bpf_ntohs(s->inside.port) & 1;
}

/* A random port of the range, of the wanted parity where that matters and there is one. */
static __always_inline __u32 port_random(const struct port_search *s)
{
	struct port_half half;
	__u32 n;

	if (s->parity) {
		half = port_half_of(s, port_odd(s));
		n = port_half_size(&half);
		if (n)
			return crowd_port(half.from + port_draw(n));
	}
	return s->min + port_draw(port_count(s));
}

/* The i-th port of the range, in a row from a random one on; those of the wanted parity first. */
static __always_inline __u32 port_in_row(const struct port_search *s, __u32 i)
{
	struct port_half half;
	__u32 n = port_count(s);

	if (!s->parity)
		return s->min + (s->start + i) % n;
	half = port_half_of(s, port_odd(s));
	n = port_half_size(&half);
	if (i >= n) {
		half = port_half_of(s, !port_odd(s));
		n = port_half_size(&half);
	}
	return crowd_port(half.from + (s->start + i) % n);
}

/* A place of the half whose bit is clear, from a random one on; or CROWD_NOWHERE. */
static __always_inline __u32 port_clear_half(const struct port_search *s, __u32 odd)
{
	struct port_half half = port_half_of(s, odd);
	__u32 n = port_half_size(&half);
	__u32 start, place;

	if (!n)
		return CROWD_NOWHERE;
	start = half.from + port_draw(n);
	place = crowd_scan(s->crowd, start, half.to);
	if (place == CROWD_NOWHERE && start > half.from)
		place = crowd_scan(s->crowd, half.from, start - 1);
	return place;
}

static __always_inline __u32 port_clear(const struct port_search *s)
{
	__u32 odd = s->parity ? port_odd(s) : port_draw(2);
	__u32 place = port_clear_half(s, odd);

	return place == CROWD_NOWHERE ? port_clear_half(s, !odd) : place;
}

#endif
