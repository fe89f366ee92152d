/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 5: what the stages decided, put into the packet. Checksums are updated incrementally
 * (csum.h). A failure after the first byte was written is V_DROP_REWRITE, never a pass: XDP hands
 * no packet up that it has modified.
 */
#ifndef BPF_REWRITE_H
#define BPF_REWRITE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include <erxdp/protocol.h>

#include "ctx.h"
#include "pkt.h"

#define IP_TTL_OFF   8
#define IP_CHECK_OFF 10
#define IP_SADDR_OFF 12
#define IP_DADDR_OFF 16
#define ICMP_ID_OFF  4

static __always_inline int store_if_changed32(ctx_t *ctx, __u32 off, __be32 from, __be32 to)
{
	return from == to ? 0 : ctx_store32(ctx, off, to);
}

static __always_inline int store_if_changed16(ctx_t *ctx, __u32 off, __be16 from, __be16 to)
{
	return from == to ? 0 : ctx_store16(ctx, off, to);
}

static __always_inline __u64 diff_addresses(const struct tuple *from, const struct tuple *to)
{
	return csum_diff32(from->saddr, to->saddr) + csum_diff32(from->daddr, to->daddr);
}

static __always_inline __u64 diff_ports(const struct tuple *from, const struct tuple *to)
{
	return csum_diff16(from->sport, to->sport) + csum_diff16(from->dport, to->dport);
}

/* Addresses, and the TTL where the packet is forwarded here (`hops` 1). */
static __always_inline int rewrite_l3(ctx_t *ctx, const struct pkt *pkt, __u8 hops)
{
	__u16 before = bpf_htons(pkt->ttl << 8 | pkt->proto);
	__u16 after = bpf_htons((__u8)(pkt->ttl - hops) << 8 | pkt->proto);
	__u64 diff = diff_addresses(&pkt->ip, &pkt->nat) + csum_diff16(before, after);

	if (hops && ctx_store8(ctx, pkt->l3 + IP_TTL_OFF, pkt->ttl - hops))
		return -1;
	if (store_if_changed32(ctx, pkt->l3 + IP_SADDR_OFF, pkt->ip.saddr, pkt->nat.saddr))
		return -1;
	if (store_if_changed32(ctx, pkt->l3 + IP_DADDR_OFF, pkt->ip.daddr, pkt->nat.daddr))
		return -1;
	return ctx_csum_l3(ctx, pkt->l3 + IP_CHECK_OFF, diff);
}

static __always_inline int rewrite_ports(ctx_t *ctx, const struct pkt *pkt)
{
	__u64 addresses = diff_addresses(&pkt->ip, &pkt->nat);
	__u64 ports = diff_ports(&pkt->ip, &pkt->nat);
	bool udp = pkt->proto == IPPROTO_UDP;

	if (store_if_changed16(ctx, pkt->l4, pkt->ip.sport, pkt->nat.sport))
		return -1;
	if (store_if_changed16(ctx, pkt->l4 + 2, pkt->ip.dport, pkt->nat.dport))
		return -1;
	return ctx_csum_l4(ctx, pkt->l4 + (udp ? UDP_CHECK_OFF : TCP_CHECK_OFF), addresses, ports,
			   udp);
}

/* An echo's identifier is in sport or in dport, the other one is 0; ICMP has no pseudo header. */
static __always_inline int rewrite_echo(ctx_t *ctx, const struct pkt *pkt)
{
	__be16 id = pkt->nat.sport | pkt->nat.dport;

	if (ctx_store16(ctx, pkt->l4 + ICMP_ID_OFF, id))
		return -1;
	return ctx_csum_l4(ctx, pkt->l4 + ICMP_CHECK_OFF, 0, diff_ports(&pkt->ip, &pkt->nat),
			   false);
}

/* Of the protocols by address only UDP-Lite has a checksum with the addresses in it, where UDP has
 * its own; 0 is none, and stays what it is (RFC 3828 section 3.1). */
static __always_inline int rewrite_by_address(ctx_t *ctx, const struct pkt *pkt)
{
	if (pkt->proto != PROTOCOL_UDPLITE)
		return 0;
	return ctx_csum_l4(ctx, pkt->l4 + UDP_CHECK_OFF, diff_addresses(&pkt->ip, &pkt->nat), 0,
			   true);
}

/* Ports, or the identifier, of the packet inside an ICMP error. */
static __always_inline int rewrite_inner_ports(ctx_t *ctx, const struct pkt *pkt)
{
	const struct tuple *from = &pkt->inner, *to = &pkt->inner_nat;

	if (pkt->inner_proto == IPPROTO_ICMP)
		return ctx_store16(ctx, pkt->inner_l4 + ICMP_ID_OFF, to->sport | to->dport);
	if (store_if_changed16(ctx, pkt->inner_l4, from->sport, to->sport))
		return -1;
	return store_if_changed16(ctx, pkt->inner_l4 + 2, from->dport, to->dport);
}

/*
 * The inner transport checksum follows the change where it is there (RFC 5508 REQ-3 asks it of the
 * IP header only; a host may look at it all the same). Its own change is added to *diff, which the
 * outer ICMP checksum sees.
 */
static __always_inline int rewrite_inner_check(ctx_t *ctx, const struct pkt *pkt, __u64 *diff)
{
	bool udp = pkt->inner_proto == IPPROTO_UDP || pkt->inner_proto == PROTOCOL_UDPLITE;
	__u32 off = pkt->inner_l4 + pkt->inner_check;
	__u64 change = *diff;
	__u16 *check, old, new;

	if (!pkt->inner_check)
		return 0;
	check = ctx_at(ctx, off, sizeof(*check));
	if (!check)
		return -1;
	old = *check;
	if (udp && !old)
		return 0;
	if (pkt->inner_proto != IPPROTO_ICMP)
		change += diff_addresses(&pkt->inner, &pkt->inner_nat);
	new = csum_apply(old, change);
	if (udp && !new)
		new = 0xffff;
	*diff += csum_diff16(old, new);
	return ctx_store16(ctx, off, new);
}

/* The packet inside an ICMP error. Its addresses and its header checksum cancel out in the outer
 * sum. */
static __always_inline int rewrite_inner(ctx_t *ctx, const struct pkt *pkt)
{
	const struct tuple *from = &pkt->inner, *to = &pkt->inner_nat;
	__u64 diff = diff_ports(from, to);
	__u32 l3 = pkt->inner_l3;
	__u16 *check;

	if (store_if_changed32(ctx, l3 + IP_SADDR_OFF, from->saddr, to->saddr) ||
	    store_if_changed32(ctx, l3 + IP_DADDR_OFF, from->daddr, to->daddr))
		return -1;
	check = ctx_at(ctx, l3 + IP_CHECK_OFF, sizeof(*check));
	if (!check)
		return -1;
	if (ctx_store16(ctx, l3 + IP_CHECK_OFF, csum_apply(*check, diff_addresses(from, to))))
		return -1;
	if (rewrite_inner_ports(ctx, pkt) || rewrite_inner_check(ctx, pkt, &diff))
		return -1;
	return ctx_csum_l4(ctx, pkt->l4 + ICMP_CHECK_OFF, 0, diff, false);
}

static __always_inline int rewrite_l4(ctx_t *ctx, const struct pkt *pkt)
{
	if (pkt->flags & PKT_ICMP_ERROR)
		return rewrite_inner(ctx, pkt);
	if (!(pkt->flags & PKT_PORTS))
		return 0;
	if (pkt_is_echo(pkt))
		return rewrite_echo(ctx, pkt);
	if (pkt->proto == IPPROTO_TCP || pkt->proto == IPPROTO_UDP)
		return rewrite_ports(ctx, pkt);
	return rewrite_by_address(ctx, pkt);
}

/* Network and transport headers. CONTINUE or V_DROP_REWRITE. */
__noinline int rewrite_ip(ctx_t *ctx, struct pkt *pkt, __u8 hops)
{
	if (!pkt || rewrite_l3(ctx, pkt, hops))
		return V_DROP_REWRITE;
	if ((pkt->flags & PKT_TRANSLATED) && rewrite_l4(ctx, pkt))
		return V_DROP_REWRITE;
	return CONTINUE;
}

#endif
