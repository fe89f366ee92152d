/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has an outside address and port (`endpoints`): one inside endpoint for itself alone, by
 * BEHAVIOUR_RFC (RFC 4787 REQ-1 and 3) or by a forwarding, or several flows of BEHAVIOUR_COMPAT.
 * Nothing of it is asked unless CONTROL_ENDPOINTS is set, and then when a session begins, ends, or
 * was last noted in an earlier second.
 *
 * A record changes hands by a compare-and-exchange of `uses`, and only where no session has it.
 * Whoever counts itself in looks at what was there before: where that was somebody else's it
 * counts itself out again.
 */
#ifndef BPF_ENDPOINT_H
#define BPF_ENDPOINT_H

#include <erxdp/timeout.h>

#include "ctx.h"
#include "maps.h"
#include "policy.h"

static __always_inline struct endpoint endpoint_of(const struct flow *flow)
{
	return (struct endpoint){.addr = flow->addr, .port = flow->port, .proto = flow->proto};
}

static __always_inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->addr == b->addr && a->port == b->port && a->proto == b->proto;
}

static __always_inline bool endpoint_is_forward(const struct control *ctl, const struct flow *flow)
{
	struct endpoint key = endpoint_of(flow);
	struct endpoint_owner *owner;

	if (!(ctl->flags & CONTROL_ENDPOINTS))
		return false;
	owner = bpf_map_lookup_elem(&endpoints, &key);
	return owner && owner->kind == ENDPOINT_FORWARD;
}

/* May something begin from outside by this mapping? */
static __always_inline bool endpoint_alive(const struct endpoint_owner *owner, __u8 proto,
					   const struct control *ctl, __u32 now)
{
	return endpoint_idle(owner->last_out, now) < endpoint_timeout(ctl, proto, owner->uses);
}

/* Is this the mapping of that inside endpoint, with one session more counted in? */
static __always_inline bool endpoint_enter(struct endpoint_owner *owner,
					   const struct endpoint *inside)
{
	__u32 before = __sync_fetch_and_add(&owner->uses, 1);

	if ((before & (ENDPOINT_OWNED | ENDPOINT_BUSY)) == ENDPOINT_OWNED &&
	    owner->kind == ENDPOINT_MAPPING && endpoint_equal(&owner->inside, inside))
		return true;
	__sync_fetch_and_add(&owner->uses, -1);
	return false;
}

/* The same for flows of BEHAVIOUR_COMPAT, which share the port. */
static __always_inline bool endpoint_share(struct endpoint_owner *owner)
{
	if (owner->uses & ENDPOINT_OWNED)
		return false;
	if (!(__sync_fetch_and_add(&owner->uses, 1) & ENDPOINT_OWNED))
		return true;
	__sync_fetch_and_add(&owner->uses, -1);
	return false;
}

/* Takes over what nobody uses, with one session counted in. */
static __always_inline bool endpoint_take(struct endpoint_owner *owner,
					  const struct endpoint_owner *fresh, __u32 from)
{
	if (__sync_val_compare_and_swap(&owner->uses, from, ENDPOINT_OWNED | ENDPOINT_BUSY | 1) !=
	    from)
		return false;
	owner->inside = fresh->inside;
	owner->last_out = fresh->last_out;
	owner->addr_gen = fresh->addr_gen;
	owner->policy = fresh->policy;
	owner->uplink = fresh->uplink;
	owner->kind = fresh->kind;
	__sync_fetch_and_and(&owner->uses,
			     fresh->kind == ENDPOINT_MAPPING ? ~ENDPOINT_BUSY : ENDPOINT_USES);
	return true;
}

/*
 * Claims the outside endpoint for *fresh (ENDPOINT_MAPPING or ENDPOINT_SHARED, with `uses` of one
 * session). CONTINUE; V_DROP_NO_PORT where it is another's; V_DROP_TABLE_FULL.
 */
static __noinline int endpoint_claim(struct endpoint *outside, struct endpoint_owner *fresh,
				     struct control *ctl)
{
	struct endpoint_owner *owner = bpf_map_lookup_elem(&endpoints, outside);
	__u32 uses;
	int err;

	if (!owner) {
		err = bpf_map_update_elem(&endpoints, outside, fresh, BPF_NOEXIST);
		if (!err)
			return CONTINUE;
		owner = bpf_map_lookup_elem(&endpoints, outside);
		if (!owner)
			return V_DROP_TABLE_FULL;
	}
	if (owner->kind == ENDPOINT_FORWARD)
		return V_DROP_NO_PORT;
	if (fresh->kind == ENDPOINT_SHARED && endpoint_share(owner))
		return CONTINUE;
	uses = *(volatile __u32 *)&owner->uses;
	if (uses & ~ENDPOINT_OWNED)
		return V_DROP_NO_PORT;
	if (uses && endpoint_alive(owner, outside->proto, ctl, fresh->last_out))
		return V_DROP_NO_PORT;
	return endpoint_take(owner, fresh, uses) ? CONTINUE : V_DROP_NO_PORT;
}

/* Gives a mapping up that was claimed a moment ago and that nobody has heard of. */
static __always_inline void endpoint_disown(struct endpoint *outside)
{
	struct endpoint_owner *owner = bpf_map_lookup_elem(&endpoints, outside);

	if (!owner)
		return;
	owner->kind = ENDPOINT_SHARED;
	__sync_fetch_and_add(&owner->uses, -(ENDPOINT_OWNED | 1));
}

/* A session with this outside flow and SESSION_MAPPED is gone. */
static __always_inline void endpoint_release(const struct flow *outside)
{
	struct endpoint key = endpoint_of(outside);
	struct endpoint_owner *owner = bpf_map_lookup_elem(&endpoints, &key);

	if (!owner || owner->kind == ENDPOINT_FORWARD || !(owner->uses & ENDPOINT_USES))
		return;
	if (owner->kind == ENDPOINT_SHARED)
		/* Not the coarse clock, which the program that sweeps may not ask. */
		owner->last_out = bpf_ktime_get_ns() / 1000000000ULL;
	__sync_fetch_and_add(&owner->uses, -1);
}

/* FILTERING_ADDRESS: the peer of this outside flow may begin something from now on. */
static __always_inline void permit_note(const struct flow *outside, __u32 now)
{
	struct permit key = {.outside = endpoint_of(outside), .remote = outside->remote};
	__u32 *last = bpf_map_lookup_elem(&permits, &key);

	/* Without room the peer is not let in, which it need not be. */
	if (last)
		*last = now;
	else
		bpf_map_update_elem(&permits, &key, &now, BPF_ANY);
}

static __always_inline bool permit_has(const struct flow *outside, const struct control *ctl,
				       __u32 now)
{
	struct permit key = {.outside = endpoint_of(outside), .remote = outside->remote};
	__u32 *last = bpf_map_lookup_elem(&permits, &key);

	return last && endpoint_idle(*last, now) < endpoint_timeout(ctl, outside->proto, 1);
}

/* May the peer of this outside flow, which is a mapping's, begin something? (RFC 4787 REQ-8) */
static __always_inline bool endpoint_admits(const struct flow *outside, __u32 index,
					    const struct control *ctl, __u32 now)
{
	struct policy *policy = policy_get(index);

	if (!policy || policy->filtering == FILTERING_ADDRESS_PORT)
		return false;
	return policy->filtering == FILTERING_ENDPOINT_INDEPENDENT || permit_has(outside, ctl, now);
}

/* A session of a mapping that was noted now: what goes out prolongs the mapping (RFC 4787 REQ-6),
 * what comes in where the policy says so (REQ-6a). */
static __noinline void endpoint_seen(struct session *session, __u32 now, bool out)
{
	struct flow outside = session->outside;
	struct endpoint key = endpoint_of(&outside);
	struct policy *policy = policy_get(session->policy);
	struct endpoint_owner *owner;

	if (!policy || policy->behaviour != BEHAVIOUR_RFC)
		return;
	if (!out && !(policy->flags & POLICY_INBOUND_REFRESH))
		return;
	owner = bpf_map_lookup_elem(&endpoints, &key);
	if (owner && owner->kind == ENDPOINT_MAPPING && owner->last_out != now)
		owner->last_out = now;
	if (out && policy->filtering == FILTERING_ADDRESS)
		permit_note(&outside, now);
}

#endif
