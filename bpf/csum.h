/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet checksums, incrementally (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')). A difference is
 * the unfolded sum of ~m + m' over everything that changes; bytes are taken as they lie in the
 * packet, since the one's complement sum does not mind the byte order (RFC 1071, section 2 B).
 */
#ifndef BPF_CSUM_H
#define BPF_CSUM_H

#include <linux/types.h>

/* Both halves become the sum of both; the upper one has the lower one's carry added to it, which is
 * the end-around carry. */
static __always_inline __u16 csum_fold(__u64 sum)
{
	__u32 half;

	sum += sum << 32 | sum >> 32;
	half = sum >> 32;
	half += half << 16 | half >> 16;
	return half >> 16;
}

static __always_inline __u64 csum_diff16(__u16 from, __u16 to)
{
	return (__u16)~from + (__u64)to;
}

static __always_inline __u64 csum_diff32(__u32 from, __u32 to)
{
	return (__u32)~from + (__u64)to;
}

/* The checksum field after a change by `diff`. */
static __always_inline __u16 csum_apply(__u16 check, __u64 diff)
{
	return ~csum_fold((__u16)~check + diff);
}

#endif
