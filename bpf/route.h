/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 3: where does it go? Longest prefix (erxdp/route.h), then the nexthop or the group's
 * member, then the neighbour. Everything read here is the daemon's mirror of the kernel
 * (user/tables/fib.c).
 */
#ifndef BPF_ROUTE_H
#define BPF_ROUTE_H

#include <linux/if_ether.h>
#include <linux/in.h>

#include "ctx.h"
#include "maps.h"
#include "pkt.h"

#define read_barrier() asm volatile("" ::: "memory")

static __always_inline __u32 route_word(void *map, __u32 element, __u32 word)
{
	__u16 *words = bpf_map_lookup_elem(map, &element);

	return words ? *(volatile __u16 *)&words[word] : ROUTE_NONE;
}

/*
 * The word of an address: one line of the cache, mostly, and up to three where its /24 has longer
 * prefixes in it or only the default route leads there. A function of its own, since the verifier
 * would walk the rest of the program for each of these ways.
 */
__noinline __u32 route_lookup(__be32 addr)
{
	__u32 host = bpf_ntohl(addr), entry = host >> 8;
	__u32 route = route_word(&routes, entry / ROUTE_LINE, entry % ROUTE_LINE);

	if (route >= ROUTE_CHUNKS)
		route = route_word(&route_chunks, route - ROUTE_CHUNKS, host % ROUTE_CHUNK);
	return route ? route : route_word(&routes, ROUTE_DEFAULT_LINE, 0);
}

static __always_inline bool addr_is_local(__be32 addr)
{
	return route_kind(route_lookup(addr)) == ROUTE_LOCAL;
}

/* Copies a nexthop under its sequence count. */
static __always_inline int nexthop_read(__u32 index, struct nexthop *nexthop)
{
	struct nexthop *src = bpf_map_lookup_elem(&nexthops, &index);
	__u32 seq;

	if (!src)
		return V_PASS_NO_ROUTE;
	seq = *(volatile __u32 *)&src->seq;
	read_barrier();
	*nexthop = *src;
	read_barrier();
	return (seq & 1) || *(volatile __u32 *)&src->seq != seq ? V_PASS_BUSY : CONTINUE;
}

/* Multiply and shift over three words: enough to spread flows, cheap in BPF. */
static __always_inline __u32 hash_words(__u32 a, __u32 b, __u32 c, __u32 seed)
{
	__u32 hash = seed ^ a;

	hash *= 0x9e3779b1;
	hash ^= hash >> 15;
	hash = (hash ^ b) * 0x85ebca6b;
	hash ^= hash >> 13;
	hash = (hash ^ c) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

/* The flow's hash as net.ipv4.fib_multipath_hash_policy wants it, 31 bits. The values differ from
 * the kernel's; what matters is that a flow keeps its path. */
static __always_inline __u32 flow_hash(const struct pkt *pkt, const struct control *ctl)
{
	__u32 l4 = 0;

	if (ctl->flags & CONTROL_HASH_L4)
		l4 = ((__u32)pkt->nat.sport << 16 | pkt->nat.dport) ^ pkt->proto;
	return hash_words(pkt->nat.saddr, pkt->nat.daddr, l4, ctl->hash_seed) >> 1;
}

#define GROUP_NONE (~0U)
#define GROUP_BUSY (~0U - 1) /* it is being written */

/* The index of the nexthop that a group has for a hash. A function of its own, since the verifier
 * would walk the loop for each way there is to it. */
__noinline __u32 group_select(__u32 index, __u32 hash)
{
	struct nexthop_group *group = bpf_map_lookup_elem(&groups, &index);
	__u32 seq, count, chosen = 0;

	if (!group)
		return GROUP_NONE;
	seq = *(volatile __u32 *)&group->seq;
	read_barrier();
	count = group->count;
	for (__u32 i = 0; i < ERXDP_MAX_MEMBERS; i++) {
		if (i >= count)
			break;
		chosen = group->member[i].nexthop;
		if (hash <= group->member[i].bound)
			break;
	}
	read_barrier();
	return (seq & 1) || *(volatile __u32 *)&group->seq != seq ? GROUP_BUSY : chosen;
}

/* The nexthop towards pkt->nat.daddr, whatever its state, with pkt->nexthop its index; or the
 * verdict of a route without one. */
static __always_inline int route_nexthop(struct pkt *pkt, const struct control *ctl,
					 struct nexthop *nexthop)
{
	__u32 route = route_lookup(pkt->nat.daddr);
	__u32 index = route_index(route);

	switch (route_kind(route)) {
	case ROUTE_NEXTHOP:
		pkt->nexthop = index;
		return nexthop_read(index, nexthop);
	case ROUTE_GROUP:
		pkt->nexthop = group_select(index, flow_hash(pkt, ctl));
		return pkt->nexthop == GROUP_BUSY ? V_PASS_BUSY
						  : nexthop_read(pkt->nexthop, nexthop);
	case ROUTE_LOCAL:
		return V_PASS_LOCAL;
	case ROUTE_BROADCAST:
		return V_PASS_MULTICAST;
	case ROUTE_BLACKHOLE:
		return V_DROP_BLACKHOLE;
	case ROUTE_UNREACHABLE:
		return V_PASS_UNREACHABLE;
	case ROUTE_KERNEL:
		return V_PASS_EGRESS;
	default:
		return V_PASS_NO_ROUTE;
	}
}

/* The link address of a neighbour on the device `oif`, which is used now; false: none is known. */
static __always_inline bool neighbour_mac(__u32 oif, __be32 addr, __u32 now, __u8 mac[ETH_ALEN])
{
	struct neighbour_key key = {.ifindex = oif, .addr = addr};
	struct neighbour *neighbour = bpf_map_lookup_elem(&neighbours, &key);

	if (!neighbour)
		return false;
	if (neighbour->used != now)
		neighbour->used = now;
	__builtin_memcpy(mac, neighbour->mac, ETH_ALEN);
	return true;
}

/* Fills nexthop->dmac for a destination that is its own neighbour. */
static __always_inline int neighbour_resolve(const struct pkt *pkt, struct nexthop *nexthop)
{
	bool known = nexthop->flags & NEXTHOP_ONLINK
			     ? neighbour_mac(nexthop->oif, pkt->nat.daddr, pkt->now, nexthop->dmac)
			     : nexthop->flags & NEXTHOP_RESOLVED;

	return known ? CONTINUE : V_PASS_NEIGHBOUR;
}

/* The IP length that the link will see: of one segment where the packet is to be segmented. */
static __always_inline __u32 ip_len_on_wire(ctx_t *ctx, const struct pkt *pkt)
{
	__u32 gso_size = ctx_gso_size(ctx), l4;
	__u8 *tcp;

	if (!gso_size)
		return pkt->tot_len;
	tcp = ctx_at(ctx, pkt->l4, 20);
	l4 = pkt->proto == IPPROTO_TCP && tcp ? (tcp[12] >> 4) * 4 : 8;
	return pkt->l4 - pkt->l3 + l4 + gso_size;
}

/* Can the packet leave by this nexthop? CONTINUE with nexthop->dmac. */
static __always_inline int route_by(ctx_t *ctx, const struct pkt *pkt, struct nexthop *nexthop)
{
	if (nexthop->flags & NEXTHOP_DOWN)
		return V_PASS_LINK_DOWN;
	if (!(nexthop->flags & NEXTHOP_TRANSMIT))
		return V_PASS_EGRESS;
	if (ip_len_on_wire(ctx, pkt) > nexthop->mtu)
		return V_PASS_TOO_BIG;
	return neighbour_resolve(pkt, nexthop);
}

static __always_inline int route(ctx_t *ctx, struct pkt *pkt, const struct control *ctl,
				 struct nexthop *nexthop)
{
	int v = route_nexthop(pkt, ctl, nexthop);

	return v ? v : route_by(ctx, pkt, nexthop);
}

#endif
