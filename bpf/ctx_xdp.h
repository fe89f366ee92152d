/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stages need of a packet, over struct xdp_md: everything is direct memory access. */
#ifndef BPF_CTX_XDP_H
#define BPF_CTX_XDP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "csum.h"

typedef struct xdp_md ctx_t;

#include "ctx_at.h"

static __always_inline __u32 ctx_len(ctx_t *ctx)
{
	return ctx->data_end - ctx->data;
}

/* Octets of payload in each segment of a packet that is to be segmented; 0: it goes as it is. */
static __always_inline __u32 ctx_gso_size(ctx_t *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline __u32 ctx_ifindex(ctx_t *ctx)
{
	return ctx->ingress_ifindex;
}

/* `len` bytes at `off`, anywhere in the frame; not 0 where it ends before. */
static __always_inline int ctx_load(ctx_t *ctx, __u32 off, void *to, __u32 len)
{
	return bpf_xdp_load_bytes(ctx, off, to, len);
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

static __always_inline int ctx_csum_l3(ctx_t *ctx, __u32 off, __u64 diff)
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
static __always_inline int ctx_csum_l4(ctx_t *ctx, __u32 off, __u64 addresses, __u64 payload,
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
