/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a packet, the same over both contexts; included where ctx_t is named. */
#ifndef BPF_CTX_AT_H
#define BPF_CTX_AT_H

#define CTX_OFFSET_MAX 0xff

/*
 * `len` bytes at `off` from the start of the frame, or NULL where the frame ends before. The only
 * place that does pointer arithmetic on packets; the bound is in assembler, because the verifier
 * asks for it and the compiler, which knows better, would drop it.
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

#endif
