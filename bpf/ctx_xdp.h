/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stages need of a packet, over struct xdp_md: everything is direct memory access. */
#ifndef BPF_CTX_XDP_H
#define BPF_CTX_XDP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "csum.h"

typedef struct xdp_md ctx_t;

#define CTX_OFFSET_MAX 0xff

/*
 * `len` bytes at `off` from the start of the frame, or NULL where the frame ends before. The only
 * place that does pointer arithmetic on packets; the empty asm keeps the compiler from dropping the
 * bound that the verifier asks for.
 */
static __always_inline void *ctx_at(ctx_t *ctx, __u32 off, __u32 len)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	void *pos;

	asm volatile("%0 &= %1" : "+r"(off) : "i"(CTX_OFFSET_MAX));
	pos = data + off;
	return pos + len > end ? NULL : pos;
}

static __always_inline __u32 ctx_len(ctx_t *ctx)
{
	return ctx->data_end - ctx->data;
}

static __always_inline __u32 ctx_ifindex(ctx_t *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline int ctx_store16(ctx_t *ctx, __u32 off, __u16 value)
{
	__u16 *p = ctx_at(ctx, off, sizeof(*p));

	if (!p)
		return -1;
	*p = value;
	return 0;
}

static __always_inline int ctx_store32(ctx_t *ctx, __u32 off, __u32 value)
{
	__u32 *p = ctx_at(ctx, off, sizeof(*p));

	if (!p)
		return -1;
	*p = value;
	return 0;
}

static __always_inline int ctx_store8(ctx_t *ctx, __u32 off, __u8 value)
{
	__u8 *p = ctx_at(ctx, off, sizeof(*p));

	if (!p)
		return -1;
	*p = value;
	return 0;
}

static __always_inline int ctx_csum_l3(ctx_t *ctx, __u32 off, __u32 diff)
{
	__u16 *check = ctx_at(ctx, off, sizeof(*check));

	if (!check)
		return -1;
	*check = csum_apply(*check, diff);
	return 0;
}

/*
 * A transport checksum. `addresses` is the difference in the pseudo header, `payload` the one in
 * what the checksum covers itself. With `zero_is_none` (UDP, RFC 768) 0 stays 0 and a result of 0
 * is sent as 0xffff.
 */
static __always_inline int ctx_csum_l4(ctx_t *ctx, __u32 off, __u32 addresses, __u32 payload,
				       bool zero_is_none)
{
	__u16 *check = ctx_at(ctx, off, sizeof(*check));

	if (!check)
		return -1;
	if (zero_is_none && !*check)
		return 0;
	*check = csum_apply(*check, addresses + payload);
	if (zero_is_none && !*check)
		*check = 0xffff;
	return 0;
}

#endif
