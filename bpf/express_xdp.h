/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the express way in XDP: tags lie in the frame, and it leaves by a port or by the slave
 * of a bond. */
#ifndef BPF_EXPRESS_XDP_H
#define BPF_EXPRESS_XDP_H

#include "bond.h"
#include "express_exit.h"
#include "express_frame.h"
#include "rewrite.h"

#define EXPRESS_HOOK  HOOK_XDP
#define EXPRESS_IFACE IFACE_FORWARD /* flags that it must have */
#define EXPRESS_DROP  XDP_DROP

static __always_inline __u32 express_slave(const struct frame *frame, const struct way_out *out)
{
	__u32 addresses = bond_hash_addresses(&frame->nat);
	__u32 macs = out->macs.dest[5] ^ out->macs.source[5] ^ ETH_P_IP;

	return bond_slave(out->slot, out->port, frame->now, macs ^ addresses,
			  frame->nat.ports ^ addresses);
}

/* The port or slave that it leaves by, of a frame that came by `port`. */
static __always_inline int express_port(const struct frame *frame, const struct way_out *out,
					__u32 port)
{
	__u32 slave = out->tag.tpid ? express_slave(frame, out) : 0;
	bool same = out->port == port;

	/* A bond that has gone may have left its slaves in the device map. The bond chooses where
	 * that lacks the slave. */
	if (slave && (same || bpf_map_lookup_elem(&tx_ports, &out->port)) &&
	    bpf_redirect_map(&tx_ports, slave, XDP_PASS) == XDP_REDIRECT)
		return XDP_REDIRECT;
	if (same)
		return XDP_TX;
	return bpf_redirect_map(&tx_ports, out->port, XDP_PASS) == XDP_REDIRECT ? XDP_REDIRECT
										: EXPRESS_NOT;
}

/* How it leaves, with room for the tag that it is to bear; decided before it is written to, since
 * the device map may lack the port, and the driver the room. */
static __always_inline int express_action(ctx_t *ctx, const struct frame *frame,
					  const struct way_out *out, __u32 port)
{
	int grow = (int)frame_l3(&out->tag) - (int)frame_l3(&frame->tag);
	int action = express_port(frame, out, port);

	if (action != EXPRESS_NOT && grow && bpf_xdp_adjust_head(ctx, -grow))
		return EXPRESS_NOT;
	return action;
}

static __always_inline bool express_write_l2(ctx_t *ctx, const struct way_out *out)
{
	struct link_header *link = ctx_at(ctx, 0, sizeof(*link));

	if (!link)
		return false;
	*(union macs *)link = out->macs;
	link->proto = out->tag.tpid ? out->tag.tpid : bpf_htons(ETH_P_IP);
	if (out->tag.tpid) {
		link->vlan.tci = bpf_htons(out->tag.vid);
		link->vlan.proto = bpf_htons(ETH_P_IP);
	}
	return true;
}

/* The transport checksum after a change by `diff`; UDP's may be none (RFC 768). */
static __always_inline bool express_write_check(ctx_t *ctx, __u32 l4, __u8 proto, __u64 diff)
{
	return !ctx_csum_l4(ctx, l4 + (proto == IPPROTO_UDP ? UDP_CHECK_OFF : TCP_CHECK_OFF), diff,
			    0, proto == IPPROTO_UDP);
}

static __always_inline bool express_write_ip(ctx_t *ctx, const struct frame *frame, __u32 l3)
{
	struct iphdr *ip = ctx_at(ctx, l3, sizeof(*ip) + sizeof(__u32));
	__u64 diff = diff_addresses(&frame->ip, &frame->nat);
	__u16 *ttl, before, after;

	if (!ip)
		return false;
	/* With the protocol beside it: one byte stored would delay whoever loads both. */
	ttl = (__u16 *)&ip->ttl;
	before = *ttl;
	after = before - bpf_htons(1 << 8);
	*ttl = after;
	ip->check = csum_apply(ip->check, diff + csum_diff16(before, after));
	if (frame_unchanged(frame))
		return true;
	ip->saddr = frame->nat.saddr;
	ip->daddr = frame->nat.daddr;
	*(__u32 *)(ip + 1) = frame->nat.ports;
	return express_write_check(ctx, l3 + sizeof(*ip), frame->proto,
				   diff + csum_diff32(frame->ip.ports, frame->nat.ports));
}

static __always_inline bool express_write(ctx_t *ctx, const struct frame *frame,
					  const struct way_out *out)
{
	return express_write_l2(ctx, out) && express_write_ip(ctx, frame, frame_l3(&out->tag));
}

#endif
