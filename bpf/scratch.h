/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room for the session that a packet begins, beside the stack: the chain of calls that makes one is
 * the longest, and all of its frames may have 512 bytes together. Per CPU; no program is
 * interrupted by another one that would use it, since all run with the bottom halves off.
 */
#ifndef BPF_SCRATCH_H
#define BPF_SCRATCH_H

#include "maps.h"
#include "pkt.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct session);
} scratch SEC(".maps");

static __always_inline struct session *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* A session that begins with this packet, all else zero. NULL without a packet; and the verifier
 * wants to be told that there is room. */
static __always_inline struct session *scratch_session(const struct pkt *pkt)
{
	struct session *s = scratch_get();

	if (!s || !pkt)
		return NULL;
	__builtin_memset(s, 0, sizeof(*s));
	s->created = s->last_out = s->last_in = pkt->now;
	s->flags = pkt->flags & PKT_HAIRPIN ? SESSION_HAIRPIN : 0;
	return s;
}

#endif
