/* SPDX-License-Identifier: GPL-2.0-only */
/* How the flows of an inside host are translated: asked when a session begins, never per packet. */
#ifndef BPF_POLICY_H
#define BPF_POLICY_H

#include <linux/in.h>

#include "maps.h"
#include "pkt.h"

/* The index of the inside prefix's policy where it has one, else the uplink's. */
static __always_inline __u32 policy_index(const struct control *ctl, __be32 inside, __u32 slot)
{
	struct prefix_key key = {.prefixlen = 32, .addr = inside};
	struct uplink *uplink;
	__u32 *index;

	if (ctl->flags & CONTROL_POLICIES) {
		index = bpf_map_lookup_elem(&inside_policies, &key);
		if (index)
			return *index;
	}
	uplink = bpf_map_lookup_elem(&uplinks, &slot);
	return uplink ? uplink->policy : 0;
}

static __always_inline struct policy *policy_get(__u32 index)
{
	return bpf_map_lookup_elem(&policies, &index);
}

/* Fills session->policy and what follows from it, of a session by session->uplink that begins. TCP
 * is prolonged by both directions always: what comes in to it is judged by its sequence number. */
__noinline int policy_apply(struct control *ctl, struct session *session)
{
	struct policy *policy;

	if (!ctl || !session)
		return V_DROP_REWRITE;
	session->policy = policy_index(ctl, session->inside.addr, session->uplink);
	policy = policy_get(session->policy);
	if (session->inside.proto != IPPROTO_TCP && policy &&
	    !(policy->flags & POLICY_INBOUND_REFRESH))
		session->flags |= SESSION_OUT_ONLY;
	return CONTINUE;
}

#endif
