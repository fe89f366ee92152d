/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room in a full table: the oldest session that was never answered goes, as netfilter's early_drop
 * takes what is not assured. A ring keeps the order in which sessions began; it is as large as the
 * table, so that a flood does not hide its own beginning. What was answered is never touched.
 *
 * One-way flows (syslog over UDP) are half-open too: the next packet begins them anew.
 */
#ifndef BPF_RECENT_H
#define BPF_RECENT_H

#include "maps.h"
#include "session.h"

#define RECENT_LOOKS 16	 /* entries looked at for one newcomer; a flood's next packet goes on */
#define RECENT_YOUNG 250 /* milliseconds that an answer may take from the far end of the world */

static __always_inline __u32 recent_clock(void)
{
	return bpf_ktime_get_coarse_ns() / 1000000;
}

static __always_inline struct recent *recent_at(const struct control *ctl, __u64 place)
{
	__u32 index;

	if (!ctl->max_sessions)
		return NULL;
	index = place % ctl->max_sessions;
	return bpf_map_lookup_elem(&recent, &index);
}

static __always_inline struct recent_ends *recent_ends_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&recent_ends, &zero);
}

/* A session has begun. CONTINUE. */
__noinline int recent_note(struct control *ctl, __u32 number, __u32 life)
{
	struct recent_ends *ends = recent_ends_get();
	struct recent *at;

	if (!ctl || !ends)
		return CONTINUE;
	at = recent_at(ctl, __sync_fetch_and_add(&ends->head, 1));
	if (!at)
		return CONTINUE;
	at->number = number;
	at->life = life;
	at->began = recent_clock();
	return CONTINUE;
}

/* Takes the place at the tail, if it has come of age: then nobody else looks at it. */
static __always_inline bool recent_take(const struct control *ctl, struct recent_ends *ends,
					struct recent *taken)
{
	__u64 tail = *(volatile __u64 *)&ends->tail, head = *(volatile __u64 *)&ends->head;
	struct recent *at;

	if (tail == head)
		return false;
	if (head - tail > ctl->max_sessions) { /* the newest have overwritten the oldest */
		__sync_val_compare_and_swap(&ends->tail, tail, head - ctl->max_sessions);
		tail = *(volatile __u64 *)&ends->tail;
	}
	at = recent_at(ctl, tail);
	if (!at || recent_clock() - at->began < RECENT_YOUNG)
		return false;
	*taken = *at;
	/* Where another CPU took it, a copy of what it looks at does no harm. */
	__sync_val_compare_and_swap(&ends->tail, tail, tail + 1);
	return true;
}

/* TCP is new until its handshake is complete; both sides have spoken before that. */
static __always_inline bool recent_unanswered(const struct session *session)
{
	return session->state == SESSION_NEW &&
	       !(session->out.flags & session->in.flags & TCP_SIDE_SENT);
}

/* Never this host's own, whose port the peer may know already. */
static __always_inline bool recent_may_go(const struct session *session, const struct control *ctl,
					  __u32 now)
{
	if (session->flags & SESSION_OWN)
		return false;
	return recent_unanswered(session) || session_expired(session, ctl, now);
}

struct recent_loop {
	struct control *ctl;
	__u32 now;
	bool evicted;
};

/* A step of the loop; 1 ends it. */
static long recent_step(__u32 i, struct recent_loop *l)
{
	struct recent_ends *ends = recent_ends_get();
	struct session *session;
	struct recent taken;

	(void)i;
	if (!ends || !recent_take(l->ctl, ends, &taken))
		return 1;
	session = session_at(taken.number);
	if (!session || session->life != taken.life || !recent_may_go(session, l->ctl, l->now))
		return 0;
	l->evicted = session_end(taken.number, taken.life);
	return l->evicted;
}

/* Removes a half-open session, or one that has expired. False where none was found. */
__noinline int recent_evict(struct control *ctl, __u32 now)
{
	struct recent_loop loop = {.ctl = ctl, .now = now};

	if (!ctl)
		return 0;
	bpf_loop(RECENT_LOOKS, recent_step, &loop, 0);
	return loop.evicted;
}

#endif
