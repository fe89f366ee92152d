/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table: a record comes into an index, and leaves it. */
#ifndef BPF_SESSION_ENTER_H
#define BPF_SESSION_ENTER_H

#include "session_find.h"

/* What becomes of a flow that is entered. */
#define ENTER_EXISTS -1 /* another record has it */
#define ENTER_FULL   -2 /* all of its buckets are full */

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
	struct control *ctl = control_get();

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
	struct control *ctl = control_get();
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

#endif
