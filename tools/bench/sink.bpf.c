// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiver: counts the benchmark's frames, looks whether they were translated as they should
 * have been, and drops them. What it does to each frame is a part of every contender's price and is
 * subtracted again, so it does little; the checksums it reads only when it is told to.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "frame.h"
#include "latency.h"
#include "sink_counts.h"

/* Set by the driver. */
__u16 tag;	 /* VLAN id that it must bear; 0: none */
__u8 translated; /* the source must be the outside address, else the flow's own */
__u8 replying;	 /* the destination must be the flow's inside host */
__u8 thorough;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sink_counts);
} counts SEC(".maps");

/* Of packets that were paced; the driver empties it. */
struct latencies latency[LATENCY_PARTS];

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static __always_inline __u32 sum_words(const void *from, int bytes)
{
	const __u16 *word = from;
	__u32 sum = 0;

	for (int i = 0; i < bytes / 2; i++)
		sum += word[i];
	return sum;
}

static __always_inline bool checksums_hold(const struct bench_frame *frame)
{
	const int udp = sizeof(frame->udp) + sizeof(frame->payload);
	__u32 pseudo = sum_words(&frame->ip.saddr, 8) + bpf_htons(IPPROTO_UDP) + frame->udp.len;

	return fold(sum_words(&frame->ip, sizeof(frame->ip))) == 0xffff &&
	       fold(pseudo + sum_words(&frame->udp, udp)) == 0xffff;
}

static __always_inline bool answered_right(const struct bench_frame *frame, __u32 flow)
{
	return frame->ip.daddr == bpf_htonl(bench_source(flow)) &&
	       frame->udp.dest == bpf_htons(bench_port(flow));
}

/* A port below 1024 is of another class than that of the flow's own, which no contender may give.
 */
static __always_inline bool sent_right(const struct bench_frame *frame, __u32 flow)
{
	if (!translated)
		return frame->ip.saddr == bpf_htonl(bench_source(flow)) &&
		       frame->udp.source == bpf_htons(bench_port(flow));
	return frame->ip.saddr == bpf_htonl(BENCH_OUTSIDE) &&
	       bpf_ntohs(frame->udp.source) >= BENCH_FIRST_PORT;
}

static __always_inline void note_latency(const struct bench_payload *payload)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 bucket = latency_bucket(now > payload->due ? now - payload->due : 0);

	if (payload->part < LATENCY_PARTS && bucket < LATENCY_BUCKETS)
		latency[payload->part].packets[bucket]++;
}

/* Behind a tag, all from its end on is as without one (gen.bpf.c). */
static __always_inline const struct bench_frame *frame_find(const struct xdp_md *ctx, __u16 *vid)
{
	const void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct bench_frame *frame = data;
	const __be16 *type = data + 2 * ETH_ALEN;

	*vid = 0;
	if ((void *)(frame + 1) > end)
		return NULL;
	if (type[0] == bpf_htons(ETH_P_8021Q)) {
		*vid = bpf_ntohs(type[1]) & 0xfff;
		frame = data + BENCH_TAG;
	}
	if ((void *)(frame + 1) > end || frame->payload.magic != BENCH_MAGIC)
		return NULL;
	return frame;
}

SEC("xdp")
int bench_sink(struct xdp_md *ctx)
{
	const struct bench_frame *frame;
	struct sink_counts *count;
	__u32 zero = 0, flow;
	__u16 vid;

	frame = frame_find(ctx, &vid);
	if (!frame)
		return XDP_DROP;
	if (frame->payload.due)
		note_latency(&frame->payload);
	count = bpf_map_lookup_elem(&counts, &zero);
	if (!count)
		return XDP_DROP;
	count->arrived++;
	flow = frame->payload.flow;
	if (vid != tag || !(replying ? answered_right(frame, flow) : sent_right(frame, flow)))
		count->wrong++;
	if (frame->udp.source != bpf_htons(bench_port(flow)))
		count->moved++;
	if (thorough && !checksums_hold(frame))
		count->corrupt++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
