/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame on the express way: what it bears, and what it is to bear. */
#ifndef BPF_EXPRESS_FRAME_H
#define BPF_EXPRESS_FRAME_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "ctx.h"
#include "parse.h"
#include "pkt.h"
#include "tcp.h"

#define IP_PLAIN 0x45 /* version 4, no options */

struct frame {
	const struct link_header *link; /* until it is resized */
	__u32 len;
	struct vlan_tag tag; /* tpid 0: none */
	struct tuple ip;     /* as it came */
	struct tuple nat;    /* as it is sent */
	struct pkt_tcp tcp;  /* IPPROTO_TCP */
	__u16 tot_len;
	__u32 wire_len; /* of the IP packet, or of a segment where it is to be segmented */
	__u8 proto;
	__u32 now; /* CLOCK_MONOTONIC seconds */
};

static __always_inline __u32 frame_l3(const struct vlan_tag *tag)
{
	return ETH_HLEN + (tag->tpid ? sizeof(struct vlan_header) : 0);
}

/* The link header; false of more tags than one, and of what is not IPv4. */
static __always_inline bool frame_read_l2(ctx_t *ctx, struct frame *frame)
{
	struct link_header *link = ctx_at(ctx, 0, sizeof(*link));

	if (!link)
		return false;
	frame->link = link;
	frame->tag = (struct vlan_tag){};
	if (link->proto == bpf_htons(ETH_P_IP))
		return true;
	if (link->proto != bpf_htons(ETH_P_8021Q) || link->vlan.proto != bpf_htons(ETH_P_IP))
		return false;
	frame->tag.tpid = link->proto;
	frame->tag.vid = bpf_ntohs(link->vlan.tci) & VLAN_VID_MASK;
	return true;
}

/* `header`: octets of the transport's. */
static __always_inline void frame_set_wire_len(ctx_t *ctx, struct frame *frame, __u32 header)
{
	__u32 gso_size = ctx_gso_size(ctx);

	frame->wire_len = gso_size ? sizeof(struct iphdr) + header + gso_size : frame->tot_len;
}

/* Of a segment that neither opens nor closes a connection: the stages have the others. */
static __always_inline bool frame_read_tcp(ctx_t *ctx, struct frame *frame, __u32 l4, __u32 len)
{
	struct tcphdr *tcp = ctx_at(ctx, l4, sizeof(*tcp));
	const __u8 *byte = (const void *)tcp;
	__u32 header;

	if (!tcp || len < sizeof(*tcp))
		return false;
	if ((byte[13] & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) != TCP_ACK)
		return false;
	frame->tcp.seq = bpf_ntohl(tcp->seq);
	frame->tcp.ack = bpf_ntohl(tcp->ack_seq);
	frame->tcp.window = bpf_ntohs(tcp->window);
	header = (byte[12] >> 4) * 4;
	frame->tcp.segment = tcp_segment_len(0, header, len);
	frame_set_wire_len(ctx, frame, header);
	frame->tcp.flags = TCP_ACK;
	frame->tcp.scale = TCP_NO_SCALE;
	return true;
}

/* False of whatever is not a whole TCP or UDP packet with a plain header that is right. */
static __always_inline bool frame_read(ctx_t *ctx, struct frame *frame)
{
	struct iphdr *ip;
	__u32 l3;

	if (!frame_read_l2(ctx, frame))
		return false;
	l3 = frame_l3(&frame->tag);
	ip = ctx_at(ctx, l3, sizeof(*ip) + sizeof(struct udphdr));
	if (!ip || *(__u8 *)ip != IP_PLAIN || (ip->frag_off & (IP_MF | IP_OFFSET)) || ip->ttl <= 1)
		return false;
	frame->len = ctx_len(ctx);
	frame->tot_len = bpf_ntohs(ip->tot_len);
	if (l3 + frame->tot_len > frame->len ||
	    frame->tot_len < sizeof(*ip) + sizeof(struct udphdr) || !ip_checksum_ok(ip))
		return false;
	frame->proto = ip->protocol;
	frame->ip.saddr = ip->saddr;
	frame->ip.daddr = ip->daddr;
	frame->ip.ports = *(__u32 *)(ip + 1);
	frame->nat = frame->ip;
	if (frame->proto == IPPROTO_TCP)
		return frame_read_tcp(ctx, frame, l3 + sizeof(*ip), frame->tot_len - sizeof(*ip));
	frame_set_wire_len(ctx, frame, sizeof(struct udphdr));
	return frame->proto == IPPROTO_UDP;
}

static __always_inline bool frame_unchanged(const struct frame *frame)
{
	return frame->nat.ports == frame->ip.ports && frame->nat.saddr == frame->ip.saddr &&
	       frame->nat.daddr == frame->ip.daddr;
}

/* The receiver's address and port, or the sender's, are to become these. */
static __always_inline void frame_translate(struct frame *frame, __be32 addr, __be16 port, bool in)
{
	if (in) {
		frame->nat.daddr = addr;
		frame->nat.ports = frame->ip.sport | (__u32)port << 16;
	} else {
		frame->nat.saddr = addr;
		frame->nat.ports = port | (__u32)frame->ip.dport << 16;
	}
}

#endif
