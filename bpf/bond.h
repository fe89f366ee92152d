/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slave of a bond a tagged frame leaves by: the one that the bond itself would choose for the
 * frame without its tag (bond_xmit_hash() in drivers/net/bonding/bond_main.c). So what the kernel
 * forwards of a flow leaves by the same slave as what goes here. Untagged frames are left to the
 * bond.
 */
#ifndef BPF_BOND_H
#define BPF_BOND_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "ctx.h"
#include "maps.h"
#include "pkt.h"
#include "rewrite.h"
#include "route.h"

/* Type, code and identifier in one word, where 0 would be no identifier. */
static __always_inline __u32 bond_hash_query(ctx_t *ctx, __u32 l4)
{
	__u16 *icmp = ctx_at(ctx, l4, ICMP_ID_OFF + sizeof(*icmp));
	__u32 id;

	if (!icmp)
		return 0;
	id = bpf_ntohs(icmp[ICMP_ID_OFF / sizeof(*icmp)]);
	return icmp[0] | (id ? id : 1) << 16;
}

/* The ports, or what lies in their place. */
static __always_inline __u32 bond_hash_ports(ctx_t *ctx, __u32 l4, __u8 proto)
{
	__u32 *ports;

	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_ESP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		ports = ctx_at(ctx, l4, sizeof(*ports));
		return ports ? *ports : 0;
	default:
		return 0;
	}
}

static __always_inline __u32 bond_hash_macs(ctx_t *ctx)
{
	struct ethhdr *eth = ctx_at(ctx, 0, sizeof(*eth));

	return eth ? eth->h_dest[5] ^ eth->h_source[5] ^ ETH_P_IP : 0;
}

/* An ICMP error is of the flow that it quotes. */
static __always_inline __u32 bond_hash_flow(ctx_t *ctx, const struct pkt *pkt)
{
	if (pkt->flags & PKT_ICMP_ERROR)
		return bond_hash_ports(ctx, pkt->inner_l4, pkt->inner_proto);
	if (pkt_is_echo(pkt))
		return bond_hash_query(ctx, pkt->l4);
	return bond_hash_ports(ctx, pkt->l4, pkt->proto);
}

static __always_inline __u32 bond_hash_addresses(const struct tuple *ip)
{
	return ip->saddr ^ ip->daddr;
}

/* The daemon's clock is the finer one: it may have entered a second before ours. */
static __always_inline bool bond_is_believed(const struct bond *bond, __u32 now)
{
	return (__s32)(now - bond->seen) <= BOND_BELIEVED;
}

static __always_inline __u32 bond_hash_mix(__u32 hash, __u32 kind)
{
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	return kind == BOND_HASH_L34 ? hash >> 1 : hash;
}

/* The slave of the bond `port` for frames of the interface `slot`, by the hash of whichever kind it
 * uses; 0: the bond is to choose. */
__noinline __u32 bond_slave(__u32 slot, __u32 port, __u32 now, __u32 by_macs, __u32 by_flow)
{
	struct bond *bond = bpf_map_lookup_elem(&bonds, &slot);
	__u32 seq, count, hash, chosen;

	if (!bond)
		return 0;
	seq = *(volatile __u32 *)&bond->seq;
	read_barrier();
	count = bond->count;
	if ((seq & 1) || bond->port != port || !count || !bond_is_believed(bond, now))
		return 0;
	hash = bond_hash_mix(bond->hash == BOND_HASH_L34 ? by_flow : by_macs, bond->hash);
	chosen = bond->slave[hash % count % ERXDP_MAX_SLAVES];
	read_barrier();
	return *(volatile __u32 *)&bond->seq == seq ? chosen : 0;
}

/* Of a packet that has been rewritten. */
static __always_inline __u32 bond_slave_of(ctx_t *ctx, const struct pkt *pkt,
					   const struct nexthop *nexthop)
{
	__u32 addresses =
		bond_hash_addresses(pkt->flags & PKT_ICMP_ERROR ? &pkt->inner_nat : &pkt->nat);

	return bond_slave(nexthop->slot, nexthop->port, pkt->now, bond_hash_macs(ctx) ^ addresses,
			  bond_hash_flow(ctx, pkt) ^ addresses);
}

#endif
