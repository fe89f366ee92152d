/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stages need of a packet, over struct __sk_buff. Reading is direct; writing goes through
 * the helpers, because they keep skb->csum and CHECKSUM_PARTIAL right, which a plain store would
 * not.
 */
#ifndef BPF_CTX_SKB_H
#define BPF_CTX_SKB_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "csum.h"

typedef struct __sk_buff ctx_t;

/* tc.bpf.c has pulled the headers into the linear part before anything is read. */
#include "ctx_at.h"

static __always_inline __u32 ctx_len(ctx_t *ctx)
{
	return ctx->len;
}

/* Octets of payload in each segment of a packet that is to be segmented; 0: it goes as it is. */
static __always_inline __u32 ctx_gso_size(ctx_t *ctx)
{
	return ctx->gso_size;
}

static __always_inline __u32 ctx_ifindex(ctx_t *ctx)
{
	return ctx->ifindex;
}

/* `len` bytes at `off`, anywhere in the frame; not 0 where it ends before. */
static __always_inline int ctx_load(ctx_t *ctx, __u32 off, void *to, __u32 len)
{
	return bpf_skb_load_bytes(ctx, off, to, len);
}

static __always_inline int ctx_store16(ctx_t *ctx, __u32 off, __u16 value)
{
	return bpf_skb_store_bytes(ctx, off, &value, sizeof(value), 0);
}

static __always_inline int ctx_store32(ctx_t *ctx, __u32 off, __u32 value)
{
	return bpf_skb_store_bytes(ctx, off, &value, sizeof(value), 0);
}

static __always_inline int ctx_store8(ctx_t *ctx, __u32 off, __u8 value)
{
	return bpf_skb_store_bytes(ctx, off, &value, sizeof(value), 0);
}

/* A size of 0 tells the helper that `to` is a difference already. */
static __always_inline int ctx_csum_l3(ctx_t *ctx, __u32 off, __u64 diff)
{
	return bpf_l3_csum_replace(ctx, off, 0, csum_fold(diff), 0);
}

/* Two steps, since only the pseudo header's part concerns a checksum that the device will complete.
 */
static __always_inline int ctx_csum_l4(ctx_t *ctx, __u32 off, __u64 addresses, __u64 payload,
				       bool zero_is_none)
{
	__u64 flags = zero_is_none ? BPF_F_MARK_MANGLED_0 : 0;
	int err = 0;

	if (addresses)
		err = bpf_l4_csum_replace(ctx, off, 0, csum_fold(addresses),
					  flags | BPF_F_PSEUDO_HDR);
	if (!err && payload)
		err = bpf_l4_csum_replace(ctx, off, 0, csum_fold(payload), flags);
	return err;
}

#endif
