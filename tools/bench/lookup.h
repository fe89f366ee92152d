/* SPDX-License-Identifier: GPL-2.0-only */
/* What lookups.c asks of lookup.bpf.c. */
#ifndef BENCH_LOOKUP_H
#define BENCH_LOOKUP_H

#include <linux/types.h>

enum lookup {
	LOOKUP_NONE, /* the loop, the random numbers and the flows they make */
	LOOKUP_INSIDE,
	LOOKUP_OUTSIDE,
	LOOKUP_HASH,	/* a BPF hash with the same keys and the sessions' numbers */
	LOOKUP_ADDRESS, /* the loop and random addresses */
	LOOKUP_ROUTE,
	LOOKUP_TRIE, /* BPF's longest-prefix trie with the same prefixes */
	LOOKUP_FILL, /* sessions `first` to `first` + `runs`, and the hash with them */
};

/* Sole element of `request` (memory-mapped). */
struct request {
	__u32 what; /* enum lookup */
	__u32 n;    /* sessions there are */
	__u32 first;
	__u32 runs;
	__u32 found; /* of LOOKUP_FILL: made */
	__u32 pad;
	__u64 random; /* the last number */
};

#endif
