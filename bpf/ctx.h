/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet's context: the one difference between the XDP and the TC build of the stages. */
#ifndef BPF_CTX_H
#define BPF_CTX_H

#include <stdbool.h>

#ifdef ERXDP_TC
#include "ctx_skb.h"
#else
#include "ctx_xdp.h"
#endif

/* Seconds of CLOCK_MONOTONIC from the coarse clock (5.11): half the price of bpf_ktime_get_ns. */
static __always_inline __u32 ctx_now(void)
{
	return bpf_ktime_get_coarse_ns() / 1000000000ULL;
}

#endif
