// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a frame and hands it to another program. In BPF_PROG_TEST_RUN each run gets the frame that
 * the last one left, which a program that forwards would forward only once.
 *
 * A program that takes a tag off leaves a frame 4 bytes shorter. To move its head back each time
 * would cost as much as that program's own move; so it is moved back only when it has gone far.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "anew.h"

/* Set by the driver. */
__u8 frame[ANEW_WRITTEN];

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

static __always_inline int room(const struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

SEC("xdp")
int bench_anew(struct xdp_md *ctx)
{
	void *data, *end;

	if (room(ctx) <= (int)ANEW_WRITTEN || room(ctx) >= (int)ANEW_LONGEST)
		bpf_xdp_adjust_head(ctx, room(ctx) - (int)ANEW_MIDDLE);
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + ANEW_WRITTEN > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, frame, ANEW_WRITTEN);
	bpf_tail_call(ctx, &target, 0);
	return XDP_ABORTED;
}

/* What all of that costs by itself. */
SEC("xdp")
int bench_nothing(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_REDIRECT;
}

char _license[] SEC("license") = "GPL";
