/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The link header in XDP: tags lie in the frame, so it grows or shrinks by four bytes a tag at its
 * front. This comes before any other change: where the driver has no room the packet is still
 * untouched.
 */
#ifndef BPF_L2_XDP_H
#define BPF_L2_XDP_H

#include "maps.h"
#include "parse.h"

/* A redirect to a device that the map lacks would lose the packet; asked before it is modified. */
static __always_inline int egress_ready(const struct pkt *pkt, const struct nexthop *nexthop)
{
	__u32 port = nexthop->port;

	return port == pkt->port || bpf_map_lookup_elem(&tx_ports, &port) ? CONTINUE
									  : V_PASS_EGRESS;
}

static __always_inline __u8 nexthop_tags(const struct nexthop *nexthop)
{
	if (!nexthop->tag[0].tpid)
		return 0;
	return nexthop->tag[1].tpid ? 2 : 1;
}

static __always_inline int l2_resize(ctx_t *ctx, struct pkt *pkt, __u8 ntags)
{
	int grow = ((int)ntags - pkt->ntags) * (int)sizeof(struct vlan_header);

	if (!grow)
		return CONTINUE;
	if (bpf_xdp_adjust_head(ctx, -grow))
		return V_PASS_HEADROOM;
	pkt->l3 += grow;
	pkt->l4 += grow;
	pkt->inner_l3 += grow;
	pkt->inner_l4 += grow;
	return CONTINUE;
}

static __always_inline int l2_write_tag(ctx_t *ctx, __u32 off, const struct vlan_tag *tag,
					__be16 proto)
{
	struct vlan_header *vlan = ctx_at(ctx, off, sizeof(*vlan));

	if (!vlan)
		return V_DROP_REWRITE;
	vlan->tci = bpf_htons(tag->vid);
	vlan->proto = proto;
	return CONTINUE;
}

/* MACs, tags and the protocol for the nexthop. */
static __always_inline int rewrite_l2(ctx_t *ctx, struct pkt *pkt, const struct nexthop *nexthop)
{
	__u8 ntags = nexthop_tags(nexthop);
	struct ethhdr *eth;
	int v = l2_resize(ctx, pkt, ntags);

	if (v)
		return v;
	eth = ctx_at(ctx, 0, sizeof(*eth));
	if (!eth)
		return V_DROP_REWRITE;
	__builtin_memcpy(eth->h_dest, nexthop->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, nexthop->smac, ETH_ALEN);
	eth->h_proto = ntags ? nexthop->tag[0].tpid : bpf_htons(ETH_P_IP);
	if (ntags == 2) {
		v = l2_write_tag(ctx, ETH_HLEN, &nexthop->tag[0], nexthop->tag[1].tpid);
		return v ? v
			 : l2_write_tag(ctx, ETH_HLEN + 4, &nexthop->tag[1], bpf_htons(ETH_P_IP));
	}
	return ntags ? l2_write_tag(ctx, ETH_HLEN, &nexthop->tag[0], bpf_htons(ETH_P_IP))
		     : CONTINUE;
}

#endif
