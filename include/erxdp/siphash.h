/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012) of one 64-bit word: who does not know the key cannot
 * tell the next value from all the earlier ones. The kernel's bpf_get_prandom_u32() is a linear
 * generator, whose state follows from a few dozen of the ports that were drawn from it.
 */
#ifndef ERXDP_SIPHASH_H
#define ERXDP_SIPHASH_H

#include <linux/types.h>

#define SIPHASH_ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

static inline __attribute__((always_inline)) void siphash_round(__u64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = SIPHASH_ROTATE(v[1], 13) ^ v[0];
	v[3] = SIPHASH_ROTATE(v[3], 16) ^ v[2];
	v[0] = SIPHASH_ROTATE(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = SIPHASH_ROTATE(v[1], 17) ^ v[2];
	v[3] = SIPHASH_ROTATE(v[3], 21) ^ v[0];
	v[2] = SIPHASH_ROTATE(v[2], 32);
}

static inline __attribute__((always_inline)) __u64 siphash_u64(__u64 word, __u64 key0, __u64 key1)
{
	const __u64 length = 8ULL << 56;
	__u64 v[4] = {
		key0 ^ 0x736f6d6570736575ULL,
		key1 ^ 0x646f72616e646f6dULL,
		key0 ^ 0x6c7967656e657261ULL,
		key1 ^ 0x7465646279746573ULL,
	};

	v[3] ^= word;
	siphash_round(v);
	siphash_round(v);
	v[0] ^= word;
	v[3] ^= length;
	siphash_round(v);
	siphash_round(v);
	v[0] ^= length;
	v[2] ^= 0xff;
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
