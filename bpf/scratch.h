/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room for the session that a packet begins, beside the stack: the chain of calls that makes one is
 * the longest, and all of its frames may have 512 bytes together. Per CPU; no program is
 * interrupted by another one that would use it, since all run with the bottom halves off.
 */
#ifndef BPF_SCRATCH_H
#define BPF_SCRATCH_H

#include "maps.h"

struct scratch {
	struct session session;
	struct flow inside;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* All zero; NULL never happens, but the verifier wants to be told. */
static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);

	if (s)
		__builtin_memset(s, 0, sizeof(*s));
	return s;
}

#endif
