/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table: a record comes into an index, and leaves it. */
#ifndef BPF_SESSION_ENTER_H
#define BPF_SESSION_ENTER_H

#include "session_find.h"

/* What becomes of a flow that is entered. */
#define ENTER_EXISTS -1 /* another record has it */
#define ENTER_FULL   -2 /* all of its buckets are full */

/* Counts a flow in the first `n` of its buckets, or (`by` -1) out again. */
static __always_inline int index_pass(enum session_index index, __u32 at, int n, int by)
{
	struct control *ctl = control_get();
	struct session_place place = {.bucket = at};

	if (!ctl)
		return 0;
	for (int i = 0; i < SESSION_PROBES && i < n; i++) {
		struct session_bucket *bucket = bucket_at(index, place.bucket);

		if (!bucket)
			break;
		__sync_fetch_and_add(&bucket->displaced, by);
		session_place_next(&place, ctl->session_buckets);
	}
	return 0;
}

__noinline int index_pass_inside(__u32 at, int n, int by)
{
	return index_pass(INDEX_INSIDE, at, n, by);
}

__noinline int index_pass_outside(__u32 at, int n, int by)
{
	return index_pass(INDEX_OUTSIDE, at, n, by);
}

/* Replaces a word in a bucket; false where it is not there. From 0: in the first slot that is empty
 * and stays so. */
static __always_inline bool bucket_replace(enum session_index index, __u32 at, __u64 from, __u64 to)
{
	struct session_bucket *bucket = bucket_at(index, at);

	if (!bucket)
		return false;
	for (int i = 0; i < SESSION_SLOTS; i++)
		if (slot_read(&bucket->slot[i]) == from &&
		    __sync_val_compare_and_swap(&bucket->slot[i], from, to) == from)
			return true;
	return false;
}

__noinline int bucket_replace_inside(__u32 at, __u64 from, __u64 to)
{
	return bucket_replace(INDEX_INSIDE, at, from, to);
}

__noinline int bucket_replace_outside(__u32 at, __u64 from, __u64 to)
{
	return bucket_replace(INDEX_OUTSIDE, at, from, to);
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
	entry->at = entry->first;
	for (int i = 0; i < SESSION_PROBES; i++) {
		entry->passed = i;
		if (by_index(index, bucket_replace, entry->at.bucket, 0,
			     entry_word(entry, SLOT_TENTATIVE)))
			return true;
		by_index(index, index_pass, entry->at.bucket, 1, 1);
		session_place_next(&entry->at, ctl->session_buckets);
	}
	by_index(index, index_pass, entry->first.bucket, SESSION_PROBES, -1);
	return false;
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

#define BUCKET_RIVAL 1 /* somebody in this bucket has the flow */

/* Is somebody before this entry in a bucket? BUCKET_RIVAL, BUCKET_LAST; 0: not in this one. */
static __always_inline int bucket_rival(enum session_index index, __u32 at,
					const struct session_entry *entry)
{
	struct session_bucket *bucket = bucket_at(index, at);

	if (!bucket || !entry)
		return BUCKET_LAST;
	for (int i = 0; i < SESSION_SLOTS; i++) {
		__u64 word = slot_read(&bucket->slot[i]);

		if (word >> 32 == entry->first.tag &&
		    entry_yields(entry, index, &bucket->slot[i], word))
			return BUCKET_RIVAL;
	}
	return *(volatile __u32 *)&bucket->displaced ? 0 : BUCKET_LAST;
}

__noinline int bucket_rival_inside(__u32 at, struct session_entry *entry)
{
	return bucket_rival(INDEX_INSIDE, at, entry);
}

__noinline int bucket_rival_outside(__u32 at, struct session_entry *entry)
{
	return bucket_rival(INDEX_OUTSIDE, at, entry);
}

static __always_inline bool entry_has_rival(struct session_entry *entry, enum session_index index,
					    const struct control *ctl)
{
	struct session_place place = entry->first;
	int found;

	for (int i = 0; i < SESSION_PROBES; i++) {
		found = by_index(index, bucket_rival, place.bucket, entry);
		if (found)
			return found == BUCKET_RIVAL;
		session_place_next(&place, ctl->session_buckets);
	}
	return false;
}

/* Makes the entry good, unless somebody else has the flow or has emptied its slot. */
static __always_inline bool entry_keep(struct session_entry *entry, enum session_index index,
				       const struct control *ctl)
{
	__u64 tentative = entry_word(entry, SLOT_TENTATIVE);
	__u32 at = entry->at.bucket;

	if (!entry_has_rival(entry, index, ctl) &&
	    by_index(index, bucket_replace, at, tentative, entry_word(entry, 0)))
		return true;
	by_index(index, bucket_replace, at, tentative, 0);
	by_index(index, index_pass, entry->first.bucket, entry->passed, -1);
	return false;
}

static __always_inline int index_enter(enum session_index index, __u32 number,
				       struct session_entry *entry)
{
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
	return index_enter(INDEX_OUTSIDE, number, session_entry_get());
}

__noinline int session_enter_inside(__u32 number)
{
	return index_enter(INDEX_INSIDE, number, session_entry_get());
}

/* Empties the slot of a record, whose bucket is `at` then. False where it has none. In one function
 * with what calls it, since that is at the end of the longest chain of calls, for which 6.1 has 512
 * bytes of stack. */
static __always_inline bool index_empty(enum session_index index, struct session_place *at,
					__u32 number, const struct control *ctl)
{
	for (int i = 0; i < SESSION_PROBES; i++) {
		if (bucket_replace(index, at->bucket, SLOT_WORD(at->tag, number), 0))
			return true;
		session_place_next(at, ctl->session_buckets);
	}
	return false;
}

static __always_inline int index_leave(enum session_index index, __u32 number)
{
	struct session *session = session_at(number);
	struct control *ctl = control_get();
	struct session_place first, at;

	if (!session || !ctl)
		return 0;
	first = place_of(index == INDEX_INSIDE ? &session->inside : &session->outside, ctl);
	at = first;
	if (!index_empty(index, &at, number, ctl))
		return 0;
	return index_pass(index, first.bucket,
			  session_places_passed(first, at, ctl->session_buckets), -1);
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
