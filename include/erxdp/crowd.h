/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crowded destinations: those whose free ports can hardly be found by drawing any more. Each has a
 * bitmap of its taken ports in `crowds`, so that the last free one is found at once, and a
 * destination that has none is refused after a few looks instead of 64,000.
 *
 * A bit is a hint: entering the session's outside flow decides. It is set before a port is tried
 * and cleared after the port's mapping is gone, whoever removes that. Then a bit that is wrongly
 * clear costs one try, which sets it; one that is wrongly set (a socket of this host closed, a
 * session expired and nobody has removed it yet) is found by the tries that are made although all
 * bits are set.
 */
#ifndef ERXDP_CROWD_H
#define ERXDP_CROWD_H

#include <erxdp/maps.h>

#define CROWD_WAYS    4	 /* places that a destination may take */
#define CROWD_IDLE    60 /* seconds after which the daemon gives up one that nobody searched */
#define CROWD_STEAL   10 /* seconds after which another destination may have its place */
#define CROWD_WORDS   1024
#define CROWD_NOWHERE 0xffffffffU

/* The first of the CROWD_WAYS places for a destination; the flow's own port does not matter. */
static inline __u32 crowd_bucket(const struct flow *outside)
{
	__u32 hash = outside->remote ^ outside->proto;

	hash *= 0x9e3779b1;
	hash ^= hash >> 15;
	hash = (hash ^ outside->addr) * 0x85ebca6b;
	hash ^= hash >> 13;
	hash = (hash ^ outside->remote_port) * 0xc2b2ae35;
	return (hash ^ hash >> 16) % (ERXDP_MAX_CROWDS / CROWD_WAYS) * CROWD_WAYS;
}

static inline int crowd_is(const struct crowd *crowd, const struct flow *outside)
{
	const struct flow *key = &crowd->key;

	return crowd->state == CROWD_READY && key->addr == outside->addr &&
	       key->remote == outside->remote && key->remote_port == outside->remote_port &&
	       key->proto == outside->proto;
}

/* The even ports lie in the first half of the bitmap, the odd ones in the second, so that ports of
 * one parity are neighbours. */
static inline __u32 crowd_place(__u32 port)
{
	return port >> 1 | (port & 1) << 15;
}

static inline __u32 crowd_port(__u32 place)
{
	return (place & 0x7fff) << 1 | place >> 15;
}

/* The word of a place. The compiler, which may know that the bound is kept, is not to drop it: the
 * verifier asks for it. */
static inline __u32 crowd_word(__u32 place)
{
	__u32 word = place >> 6;

	asm volatile("" : "+r"(word));
	return word & (CROWD_WORDS - 1);
}

static inline void crowd_clear(struct crowd *crowd, __u32 port)
{
	__u32 place = crowd_place(port);
	__u32 word = crowd_word(place);

	__sync_fetch_and_and(&crowd->taken[word], ~(1ULL << (place & 63)));
	__sync_fetch_and_and(&crowd->full[word >> 6], ~(1ULL << (word & 63)));
}

#endif
