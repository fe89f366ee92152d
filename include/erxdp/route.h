/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The routes as a program finds them: what becomes of an address is one 16-bit word.
 *
 *   routes        a word for each /24, 32 to a line of the cache; in a line behind them the default
 *                 route's word
 *   route_chunks  256 words each, for the addresses of a /24 that has longer prefixes in it
 *   prefixes      a record for each prefix, since the words do not tell whose they are; only
 *                 userspace reads it: to list and count, and a new daemon to know what is in force
 *
 * A word is stored in one piece, so that a reader sees the old answer or the new one. It is
 *
 *   0                    nothing here: the default route's word decides
 *   a kind               one that needs no number
 *   ROUTE_GROUPS + n     element n of `groups`
 *   ROUTE_NEXTHOPS + n   element n of `nexthops`
 *   ROUTE_CHUNKS + n     only in `routes`: the address' own word is in chunk n
 *
 * The daemon writes all three (user/tables/dir24.c, fib_record.c).
 */
#ifndef ERXDP_ROUTE_H
#define ERXDP_ROUTE_H

#include <linux/types.h>

enum route_kind {
	ROUTE_NONE = 0,
	ROUTE_NEXTHOP = 1,     /* index into `nexthops` */
	ROUTE_GROUP = 2,       /* index into `groups` */
	ROUTE_LOCAL = 3,       /* an address of this host */
	ROUTE_BROADCAST = 4,   /* broadcast, anycast, multicast: the kernel's */
	ROUTE_BLACKHOLE = 5,   /* dropped */
	ROUTE_UNREACHABLE = 6, /* unreachable or prohibit: the kernel answers */
	ROUTE_KERNEL = 7, /* something the programs do not do (tunnel, encap, tos): the kernel's */
	ROUTE_KINDS
};

#define ROUTE_GROUPS   0x1000
#define ROUTE_NEXTHOPS 0x2000
#define ROUTE_CHUNKS   0x8000

#define ERXDP_MAX_ROUTES       2097152			       /* prefixes */
#define ERXDP_MAX_GROUPS       (ROUTE_NEXTHOPS - ROUTE_GROUPS) /* entry 0 is never used */
#define ERXDP_MAX_NEXTHOPS     (ROUTE_CHUNKS - ROUTE_NEXTHOPS) /* entry 0 is never used */
#define ERXDP_MAX_ROUTE_CHUNKS 32768			       /* entry 0 is never used */

/* What each kind's words begin at; the index is added. */
#define ROUTE_BASE(kind) \
	((kind) == ROUTE_NEXTHOP ? ROUTE_NEXTHOPS : (kind) == ROUTE_GROUP ? ROUTE_GROUPS : (kind))
#define ROUTE_VALUE(kind, index) ((__u16)(ROUTE_BASE(kind) + (index)))

/* Of a word that is no chunk's. */
static inline __attribute__((always_inline)) enum route_kind route_kind(__u32 route)
{
	if (route >= ROUTE_NEXTHOPS)
		return ROUTE_NEXTHOP;
	return route >= ROUTE_GROUPS ? ROUTE_GROUP : (enum route_kind)route;
}

static inline __attribute__((always_inline)) __u32 route_index(__u32 route)
{
	return route >= ROUTE_NEXTHOPS ? route - ROUTE_NEXTHOPS : route - ROUTE_GROUPS;
}

#define ROUTE_ENTRIES	   (1U << 24) /* a word for each /24 */
#define ROUTE_LINE	   32U
#define ROUTE_DEFAULT_LINE (ROUTE_ENTRIES / ROUTE_LINE)
#define ERXDP_ROUTE_LINES  (ROUTE_DEFAULT_LINE + 1)
#define ROUTE_CHUNK	   256U

/* Element of `routes` (memory-mapped array). */
struct route_line {
	__u16 at[ROUTE_LINE];
};

/* Element of `route_chunks` (memory-mapped array). Filled before a word names it; one that no word
 * names any more rests before it is used again, since a program may just have read its number. */
struct route_chunk {
	__u16 at[ROUTE_CHUNK];
};

/* Element of `prefixes` (memory-mapped array); written as one word of 64 bits, so that a daemon
 * killed at any moment leaves none half-written. */
struct route_record {
	__be32 addr; /* host bits zero */
	__u16 value; /* of the prefix; 0: the record is free */
	__u8 len;    /* 0-32 */
	__u8 pad;
};

_Static_assert(ROUTE_KINDS <= ROUTE_GROUPS, "kinds lie below the groups");
_Static_assert(sizeof(struct route_line) == 64, "a line of the cache");
_Static_assert(sizeof(struct route_chunk) == 512, "struct route_chunk");
_Static_assert(sizeof(struct route_record) == 8, "one word");
_Static_assert(ROUTE_CHUNKS + ERXDP_MAX_ROUTE_CHUNKS <= 0x10000, "chunks fit into a word");

#endif
