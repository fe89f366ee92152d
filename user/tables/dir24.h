/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table that the programs look routes up in (erxdp/route.h), changed prefix by prefix: the
 * scheme of "DIR-24-8" (Gupta, Lin, McKeown: Routing Lookups in Hardware at Memory Access Speeds,
 * 1998). It knows memory, not maps.
 *
 * A prefix is spread over the words of the addresses in it, but for those that a longer one has.
 * Which one a word is of is kept beside it, as that prefix's length (depth): so a prefix that comes
 * takes the words whose depth is not above its own length, and one that goes leaves them to the
 * next shorter one, which its owner is asked for. The default route is not spread: it has a word of
 * its own.
 *
 * Each word is stored whole, and a chunk is filled before a word names it. So a reader that looks
 * an address up while a prefix comes, goes or changes finds the answer before or the one after.
 *
 * Where there is no chunk for the longer prefixes of a /24, the kernel decides about all of that
 * /24 until there is one: see dir24_retry(). Some are kept for the host's own addresses, which the
 * programs must know under any circumstances.
 */
#ifndef ERXDP_DIR24_H
#define ERXDP_DIR24_H

#include <stdint.h>

#include <erxdp/route.h>

#include "fib_slots.h"

/* What a prefix says; len 0: there is none. */
struct dir24_route {
	uint16_t value;
	uint8_t len;
};

/* The longest of the owner's prefixes that contain `addr`, are shorter than `below` and longer than
 * 0. */
typedef struct dir24_route (*dir24_find_fn)(const void *owner, __be32 addr, unsigned int below);

struct dir24 {
	struct route_line *line;   /* ERXDP_ROUTE_LINES of them */
	struct route_chunk *chunk; /* as many as there are chunks */
	uint8_t *depth;		   /* of each word of the lines */
	uint8_t *chunk_depth;	   /* of each word of the chunks */
	struct fib_slots chunks;
	uint32_t reserve; /* chunks that only the host's own addresses may have */
	uint32_t nleft;	  /* /24s left to the kernel for want of a chunk */
	uint32_t cursor;  /* where to look for the next of them */
	dir24_find_fn find;
	const void *owner;
};

/* Over memory that a former owner may have left in use: dir24_adopt() has to follow. 0 or
 * -ENOMEM. */
int dir24_init(struct dir24 *t, struct route_line *line, struct route_chunk *chunk,
	       uint32_t nchunks, dir24_find_fn find, const void *owner);
void dir24_free(struct dir24 *t);

/*
 * Makes the table equal to `wanted`, with as few stores as it takes, and takes over its depths.
 * `stale` is told what readers may have found until now and find no longer.
 */
typedef void (*dir24_stale_fn)(void *arg, uint16_t value);
void dir24_adopt(struct dir24 *t, struct dir24 *wanted, uint64_t now, dir24_stale_fn stale,
		 void *arg);

/* A prefix comes, or changes its value. The owner must know the others, and of none that is not in
 * the table. `now` in milliseconds. */
void dir24_put(struct dir24 *t, __be32 addr, struct dir24_route route, uint64_t now);
/* A prefix goes. */
void dir24_remove(struct dir24 *t, __be32 addr, unsigned int len, uint64_t now);
/* Tries again for some of the /24s that are left to the kernel. */
void dir24_retry(struct dir24 *t, uint64_t now);

/* As the programs look up. */
uint16_t dir24_lookup(const struct route_line *line, const struct route_chunk *chunk, __be32 addr);

#endif
