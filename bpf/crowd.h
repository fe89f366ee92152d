/* SPDX-License-Identifier: GPL-2.0-only */
/* Crowded destinations (erxdp/crowd.h): finding one, making one, and the free port in it. */
#ifndef BPF_CROWD_H
#define BPF_CROWD_H

#include <erxdp/crowd.h>

#include "maps.h"
#include "pkt.h"

static __always_inline struct port_state *port_state_get(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&port_state, &key);
}

/* Is there any at all? Where not, nobody looks further. */
static __always_inline bool crowd_any(void)
{
	struct port_state *state = port_state_get();

	return state && state->crowds;
}

/* The place of a destination in `crowds`, or CROWD_NOWHERE. */
__noinline __u32 crowd_find(struct flow *outside)
{
	__u32 bucket;

	if (!outside)
		return CROWD_NOWHERE;
	bucket = crowd_bucket(outside);
	for (__u32 way = 0; way < CROWD_WAYS; way++) {
		__u32 index = bucket + way;
		struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);

		if (crowd && crowd_is(crowd, outside))
			return index;
	}
	return CROWD_NOWHERE;
}

/* The port of an outside flow is free: its mapping is gone already. */
__noinline int crowd_release(struct flow *outside)
{
	__u32 bucket;

	if (!outside)
		return 0;
	bucket = crowd_bucket(outside);
	/* In all places: two CPUs may have made the same one. */
	for (__u32 way = 0; way < CROWD_WAYS; way++) {
		__u32 index = bucket + way;
		struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);

		if (crowd && crowd_is(crowd, outside))
			crowd_clear(crowd, bpf_ntohs(outside->port));
	}
	return 0;
}

/* Whoever removes a mapping says so here. */
static __always_inline void port_released(struct flow *outside)
{
	if (crowd_any())
		crowd_release(outside);
}

/* The stores are volatile, since the compiler would call memset(), which there is none of; and
 * unrolled, since the verifier walks each turn. */
__noinline int crowd_reset(__u32 index)
{
	struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);

	if (!crowd)
		return 0;
#pragma clang loop unroll_count(32)
	for (__u32 i = 0; i < CROWD_WORDS; i++)
		*(volatile __u64 *)&crowd->taken[i] = 0;
	for (__u32 i = 0; i < CROWD_WORDS / 64; i++)
		*(volatile __u64 *)&crowd->full[i] = 0;
	return 0;
}

static __always_inline bool crowd_take(struct crowd *crowd, __u32 now)
{
	__u32 state = crowd->state;
	struct port_state *all = port_state_get();

	if (!all || state == CROWD_BUSY)
		return false;
	if (state == CROWD_READY && (__s32)(now - crowd->used) < CROWD_STEAL)
		return false;
	if (__sync_val_compare_and_swap(&crowd->state, state, CROWD_BUSY) != state)
		return false;
	if (state == CROWD_FREE)
		__sync_fetch_and_add(&all->crowds, 1);
	return true;
}

/* The same for a new one; CROWD_NOWHERE where other destinations are in need of all places. */
__noinline __u32 crowd_make(struct flow *outside, __u32 now)
{
	__u32 bucket;

	if (!outside)
		return CROWD_NOWHERE;
	bucket = crowd_bucket(outside);
	for (__u32 way = 0; way < CROWD_WAYS; way++) {
		__u32 index = bucket + way;
		struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);

		if (!crowd || !crowd_take(crowd, now))
			continue;
		crowd_reset(index);
		crowd->key = *outside;
		crowd->used = crowd->verified = now;
		__sync_val_compare_and_swap(&crowd->state, CROWD_BUSY, CROWD_READY);
		return index;
	}
	return CROWD_NOWHERE;
}

/* A word that has just become full is said to be; looked at again, since a port of it may have been
 * released meanwhile. */
static __always_inline void crowd_word_full(struct crowd *crowd, __u32 word)
{
	word &= CROWD_WORDS - 1;
	__sync_fetch_and_or(&crowd->full[word >> 6], 1ULL << (word & 63));
	if (*(volatile __u64 *)&crowd->taken[word] != ~0ULL)
		__sync_fetch_and_and(&crowd->full[word >> 6], ~(1ULL << (word & 63)));
}

__noinline int crowd_set(__u32 index, __u32 place)
{
	struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);
	__u32 word = crowd_word(place);

	if (!crowd)
		return 0;
	__sync_fetch_and_or(&crowd->taken[word], 1ULL << (place & 63));
	if (*(volatile __u64 *)&crowd->taken[word] == ~0ULL)
		crowd_word_full(crowd, word);
	return 0;
}

/* The lowest bit of a word that is not 0, counted as the ones below it: clang 14 has no such
 * builtin for BPF, and the verifier would go each way of a search by halves. */
static __always_inline __u32 crowd_lowest(__u64 word)
{
	__u64 below = (word & -word) - 1;

	below -= below >> 1 & 0x5555555555555555ULL;
	below = (below & 0x3333333333333333ULL) + (below >> 2 & 0x3333333333333333ULL);
	below = (below + (below >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return below * 0x0101010101010101ULL >> 56;
}

/* The first word from `word` on that is not full; CROWD_WORDS where there is none. */
__noinline __u32 crowd_open_word(__u32 index, __u32 word)
{
	struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);
	__u32 group = word >> 6;
	__u64 open;

	if (!crowd || group >= CROWD_WORDS / 64)
		return CROWD_WORDS;
	open = ~crowd->full[group] & ~0ULL << (word & 63);
	while (!open) {
		if (++group >= CROWD_WORDS / 64)
			return CROWD_WORDS;
		open = ~crowd->full[group];
	}
	return group * 64 + crowd_lowest(open);
}

/* The first clear bit of from..to, or CROWD_NOWHERE. */
__noinline __u32 crowd_scan(__u32 index, __u32 from, __u32 to)
{
	struct crowd *crowd = bpf_map_lookup_elem(&crowds, &index);
	__u32 word = crowd_word(from);
	__u64 clear;

	if (!crowd)
		return CROWD_NOWHERE;
	clear = ~crowd->taken[word] & ~0ULL << (from & 63);
	/* More than once where another CPU has filled a word and not said so yet. */
	for (int i = 0; i < 4 && !clear; i++) {
		word = crowd_open_word(index, word + 1);
		if (word >= CROWD_WORDS)
			return CROWD_NOWHERE;
		clear = ~crowd->taken[word];
		if (!clear)
			crowd_word_full(crowd, word);
	}
	if (!clear)
		return CROWD_NOWHERE;
	from = word * 64 + crowd_lowest(clear);
	return from <= to ? from : CROWD_NOWHERE;
}

#endif
