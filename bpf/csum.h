/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet checksums, incrementally (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')). A difference is
 * the unfolded sum of ~m + m' over everything that changes; bytes are taken as they lie in the
 * packet, since the one's complement sum does not mind the byte order (RFC 1071, section 2 B).
 */
#ifndef BPF_CSUM_H
#define BPF_CSUM_H

#include <linux/types.h>

static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __u32 csum_diff16(__u16 from, __u16 to)
{
	return (__u16)~from + (__u32)to;
}

static __always_inline __u32 csum_diff32(__u32 from, __u32 to)
{
	return csum_diff16(from, to) + csum_diff16(from >> 16, to >> 16);
}

/* The checksum field after a change by `diff`. */
static __always_inline __u16 csum_apply(__u16 check, __u32 diff)
{
	return (__u16)~csum_fold((__u16)~check + csum_fold(diff));
}

#endif
