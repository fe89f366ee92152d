/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table: which record is free? And the two ends of a record's life. */
#ifndef BPF_SESSION_NUMBER_H
#define BPF_SESSION_NUMBER_H

#include "session_find.h"

#define POOL_TRIES 8

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
	struct control *ctl = control_get();
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
	struct control *ctl = control_get();

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
