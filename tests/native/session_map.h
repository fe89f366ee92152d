/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session table's maps in plain memory: with this file in front of bpf/session_map.h the
 * programs' own code (bpf/session_table.h) is compiled for tests, which enter sessions by it and
 * let many threads at it.
 */
#ifndef BPF_SESSION_MAP_H
#define BPF_SESSION_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include <erxdp/session_table.h>

#pragma GCC diagnostic ignored "-Wunknown-pragmas"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define __noinline static __attribute__((noinline, unused))

struct session_memory {
	struct control *control;
	struct session *session;
	struct session_bucket *index[2]; /* by enum session_index */
	struct session_totals *totals;
	__u64 *pool;
	__u32 sessions, buckets;
};
extern struct session_memory session_memory;

static inline struct control *control_get(void)
{
	return session_memory.control;
}

static inline struct session *session_at(__u32 number)
{
	return number < session_memory.sessions ? &session_memory.session[number] : NULL;
}

static inline struct session_bucket *bucket_at(int index, __u32 bucket)
{
	return bucket < session_memory.buckets ? &session_memory.index[index][bucket] : NULL;
}

static inline struct session_totals *session_totals_get(void)
{
	return session_memory.totals;
}

static inline struct session_entry *session_entry_get(void)
{
	static __thread struct session_entry entry;

	return &entry;
}

static inline __u64 *pool_at(__u32 place)
{
	return place < session_memory.sessions ? &session_memory.pool[place] : NULL;
}

/* Whoever includes this brings its own clock. */
__u32 rest_begin(void);
bool rest_is_over(__u32 since);

#endif
