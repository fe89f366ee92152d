/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 1: what is this packet? Ethernet, up to two tags, IPv4, TCP, UDP, ICMP, and the packet
 * inside an ICMP error. Anything else is the kernel's.
 */
#ifndef BPF_PARSE_H
#define BPF_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include <erxdp/protocol.h>

#include "ctx.h"
#include "pkt.h"
#include "tcp.h"

#define IP_MF	  bpf_htons(0x2000)
#define IP_OFFSET bpf_htons(0x1fff)

/* RFC 792. (<linux/icmp.h> wants the C library's headers, which have no BPF flavour.) */
enum icmp_type {
	ICMP_ECHOREPLY = 0,
	ICMP_DEST_UNREACH = 3,
	ICMP_SOURCE_QUENCH = 4,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETERPROB = 12,
	ICMP_TIMESTAMP = 13,
	ICMP_TIMESTAMPREPLY = 14,
	ICMP_INFO_REQUEST = 15,
	ICMP_INFO_REPLY = 16,
	ICMP_ADDRESS = 17, /* RFC 950 */
	ICMP_ADDRESSREPLY = 18,
};

struct icmp_header {
	__u8 type;
	__u8 code;
	__sum16 check;
	__be16 id; /* of queries and their answers */
	__be16 sequence;
};

struct vlan_header {
	__be16 tci;
	__be16 proto;
};

/* What struct ethhdr is, with a tag behind it perhaps; but that one is packed, so the compiler
 * takes it apart byte by byte. */
struct link_header {
	__u16 dest[ETH_ALEN / 2], source[ETH_ALEN / 2];
	__be16 proto;
	struct vlan_header vlan;
};
_Static_assert(sizeof(struct link_header) == ETH_HLEN + sizeof(struct vlan_header), "no padding");

/* Where parsing stands. Each take checks its bounds once and advances. */
struct cursor {
	ctx_t *ctx;
	__u32 off;
	__u32 end; /* of the IP packet: what lies behind it in the frame is padding */
};

static __always_inline bool cursor_has(const struct cursor *cur, __u32 len)
{
	return cur->off + len <= cur->end && ctx_at(cur->ctx, cur->off, len);
}

static __always_inline void *cursor_take(struct cursor *cur, __u32 len)
{
	void *p = cur->off + len <= cur->end ? ctx_at(cur->ctx, cur->off, len) : NULL;

	if (p)
		cur->off += len;
	return p;
}

static __always_inline bool is_vlan(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD);
}

/* Takes the Ethernet header and the tags; the protocol behind them in *proto. */
static __always_inline int parse_l2(struct cursor *cur, struct pkt *pkt, __be16 *proto)
{
	struct ethhdr *eth = cursor_take(cur, sizeof(*eth));
	struct vlan_header *vlan;

	if (!eth)
		return V_PASS_TRUNCATED;
	*proto = eth->h_proto;
#pragma unroll
	for (int i = 0; i < 2; i++) {
		if (!is_vlan(*proto))
			break;
		vlan = cursor_take(cur, sizeof(*vlan));
		if (!vlan)
			return V_PASS_TRUNCATED;
		pkt->tag[i].tpid = *proto;
		pkt->tag[i].vid = bpf_ntohs(vlan->tci) & VLAN_VID_MASK;
		pkt->ntags = i + 1;
		*proto = vlan->proto;
	}
	return is_vlan(*proto) ? V_PASS_TAGS : CONTINUE;
}

static __always_inline int verdict_not_ipv4(__be16 proto)
{
	switch (proto) {
	case bpf_htons(ETH_P_IPV6):
		return V_PASS_IPV6;
	case bpf_htons(ETH_P_ARP):
		return V_PASS_ARP;
	default:
		return V_PASS_L2;
	}
}

/* RFC 1812 section 5.2.2: a router verifies the header checksum before it forwards. */
static __always_inline bool ip_checksum_ok(const struct iphdr *ip)
{
	const __u32 *word = (const void *)ip;
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < 5; i++)
		sum += word[i];
	return csum_fold(sum) == 0xffff;
}

static __always_inline int parse_ports(struct cursor *cur, struct pkt *pkt)
{
	struct udphdr *udp;
	struct tcphdr *tcp;

	if (pkt->proto == IPPROTO_TCP) {
		tcp = cursor_take(cur, sizeof(*tcp));
		if (!tcp)
			return V_PASS_TRUNCATED;
		pkt->ip.ports = *(__u32 *)&tcp->source;
		tcp_parse(cur->ctx, pkt, tcp, cur->end);
	} else {
		udp = cursor_take(cur, sizeof(*udp));
		if (!udp)
			return V_PASS_TRUNCATED;
		pkt->ip.ports = *(__u32 *)&udp->source;
	}
	pkt->flags |= PKT_PORTS;
	return CONTINUE;
}

/* Queries and answers have the identifier at one place, and are translated alike (RFC 5508 REQ-1).
 */
static __always_inline bool icmp_is_query(__u8 type)
{
	return type == ICMP_ECHO || type == ICMP_TIMESTAMP || type == ICMP_INFO_REQUEST ||
	       type == ICMP_ADDRESS;
}

static __always_inline bool icmp_is_answer(__u8 type)
{
	return type == ICMP_ECHOREPLY || type == ICMP_TIMESTAMPREPLY || type == ICMP_INFO_REPLY ||
	       type == ICMP_ADDRESSREPLY;
}

/* TCP's checksum lies behind the 8 bytes that are always there. */
static __always_inline __u8 inner_check_off(const struct cursor *cur, __u8 proto)
{
	if (proto == IPPROTO_TCP)
		return cursor_has(cur, TCP_CHECK_OFF + 2) ? TCP_CHECK_OFF : 0;
	if (proto == IPPROTO_UDP || proto == PROTOCOL_UDPLITE)
		return UDP_CHECK_OFF;
	return proto == IPPROTO_ICMP ? ICMP_CHECK_OFF : 0;
}

/* Ports, or the identifier, of the packet inside an ICMP error; 8 bytes are always there (RFC 792),
 * unless the packet itself was shorter. Where nothing is read, none need be. */
static __always_inline int parse_inner_l4(struct cursor *cur, struct pkt *pkt)
{
	struct icmp_header *icmp;
	struct udphdr *udp;

	pkt->inner_check = inner_check_off(cur, pkt->inner_proto);
	if (pkt->inner_proto == IPPROTO_ICMP) {
		icmp = cursor_take(cur, sizeof(*icmp));
		if (!icmp)
			return V_PASS_TRUNCATED;
		if (icmp_is_query(icmp->type))
			pkt->inner.sport = icmp->id;
		else if (icmp_is_answer(icmp->type))
			pkt->inner.dport = icmp->id;
		else
			return V_PASS_PROTOCOL;
		return CONTINUE;
	}
	if (pkt->inner_proto == PROTOCOL_UDPLITE && !cursor_has(cur, sizeof(*udp)))
		return V_PASS_TRUNCATED;
	if (protocol_by_address(pkt->inner_proto))
		return CONTINUE;
	if (pkt->inner_proto != IPPROTO_TCP && pkt->inner_proto != IPPROTO_UDP)
		return V_PASS_PROTOCOL;
	udp = cursor_take(cur, sizeof(*udp));
	if (!udp)
		return V_PASS_TRUNCATED;
	pkt->inner.ports = *(__u32 *)&udp->source;
	return CONTINUE;
}

static __always_inline int parse_inner(struct cursor *cur, struct pkt *pkt)
{
	struct iphdr *ip;

	pkt->inner_l3 = cur->off;
	ip = cursor_take(cur, sizeof(*ip));
	if (!ip)
		return V_PASS_TRUNCATED;
	if (ip->version != 4 || ip->ihl < 5 || (ip->frag_off & IP_OFFSET))
		return V_PASS_ICMP_ERROR;
	pkt->inner.saddr = ip->saddr;
	pkt->inner.daddr = ip->daddr;
	pkt->inner_proto = ip->protocol;
	cur->off = pkt->inner_l3 + ip->ihl * 4;
	pkt->inner_l4 = cur->off;
	return parse_inner_l4(cur, pkt);
}

static __always_inline bool icmp_is_error(__u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB || type == ICMP_SOURCE_QUENCH;
}

static __always_inline int parse_icmp(struct cursor *cur, struct pkt *pkt)
{
	struct icmp_header *icmp = cursor_take(cur, sizeof(*icmp));
	int err;

	if (!icmp)
		return V_PASS_TRUNCATED;
	if (icmp_is_query(icmp->type)) {
		pkt->ip.sport = icmp->id;
		pkt->flags |= PKT_ECHO_REQUEST | PKT_PORTS;
	} else if (icmp_is_answer(icmp->type)) {
		pkt->ip.dport = icmp->id;
		pkt->flags |= PKT_ECHO_REPLY | PKT_PORTS;
	} else if (icmp_is_error(icmp->type)) {
		err = parse_inner(cur, pkt);
		/* An error about something untranslatable is still a packet to be routed. */
		if (!err)
			pkt->flags |= PKT_ICMP_ERROR;
	}
	return CONTINUE;
}

static __always_inline int parse_l4(struct cursor *cur, struct pkt *pkt)
{
	if (pkt->flags & PKT_FRAGMENT_LATER)
		return CONTINUE;
	if (pkt->proto == IPPROTO_TCP || pkt->proto == IPPROTO_UDP)
		return parse_ports(cur, pkt);
	if (pkt->proto == IPPROTO_ICMP)
		return parse_icmp(cur, pkt);
	if (pkt->proto == PROTOCOL_UDPLITE && !cursor_has(cur, sizeof(struct udphdr)))
		return V_PASS_TRUNCATED;
	if (protocol_by_address(pkt->proto))
		pkt->flags |= PKT_PORTS;
	return CONTINUE;
}

static __always_inline bool ip_header_ok(ctx_t *ctx, const struct iphdr *ip, __u32 l3)
{
	__u16 len = bpf_ntohs(ip->tot_len);

	if (ip->version != 4 || ip->ihl < 5 || len < ip->ihl * 4)
		return false;
	return l3 + len <= ctx_len(ctx);
}

static __always_inline int parse_l3(struct cursor *cur, struct pkt *pkt)
{
	struct iphdr *ip;

	pkt->l3 = cur->off;
	ip = cursor_take(cur, sizeof(*ip));
	if (!ip)
		return V_PASS_TRUNCATED;
	/* Even of a malformed header: it tells whether a private source would leave. */
	pkt->ip.saddr = ip->saddr;
	pkt->ip.daddr = ip->daddr;
	if (!ip_header_ok(cur->ctx, ip, pkt->l3))
		return V_PASS_TRUNCATED;
	pkt->proto = ip->protocol;
	pkt->ttl = ip->ttl;
	pkt->id = ip->id;
	pkt->tot_len = bpf_ntohs(ip->tot_len);
	if (ip->ihl > 5)
		pkt->flags |= PKT_OPTIONS;
	else if (!ip_checksum_ok(ip))
		return V_PASS_TRUNCATED;
	if (ip->frag_off & IP_OFFSET)
		pkt->flags |= PKT_FRAGMENT_LATER;
	else if (ip->frag_off & IP_MF)
		pkt->flags |= PKT_FRAGMENT_FIRST;
	cur->off = pkt->l3 + ip->ihl * 4;
	cur->end = pkt->l3 + pkt->tot_len;
	pkt->l4 = cur->off;
	return CONTINUE;
}

/* Fills pkt; `ip` and `nat` are equal afterwards, since nothing is translated yet. */
static __always_inline int parse(ctx_t *ctx, struct pkt *pkt)
{
	struct cursor cur = {.ctx = ctx, .end = CTX_OFFSET_MAX};
	__be16 proto = 0;
	int err;

	pkt->bytes = ctx_len(ctx);
	err = parse_l2(&cur, pkt, &proto);
	if (err)
		return err;
	if (proto != bpf_htons(ETH_P_IP))
		return verdict_not_ipv4(proto);
	err = parse_l3(&cur, pkt);
	if (err)
		return err;
	err = parse_l4(&cur, pkt);
	pkt->nat = pkt->ip;
	pkt->inner_nat = pkt->inner;
	return err;
}

#endif
