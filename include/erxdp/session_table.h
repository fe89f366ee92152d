/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session table: records in `sessions`, and two indexes that find a record by its inside and by
 * its outside flow. bpf/session_table.h has the algorithms; here is what the daemon shares.
 *
 *   inside_index   bucket ── slot: tag, number ──┐
 *                                                ├──> sessions[number]
 *   outside_index  bucket ── slot: tag, number ──┘
 *
 * A lookup costs one cache line of an index and one of a record, however many sessions there are:
 * the records of a table that is not full lie side by side, and a bucket is one line of seven
 * slots. A flow whose bucket is full goes on to the next one, and is counted in each that it passes
 * (`displaced`): a lookup goes on only where that is not 0.
 *
 * A number is given out again only when its record has rested, since a program may just have read
 * it from a slot. The rest is by the clock: a CPU that stands still for longer in the middle of a
 * packet, while others go on, may translate that one packet by the record's next session.
 */
#ifndef ERXDP_SESSION_TABLE_H
#define ERXDP_SESSION_TABLE_H

#include <erxdp/maps.h>

#define SESSION_PROBES 16  /* buckets that a flow may lie in */
#define SESSION_REST   100 /* milliseconds that a record rests */

/* Slots: the tag, a flag, and the number; 0 where it is empty. */
#define SLOT_TENTATIVE	    0x80000000U /* claimed; not yet known whether it is the only one */
#define SLOT_NUMBER	    0x7fffffffU
#define SLOT_WORD(tag, low) ((__u64)(tag) << 32 | (low))

/* A number that rests since then (CLOCK_MONOTONIC milliseconds). */
#define REST_WORD(since, number) ((__u64)(since) << 32 | (number))

/* The life of a record: its state in the two lowest bits, above them which life it is. */
enum session_life {
	LIFE_FREE,
	LIFE_MAKING, /* it holds its outside flow */
	LIFE_LIVE,
	LIFE_ENDING, /* one program takes it out of the indexes; then it rests */
};
#define LIFE_STATE 3U
#define LIFE_NEXT  4U

/* Records that rest beside `max` that live, and number 0, which is no record. */
static inline __u32 session_records(__u32 max)
{
	return max + max / 8 + 8192 + 1;
}

/* Four sessions to a bucket of seven slots, if the table is full: that leaves nobody without a
 * slot. */
static inline __u32 session_buckets(__u32 max)
{
	return max / 4 + 64;
}

/* Where a flow is looked for: in this bucket, and in those behind it. */
struct session_place {
	__u32 tag;
	__u32 bucket;
};

/* A flow that is being entered into an index; the programs' own. */
struct session_entry {
	struct flow flow;
	struct session_place first, at; /* the flow's first bucket, and its slot's */
	__u32 number;
	int passed; /* buckets before the slot's */
};

/* Multiply and fold, both words at once, under a secret: whoever does not know it cannot choose
 * flows that meet in a bucket. `words`: a struct flow. */
static inline __u64 session_hash(const __u64 words[2], __u64 seed)
{
	__u64 a = (words[0] ^ seed) * 0x9e3779b97f4a7c15ULL;
	__u64 b = (words[1] ^ (seed << 32 | seed >> 32)) * 0xc2b2ae3d27d4eb4fULL;
	__u64 hash = a ^ (b << 32 | b >> 32);

	hash ^= hash >> 29;
	hash *= 0xff51afd7ed558ccdULL;
	return hash ^ hash >> 32;
}

static inline struct session_place session_place(const __u64 words[2], __u64 seed, __u32 buckets)
{
	__u64 hash = session_hash(words, seed);

	return (struct session_place){
		.tag = (__u32)hash | 1,
		.bucket = (hash >> 32) * buckets >> 32,
	};
}

static inline void session_place_next(struct session_place *place, __u32 buckets)
{
	/* A comparison would be two ways for the verifier, in each of which it follows a loop. */
	place->bucket = (place->bucket + 1) % buckets;
}

/* How many buckets lie before `at` from the first one on. */
static inline __u32 session_places_passed(struct session_place first, struct session_place at,
					  __u32 buckets)
{
	return (at.bucket + buckets - first.bucket) % buckets;
}

#endif
