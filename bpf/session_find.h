/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table: which record has a flow? */
#ifndef BPF_SESSION_FIND_H
#define BPF_SESSION_FIND_H

#include <erxdp/session_table.h>

#include <session_map.h> /* the one that comes first among -I */

enum session_index { INDEX_INSIDE, INDEX_OUTSIDE };

#define slot_read(slot) (*(volatile __u64 *)(slot))

static __always_inline bool flow_equal(const struct flow *a, const struct flow *b)
{
	const __u64 *x = (const void *)a, *y = (const void *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static __always_inline struct session_place place_of(const struct flow *flow,
						     const struct control *ctl)
{
	return session_place((const __u64 *)flow, ctl->session_seed, ctl->session_buckets);
}

/* Does the record hold this flow? One that is being made holds its outside flow already. */
static __always_inline bool session_holds(enum session_index index, __u32 number,
					  const struct flow *flow, bool making)
{
	struct session *session = session_at(number);
	__u32 state;

	if (!session)
		return false;
	state = session->life & LIFE_STATE;
	if (state != LIFE_LIVE && !(making && state == LIFE_MAKING))
		return false;
	return flow_equal(index == INDEX_INSIDE ? &session->inside : &session->outside, flow);
}

/* What is done in one bucket is a function of its own, global, so that the verifier looks at it
 * once instead of once for each bucket that a flow may lie in. One for each index, since a map is
 * part of the code. */
#define by_index(index, function, ...) \
	((index) == INDEX_INSIDE ? function##_inside(__VA_ARGS__) : function##_outside(__VA_ARGS__))

#define BUCKET_LAST (-1) /* the flow is not here, nor in a later bucket */

/* The number of the record in a bucket that has the flow for good; 0: none; BUCKET_LAST. */
static __always_inline int bucket_find(enum session_index index, __u32 at, __u32 tag,
				       const struct flow *flow)
{
	struct session_bucket *bucket = bucket_at(index, at);

	if (!bucket || !flow)
		return BUCKET_LAST;
#pragma unroll
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);

		if (word >> 32 != tag || word & SLOT_TENTATIVE)
			continue;
		if (session_holds(index, word & SLOT_NUMBER, flow, false))
			return word & SLOT_NUMBER;
	}
	return *(volatile __u32 *)&bucket->displaced ? 0 : BUCKET_LAST;
}

__noinline int bucket_find_inside(__u32 at, __u32 tag, struct flow *inside)
{
	return bucket_find(INDEX_INSIDE, at, tag, inside);
}

__noinline int bucket_find_outside(__u32 at, __u32 tag, struct flow *outside)
{
	return bucket_find(INDEX_OUTSIDE, at, tag, outside);
}

/* In all buckets, until one that nobody has passed. */
static __always_inline __u32 index_search(enum session_index index, struct flow *flow,
					  struct session_place place, const struct control *ctl)
{
	int number;

	for (int i = 0; i < SESSION_PROBES; i++) {
		number = by_index(index, bucket_find, place.bucket, place.tag, flow);
		if (number)
			return number == BUCKET_LAST ? 0 : number;
		session_place_next(&place, ctl->session_buckets);
	}
	return 0;
}

/* The word in a bucket that has the tag; where several have it, nonsense. Without a branch, since
 * which slot it is cannot be predicted; in assembler, since the compiler knows better. */
static __always_inline __u64 bucket_word(struct session_bucket *bucket, __u32 tag)
{
	__u64 found = 0;

#pragma unroll
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);
		__s64 same = (__s64)(((word >> 32) ^ tag) - 1) >> 63; /* all bits, or none */

		asm volatile("" : "+r"(same));
		found |= word & same;
	}
	return found;
}

/* Few flows are further on than in their first bucket, or have their tag twice in it. */
static __always_inline __u32 index_find(enum session_index index, struct flow *flow)
{
	struct control *ctl = control_get();
	struct session_bucket *bucket;
	struct session_place place;
	__u64 word;

	if (!ctl || !flow)
		return 0;
	place = place_of(flow, ctl);
	bucket = bucket_at(index, place.bucket);
	if (!bucket)
		return 0;
	word = bucket_word(bucket, place.tag);
	if (!(word & SLOT_TENTATIVE) && session_holds(index, word & SLOT_NUMBER, flow, false))
		return word & SLOT_NUMBER;
	if (!word && !*(volatile __u32 *)&bucket->displaced)
		return 0;
	return index_search(index, flow, place, ctl);
}

/* The numbers of the sessions that live with these flows; 0: there is none. */
__noinline __u32 session_find_inside(struct flow *inside)
{
	return index_find(INDEX_INSIDE, inside);
}

__noinline __u32 session_find_mapped(struct flow *outside)
{
	return index_find(INDEX_OUTSIDE, outside);
}

#endif
