// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contenders that show what the fastest possible router costs: a redirect and nothing else, in XDP
 * and (where a buffer of the kernel's has been made of the frame) in TC, and a router of 40 lines
 * that asks the kernel for the way, as xdp-tools' xdp-forward does.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "frame.h"

#ifndef AF_INET
#define AF_INET 2
#endif

SEC("xdp")
int bench_redirect(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect(BENCH_UPLINK_INDEX, 0);
}

SEC("tc")
int bench_redirect_tc(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect(BENCH_UPLINK_INDEX, 0);
}

static __always_inline void decrease_ttl(struct iphdr *ip)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
}

SEC("xdp")
int bench_fib(struct xdp_md *ctx)
{
	struct bench_frame *frame = (void *)(long)ctx->data;
	struct bpf_fib_lookup way = {.family = AF_INET, .ifindex = ctx->ingress_ifindex};

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end ||
	    frame->eth.h_proto != bpf_htons(ETH_P_IP) || frame->ip.ttl <= 1)
		return XDP_PASS;
	way.tos = frame->ip.tos;
	way.l4_protocol = frame->ip.protocol;
	way.tot_len = bpf_ntohs(frame->ip.tot_len);
	way.ipv4_src = frame->ip.saddr;
	way.ipv4_dst = frame->ip.daddr;
	if (bpf_fib_lookup(ctx, &way, sizeof(way), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	decrease_ttl(&frame->ip);
	__builtin_memcpy(frame->eth.h_dest, way.dmac, ETH_ALEN);
	__builtin_memcpy(frame->eth.h_source, way.smac, ETH_ALEN);
	return bpf_redirect(way.ifindex, 0);
}

char _license[] SEC("license") = "GPL";
