// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator. It runs by BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES, which sends what it
 * redirects: into a veth, and on the same CPU through the router to the sink before the next batch
 * begins. A frame comes back to it as the last receiver left it, so it writes all of it each time.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "frame.h"
#include "latency.h"

/* Set by the driver. */
__u32 ifindex;
struct bench_targets targets = {.each = 1, .number = 1};
__u32 first_flow, flows = 1, stride = 1;
__u16 tag;     /* VLAN id; 0: none */
__u8 replying; /* answers of the sink's side instead, to the router's outside address */
__u8 router_mac[ETH_ALEN];

/* A flood beside the flows: every second interval is of flows that nobody knows, from this one on.
 */
__u32 flood;

/* One by one, each due some time of this table (ns) after the one before it. */
__u8 paced;
__u32 gap[LATENCY_GAPS];

/* Its own: the flow's number, less first_flow; what it has made since it was aimed, and when. */
__u32 next, made;
__u64 stamp[BENCH_STAMPS];
__u64 due;

/* Each flow once in `flows` packets, in an order that no cache foresees: stride has no divisor in
 * common with flows. */
static __always_inline __u32 next_flow(void)
{
	__u32 flow = next;

	if (flood && (made & BENCH_INTERVAL))
		return flood++;
	next = flow + stride;
	if (next >= flows)
		next -= flows;
	return first_flow + flow;
}

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline __u32 add32(__u32 sum, __u32 word)
{
	return sum + (word & 0xffff) + (word >> 16);
}

static __always_inline void write_ip(struct iphdr *ip, __be32 from, __be32 to)
{
	const __u16 length = sizeof(struct bench_frame) - sizeof(struct ethhdr);
	__u32 sum = bpf_htons(0x4500) + bpf_htons(length) + bpf_htons(64 << 8 | IPPROTO_UDP);

	*(__u16 *)ip = bpf_htons(0x4500);
	ip->tot_len = bpf_htons(length);
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = from;
	ip->daddr = to;
	ip->check = fold(add32(add32(sum, from), to));
}

static __always_inline void write_udp(struct bench_frame *frame, __be16 from, __be16 to, __u32 flow)
{
	const __be16 length = bpf_htons(sizeof(struct udphdr) + sizeof(struct bench_payload));
	__u32 sum = bpf_htons(IPPROTO_UDP) + length + length + from + to;

	frame->udp.source = from;
	frame->udp.dest = to;
	frame->udp.len = length;
	frame->payload.magic = BENCH_MAGIC;
	frame->payload.flow = flow;
	frame->payload.due = paced ? due : 0;
	frame->payload.part = made / LATENCY_PART;
	sum = add32(add32(sum, frame->ip.saddr), frame->ip.daddr);
	sum = add32(add32(sum, frame->payload.due), frame->payload.due >> 32);
	sum += frame->payload.part;
	frame->udp.check = fold(add32(add32(sum, BENCH_MAGIC), flow));
	/* Zero would say that there is none. */
	if (!frame->udp.check)
		frame->udp.check = 0xffff;
}

static __always_inline void write_packet(struct bench_frame *frame, __u32 flow)
{
	__be32 target = bpf_htonl(bench_target(&targets, flow));
	__be16 port = bpf_htons(bench_port(flow)), far = bpf_htons(BENCH_DPORT);

	if (replying) {
		write_ip(&frame->ip, target, bpf_htonl(BENCH_OUTSIDE));
		write_udp(frame, far, port, flow);
	} else {
		write_ip(&frame->ip, bpf_htonl(bench_source(flow)), target);
		write_udp(frame, port, far, flow);
	}
}

static __always_inline void write_macs(void *at)
{
	struct ethhdr *eth = at;

	__builtin_memcpy(eth->h_dest, router_mac, ETH_ALEN);
	__builtin_memset(eth->h_source, 2, ETH_ALEN);
}

/* The addresses stand before the tag; all from the tag's end on is as without one. */
static __always_inline void write_tag(void *at)
{
	__be16 *word = at + 2 * ETH_ALEN;

	word[0] = bpf_htons(ETH_P_8021Q);
	word[1] = bpf_htons(tag);
}

/* By the time that it has made a frame of the next batch, all before are through. */
static __always_inline void note_time(void)
{
	/* The mask is for the verifier. */
	if (made % BENCH_INTERVAL == 0 && made < BENCH_INTERVAL * BENCH_STAMPS)
		stamp[made / BENCH_INTERVAL % BENCH_STAMPS] = bpf_ktime_get_ns();
}

static long is_due(__u32 i, void *unused)
{
	(void)i;
	(void)unused;
	return bpf_ktime_get_ns() >= due;
}

/* A packet that comes late, because those before it took long, is none the less due when it is, as
 * if it had waited in a queue. What interrupts a part of the pass does not make the next one late.
 */
static __always_inline void wait_until_due(void)
{
	if (made % LATENCY_PART == 0)
		due = bpf_ktime_get_ns();
	due += gap[bpf_get_prandom_u32() % LATENCY_GAPS];
	bpf_loop(LATENCY_PATIENCE, is_due, NULL, 0);
}

SEC("xdp")
int bench_gen(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct bench_frame *frame = tag ? data + BENCH_TAG : data;

	if ((void *)(frame + 1) > end || data + sizeof(*frame) > end)
		return XDP_ABORTED;
	note_time();
	if (paced)
		wait_until_due();
	write_macs(data);
	if (tag)
		write_tag(data);
	frame->eth.h_proto = bpf_htons(ETH_P_IP);
	write_packet(frame, next_flow());
	made++;
	return bpf_redirect(ifindex, 0);
}

char _license[] SEC("license") = "GPL";
