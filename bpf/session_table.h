/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session table (erxdp/session_table.h): finding a record, giving one out, entering it into the
 * indexes, ending it. Nothing waits for another CPU, and two can never hold the same flow:
 *
 *   - A slot is taken tentatively. Then whoever took it looks for the same flow in all of that
 *     flow's buckets. What is there for good has won. Of two tentative ones the lower number wins:
 *     it empties the other's slot, whose owner finds out when it wants to make it good.
 *   - A record that is ended is ended by the one who moves its life to LIFE_ENDING. It is taken out
 *     of both indexes, and rests in a ring before its number is given out again.
 *
 * Native tests include this file too, with their own session_map.h.
 */
#ifndef BPF_SESSION_TABLE_H
#define BPF_SESSION_TABLE_H

#include <erxdp/session_table.h>

#include <session_map.h> /* the one that comes first among -I */

enum session_index { INDEX_INSIDE, INDEX_OUTSIDE };

#define slot_read(slot) (*(volatile __u64 *)(slot))

#define POOL_TRIES 8

/* What becomes of a flow that is entered. */
#define ENTER_EXISTS -1 /* another record has it */
#define ENTER_FULL   -2 /* all of its buckets are full */

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

/* The number of the record in a bucket that has the flow for good; 0: none. */
static __always_inline __u32 bucket_find(enum session_index index, struct session_bucket *bucket,
					 __u32 tag, const struct flow *flow)
{
#pragma unroll
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);

		if (word >> 32 != tag || word & SLOT_TENTATIVE)
			continue;
		if (session_holds(index, word & SLOT_NUMBER, flow, false))
			return word & SLOT_NUMBER;
	}
	return 0;
}

/* In all buckets, until one that nobody has passed. */
static __always_inline __u32 index_search(enum session_index index, const struct flow *flow)
{
	struct control *ctl = session_control();
	struct session_bucket *bucket;
	struct session_place place;
	__u32 number;

	if (!ctl || !flow)
		return 0;
	place = place_of(flow, ctl);
	for (int i = 0; i < SESSION_PROBES; i++) {
		bucket = bucket_at(index, place.bucket);
		if (!bucket)
			return 0;
		number = bucket_find(index, bucket, place.tag, flow);
		if (number || !*(volatile __u32 *)&bucket->displaced)
			return number;
		session_place_next(&place, ctl->session_buckets);
	}
	return 0;
}

__noinline __u32 session_search_inside(struct flow *inside)
{
	return index_search(INDEX_INSIDE, inside);
}

__noinline __u32 session_search_mapped(struct flow *outside)
{
	return index_search(INDEX_OUTSIDE, outside);
}

/* The word in a bucket that has the tag; where several have it, nonsense. Without a branch, since
 * which slot it is cannot be predicted. */
static __always_inline __u64 bucket_word(struct session_bucket *bucket, __u32 tag)
{
	__u64 found = 0;

#pragma unroll
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);
		__s64 differs = (word >> 32) ^ tag;

		found |= word & (__u64)((differs - 1) >> 63);
	}
	return found;
}

/* Few flows are further on than in their first bucket, or have their tag twice in it. */
static __always_inline __u32 index_find(enum session_index index, struct flow *flow)
{
	struct control *ctl = session_control();
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
	return index == INDEX_INSIDE ? session_search_inside(flow) : session_search_mapped(flow);
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

/* Counts a flow in the first `n` of its buckets, or (`by` -1) out again. */
static __always_inline void index_pass(enum session_index index, struct session_place place,
				       const struct control *ctl, int n, int by)
{
	for (int i = 0; i < SESSION_PROBES && i < n; i++) {
		struct session_bucket *bucket = bucket_at(index, place.bucket);

		if (bucket)
			__sync_fetch_and_add(&bucket->displaced, by);
		session_place_next(&place, ctl->session_buckets);
	}
}

static __always_inline __u64 *bucket_take(struct session_bucket *bucket, __u64 word)
{
	for (int i = 0; i < SESSION_SLOTS; i++)
		if (!slot_read(&bucket->slot[i]) &&
		    !__sync_val_compare_and_swap(&bucket->slot[i], 0, word))
			return &bucket->slot[i];
	return NULL;
}

/* Replaces a word in a bucket; false where it is not there. */
static __always_inline bool bucket_replace(struct session_bucket *bucket, __u64 from, __u64 to)
{
	for (int i = 0; i < SESSION_SLOTS; i++)
		if (slot_read(&bucket->slot[i]) == from)
			return __sync_val_compare_and_swap(&bucket->slot[i], from, to) == from;
	return false;
}

static __always_inline __u64 entry_word(const struct session_entry *entry, __u32 flag)
{
	return SLOT_WORD(entry->first.tag, entry->number | flag);
}

/* Takes a slot tentatively. False where all buckets are full. Each one that the flow passes is told
 * before the next one is looked at, or a lookup would not go on to it. */
static __always_inline bool entry_take(struct session_entry *entry, enum session_index index,
				       const struct control *ctl)
{
	bool taken = false;

	entry->at = entry->first;
	for (int i = 0; i < SESSION_PROBES; i++) {
		struct session_bucket *bucket = bucket_at(index, entry->at.bucket);

		if (!bucket)
			break;
		entry->passed = i;
		taken = bucket_take(bucket, entry_word(entry, SLOT_TENTATIVE));
		if (taken)
			break;
		__sync_fetch_and_add(&bucket->displaced, 1);
		session_place_next(&entry->at, ctl->session_buckets);
	}
	if (!taken)
		index_pass(index, entry->first, ctl, SESSION_PROBES, -1);
	return taken;
}

/* Is what a slot holds before this entry? If it is behind, its slot is emptied. */
static __always_inline bool entry_yields(const struct session_entry *entry,
					 enum session_index index, __u64 *slot, __u64 word)
{
	__u32 number = word & SLOT_NUMBER;

	if (number == entry->number || !session_holds(index, number, &entry->flow, true))
		return false;
	if (!(word & SLOT_TENTATIVE) || number < entry->number)
		return true;
	/* It may have been made good, or have yielded, in this moment. */
	word = __sync_val_compare_and_swap(slot, word, 0);
	return word && !(word & SLOT_TENTATIVE) && (word & SLOT_NUMBER) == number;
}

static __always_inline bool bucket_has_rival(const struct session_entry *entry,
					     enum session_index index,
					     struct session_bucket *bucket)
{
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);

		if (word >> 32 == entry->first.tag &&
		    entry_yields(entry, index, &bucket->slot[i], word))
			return true;
	}
	return false;
}

static __always_inline bool entry_has_rival(const struct session_entry *entry,
					    enum session_index index, const struct control *ctl)
{
	struct session_place place = entry->first;

	for (int i = 0; i < SESSION_PROBES; i++) {
		struct session_bucket *bucket = bucket_at(index, place.bucket);

		if (!bucket)
			return false;
		if (bucket_has_rival(entry, index, bucket))
			return true;
		if (!*(volatile __u32 *)&bucket->displaced)
			return false;
		session_place_next(&place, ctl->session_buckets);
	}
	return false;
}

/* Makes the entry good, unless somebody else has the flow or has emptied its slot. */
static __always_inline bool entry_keep(struct session_entry *entry, enum session_index index,
				       const struct control *ctl)
{
	__u64 tentative = entry_word(entry, SLOT_TENTATIVE);
	struct session_bucket *bucket;
	bool rival = entry_has_rival(entry, index, ctl);

	bucket = bucket_at(index, entry->at.bucket);
	if (!bucket)
		return false;
	if (!rival && bucket_replace(bucket, tentative, entry_word(entry, 0)))
		return true;
	bucket_replace(bucket, tentative, 0);
	index_pass(index, entry->first, ctl, entry->passed, -1);
	return false;
}

static __always_inline int index_enter(enum session_index index, __u32 number)
{
	struct session_entry *entry = session_entry_get();
	struct session *session = session_at(number);
	struct control *ctl = session_control();

	if (!session || !ctl || !entry)
		return ENTER_FULL;
	entry->number = number;
	entry->flow = index == INDEX_INSIDE ? session->inside : session->outside;
	entry->first = place_of(&entry->flow, ctl);
	if (!entry_take(entry, index, ctl))
		return ENTER_FULL;
	return entry_keep(entry, index, ctl) ? 0 : ENTER_EXISTS;
}

/* Enters a record by its outside flow, which nobody else has then; or by its inside flow. 0,
 * ENTER_EXISTS, ENTER_FULL. */
__noinline int session_enter_outside(__u32 number)
{
	return index_enter(INDEX_OUTSIDE, number);
}

__noinline int session_enter_inside(__u32 number)
{
	return index_enter(INDEX_INSIDE, number);
}

/* Where a record has its slot, which is emptied: how many buckets it has passed, or -1. */
static __always_inline int index_empty(enum session_index index, struct session_place place,
				       __u32 number, const struct control *ctl)
{
	__u64 word = SLOT_WORD(place.tag, number);

	for (int i = 0; i < SESSION_PROBES; i++) {
		struct session_bucket *bucket = bucket_at(index, place.bucket);

		if (!bucket)
			break;
		if (bucket_replace(bucket, word, 0))
			return i;
		session_place_next(&place, ctl->session_buckets);
	}
	return -1;
}

static __always_inline int index_leave(enum session_index index, __u32 number)
{
	struct session *session = session_at(number);
	struct control *ctl = session_control();
	struct session_place place;

	if (!session || !ctl)
		return 0;
	place = place_of(index == INDEX_INSIDE ? &session->inside : &session->outside, ctl);
	index_pass(index, place, ctl, index_empty(index, place, number, ctl), -1);
	return 0;
}

/* Takes a record out of an index; nothing where it is not there. 0. */
__noinline int session_leave_outside(__u32 number)
{
	return index_leave(INDEX_OUTSIDE, number);
}

__noinline int session_leave_inside(__u32 number)
{
	return index_leave(INDEX_INSIDE, number);
}

/* The number that has rested longest, if for long enough; 0: there is none. Whoever moves `head`
 * has it. The ring has a place for each number, so what is behind `tail` is free. */
static __always_inline __u32 pool_take(struct session_totals *totals, __u32 records)
{
	/* Again where another CPU was quicker. */
	for (int i = 0; i < POOL_TRIES; i++) {
		__u64 head = *(volatile __u64 *)&totals->head;
		__u64 *at = pool_at(head % records);
		__u64 word = at ? *(volatile __u64 *)at : 0;

		if (head == *(volatile __u64 *)&totals->tail || !word || !rest_is_over(word >> 32))
			return 0;
		if (__sync_val_compare_and_swap(&totals->head, head, head + 1) != head)
			continue;
		__sync_val_compare_and_swap(at, word, 0);
		return word;
	}
	return 0;
}

static __always_inline void pool_put(struct session_totals *totals, __u32 records, __u32 number)
{
	__u64 *at = pool_at(__sync_fetch_and_add(&totals->tail, 1) % records);

	if (at)
		*(volatile __u64 *)at = REST_WORD(rest_begin(), number);
}

/* Those that have been used come first, which keeps the records in use close together. */
static __always_inline __u32 number_take(struct session_totals *totals, __u32 records)
{
	__u32 number = pool_take(totals, records);

	if (number)
		return number;
	number = __sync_fetch_and_add(&totals->fresh, 1) + 1;
	if (session_at(number))
		return number;
	__sync_fetch_and_add(&totals->fresh, -1);
	return 0;
}

/* A record that is LIFE_MAKING, all else in it as its last session left it; 0: the table is full.
 */
__noinline __u32 session_reserve(void)
{
	struct session_totals *totals = session_totals_get();
	struct control *ctl = session_control();
	struct session *session;
	__u32 number;

	if (!totals || !ctl || !ctl->session_records)
		return 0;
	if (__sync_fetch_and_add(&totals->live, 1) >= ctl->max_sessions) {
		__sync_fetch_and_add(&totals->live, -1);
		return 0;
	}
	number = number_take(totals, ctl->session_records);
	session = session_at(number);
	if (!number || !session) {
		__sync_fetch_and_add(&totals->live, -1);
		return 0;
	}
	session->number = number;
	session->life = (session->life & ~LIFE_STATE) + LIFE_NEXT + LIFE_MAKING;
	return number;
}

/* Of a record that is in no index any more. */
__noinline int session_release(__u32 number)
{
	struct session_totals *totals = session_totals_get();
	struct control *ctl = session_control();

	if (!totals || !ctl || !ctl->session_records)
		return 0;
	pool_put(totals, ctl->session_records, number);
	__sync_fetch_and_add(&totals->live, -1);
	return 0;
}

/* True for the one who ends this life of a session. */
static __always_inline bool session_begin_end(struct session *session, __u32 life)
{
	__u32 ending = (life & ~LIFE_STATE) | LIFE_ENDING;

	if ((life & LIFE_STATE) != LIFE_LIVE)
		return false;
	return __sync_val_compare_and_swap(&session->life, life, ending) == life;
}

#endif
