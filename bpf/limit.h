/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one inside host may take of the table (RFC 6888 REQ-4): sessions at a time, and new ones a
 * second. Each session that SESSION_COUNTED marks is counted in `hosts` once, and uncounted by
 * whoever ends it; with its last session the host's entry goes.
 */
#ifndef BPF_LIMIT_H
#define BPF_LIMIT_H

#include "maps.h"
#include "pkt.h"
#include "policy.h"

/* The last session gone: the entry goes, unless another CPU counts a new one just now. */
static __always_inline void limit_forget(struct inside_host *host, const __be32 *addr)
{
	if (!__sync_val_compare_and_swap(&host->sessions, 0, INSIDE_HOST_GONE))
		bpf_map_delete_elem(&hosts, addr);
}

/* `inside` lies on the stack or in a map, so that its address serves as the key. */
static __always_inline void limit_release(const struct flow *inside)
{
	struct inside_host *host = bpf_map_lookup_elem(&hosts, &inside->addr);
	__u32 had;

	if (!host)
		return;
	had = __sync_fetch_and_add(&host->sessions, -1);
	if (had == 1)
		limit_forget(host, &inside->addr);
	else if (!had || had & INSIDE_HOST_GONE)
		__sync_fetch_and_add(&host->sessions, 1);
}

static __always_inline struct inside_host *limit_host(__be32 addr)
{
	struct inside_host *host = bpf_map_lookup_elem(&hosts, &addr);
	struct inside_host fresh = {};

	if (host)
		return host;
	bpf_map_update_elem(&hosts, &addr, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&hosts, &addr);
}

/* The rate counts in whole seconds; CPUs that meet at the turn of one may let some more in. */
static __always_inline bool limit_too_fast(struct inside_host *host, __u32 max_rate, __u32 now)
{
	if (host->second != now) {
		host->second = now;
		host->begun = 0;
	}
	return max_rate && __sync_fetch_and_add(&host->begun, 1) >= max_rate;
}

static __always_inline int limit_refuse(struct inside_host *host, int v)
{
	__sync_fetch_and_add(&host->refused, 1);
	return v;
}

/*
 * CONTINUE where the inside host may have one more session by session->policy, which is counted
 * then (SESSION_COUNTED in session->flags; the caller releases it if the session does not come to
 * be), or V_DROP_HOST_LIMIT, V_DROP_HOST_RATE. A host that cannot be counted, because `hosts` is
 * full, goes uncounted: others' addresses, forged, must not shut it out.
 */
__noinline int limit_admit(struct control *ctl, struct session *session)
{
	struct inside_host *host;
	struct policy *policy;
	__u32 had;

	if (!ctl || !session)
		return V_DROP_TABLE_FULL;
	if (!(ctl->flags & CONTROL_LIMITS) || (session->flags & SESSION_OWN))
		return CONTINUE;
	policy = policy_get(session->policy);
	host = limit_host(session->inside.addr);
	if (!policy || !host)
		return CONTINUE;
	had = __sync_fetch_and_add(&host->sessions, 1);
	if (had & INSIDE_HOST_GONE) {
		__sync_fetch_and_add(&host->sessions, -1);
		return CONTINUE;
	}
	if (policy->max_sessions && had >= policy->max_sessions) {
		__sync_fetch_and_add(&host->sessions, -1);
		return limit_refuse(host, V_DROP_HOST_LIMIT);
	}
	if (limit_too_fast(host, policy->max_rate, session->created)) {
		__sync_fetch_and_add(&host->sessions, -1);
		return limit_refuse(host, V_DROP_HOST_RATE);
	}
	session->flags |= SESSION_COUNTED;
	return CONTINUE;
}

#endif
