/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table's maps. */
#ifndef BPF_SESSION_MAP_H
#define BPF_SESSION_MAP_H

#include <erxdp/session_table.h>

#include "control.h"
#include "maps.h"

/* NULL where the number is beyond the table. */
static __always_inline struct session *session_at(__u32 number)
{
	return bpf_map_lookup_elem(&sessions, &number);
}

#define bucket_at(index, bucket)                                            \
	({                                                                  \
		__u32 at_ = (bucket);                                       \
		struct session_bucket *found_;                              \
		if ((index) == INDEX_INSIDE)                                \
			found_ = bpf_map_lookup_elem(&inside_index, &at_);  \
		else                                                        \
			found_ = bpf_map_lookup_elem(&outside_index, &at_); \
		found_;                                                     \
	})

static __always_inline struct session_totals *session_totals_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&session_totals, &zero);
}

/* On no stack, which has no room for it; and the verifier, which does not know what a map holds,
 * need not follow each loop to each end of the one before. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct session_entry);
} session_entries SEC(".maps");

static __always_inline struct session_entry *session_entry_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&session_entries, &zero);
}

static __always_inline __u64 *pool_at(__u32 place)
{
	struct session_rest *rest = bpf_map_lookup_elem(&session_pool, &place);

	return rest ? &rest->word : NULL;
}

/* Not the coarse clock, which the program that sweeps may not ask. */
static __always_inline __u32 rest_begin(void)
{
	return bpf_ktime_get_ns() / 1000000;
}

static __always_inline bool rest_is_over(__u32 since)
{
	return rest_begin() - since >= SESSION_REST;
}

#endif
