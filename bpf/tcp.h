/* SPDX-License-Identifier: GPL-2.0-only */
/* What parse takes of a TCP header: enough to judge whether the segment can be right. */
#ifndef BPF_TCP_H
#define BPF_TCP_H

#include <linux/tcp.h>
#include <bpf/bpf_endian.h>

#include "ctx.h"
#include "pkt.h"

#define TCP_HEADER  20
#define TCP_OPTIONS 40 /* bytes there may be */

/* RFC 9293 section 3.2, RFC 7323 section 2.2. */
enum tcp_option {
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_SCALE = 3,
};

#define TCP_OPTION_SCALE_LEN 3
#define TCP_SCALE_MAX	     14
#define TCP_NO_SCALE	     0xff
#define TCP_WINDOW_MAX	     0xffff /* in the header */

/* Where the search for an option is. */
struct tcp_options {
	ctx_t *ctx;
	__u32 off, end; /* of the options, in the frame */
	__u32 scale;
};

/* Looks at one option; 1 where the search ends. */
static long tcp_option_step(__u32 i, struct tcp_options *o)
{
	__u8 *option = o->off < o->end ? ctx_at(o->ctx, o->off, 1) : NULL;

	(void)i;
	if (!option || option[0] == TCP_OPTION_END)
		return 1;
	if (option[0] == TCP_OPTION_NOP) {
		o->off++;
		return 0;
	}
	option = o->off + 2 <= o->end ? ctx_at(o->ctx, o->off, 2) : NULL;
	if (!option || option[1] < 2)
		return 1;
	if (option[0] != TCP_OPTION_SCALE) {
		o->off += option[1];
		return 0;
	}
	if (option[1] != TCP_OPTION_SCALE_LEN || o->off + TCP_OPTION_SCALE_LEN > o->end)
		return 1;
	option = ctx_at(o->ctx, o->off, TCP_OPTION_SCALE_LEN);
	if (option)
		o->scale = option[2] < TCP_SCALE_MAX ? option[2] : TCP_SCALE_MAX;
	return 1;
}

/*
 * The shift in the window scale option among the options between two offsets of the frame, or
 * TCP_NO_SCALE. Asked of SYNs only. What follows a malformed option is not looked at.
 */
__noinline int tcp_find_scale(ctx_t *ctx, __u32 off, __u32 end)
{
	struct tcp_options options = {.ctx = ctx, .off = off, .end = end, .scale = TCP_NO_SCALE};

	bpf_loop(TCP_OPTIONS, tcp_option_step, &options, 0);
	return options.scale;
}

/* Sequence numbers that a segment takes; one with a malformed header length takes none for data. */
static __always_inline __u16 tcp_segment_len(__u8 tcp_flags, __u32 header, __u32 len)
{
	__u32 data = header >= TCP_HEADER && header <= len ? len - header : 0;

	return data + !!(tcp_flags & TCP_SYN) + !!(tcp_flags & TCP_FIN);
}

/* `end` is the IP packet's end as an offset of the frame. */
static __always_inline void tcp_parse(ctx_t *ctx, struct pkt *pkt, const struct tcphdr *tcp,
				      __u32 end)
{
	const __u8 *byte = (const void *)tcp;
	__u32 header = (byte[12] >> 4) * 4;

	pkt->tcp.flags = byte[13];
	pkt->tcp.seq = bpf_ntohl(tcp->seq);
	pkt->tcp.ack = bpf_ntohl(tcp->ack_seq);
	pkt->tcp.window = bpf_ntohs(tcp->window);
	pkt->tcp.segment = tcp_segment_len(pkt->tcp.flags, header, end - pkt->l4);
	pkt->tcp.scale = TCP_NO_SCALE;
	if (pkt->tcp.flags & TCP_SYN)
		pkt->tcp.scale = tcp_find_scale(ctx, pkt->l4 + TCP_HEADER, pkt->l4 + header);
}

#endif
