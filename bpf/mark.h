/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp's two bits of skb->mark (include/erxdp/abi.h); every other bit is the user's. */
#ifndef BPF_MARK_H
#define BPF_MARK_H

#include <erxdp/abi.h>

#include "ctx.h"
#include "maps.h"

static __always_inline __u32 mark_shift(const struct control *ctl)
{
	return ctl->mark_shift & 31;
}

static __always_inline void mark_set(ctx_t *ctx, const struct control *ctl, __u32 bits)
{
	ctx->mark = (ctx->mark & ~((__u32)ERXDP_MARK_BITS << mark_shift(ctl))) |
		    bits << mark_shift(ctl);
}

static __always_inline bool mark_has(ctx_t *ctx, const struct control *ctl, __u32 bit)
{
	return ctx->mark & bit << mark_shift(ctl);
}

/* Exactly these of the two. */
static __always_inline bool mark_is(ctx_t *ctx, const struct control *ctl, __u32 bits)
{
	return (ctx->mark >> mark_shift(ctl) & ERXDP_MARK_BITS) == bits;
}

#endif
