/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an outside port is claimed for a flow, once it was chosen (port.h). The flow itself is
 * claimed by entering the session's record by it, which two CPUs can never both do; with
 * CONTROL_ENDPOINTS the port's owner is settled first (endpoint.h).
 */
#ifndef BPF_CLAIM_H
#define BPF_CLAIM_H

#include "endpoint.h"
#include "session.h"

enum claim {
	CLAIM_FLOW,    /* this flow; nobody asks whose the port is */
	CLAIM_KNOWN,   /* this flow; the port is known to be its own */
	CLAIM_SHARED,  /* a port that other flows may have too, but no mapping */
	CLAIM_MAPPING, /* a port for this inside endpoint alone */
};

/* The outside flow alone: CONTINUE, V_DROP_NO_PORT where it is taken, V_DROP_TABLE_FULL. */
static __always_inline int claim_flow(struct port_search *s)
{
	return flow_claim(s->number, &s->outside);
}

/*
 * Under BEHAVIOUR_RFC: finds the outside endpoint that the inside one has already where it would
 * else get one at the address outside->addr by the uplink: a forwarding's, which may be at another
 * address of the uplink's pool, or a mapping, which then counts a session more. The kind is
 * returned and outside->addr and port are set; 0: there is none.
 */
static __noinline int claim_known(struct flow *outside, struct flow *inside, __u32 uplink)
{
	struct inside_endpoint key = {.inside = endpoint_of(inside), .outside = outside->addr};
	struct endpoint *known = bpf_map_lookup_elem(&inside_endpoints, &key);
	struct endpoint at;
	struct endpoint_owner *owner;

	if (!known)
		return 0;
	at = *known;
	owner = bpf_map_lookup_elem(&endpoints, &at);
	if (!owner)
		return 0;
	outside->port = at.port;
	if (owner->kind != ENDPOINT_FORWARD)
		return endpoint_enter(owner, &key.inside) ? ENDPOINT_MAPPING : 0;
	if (!endpoint_equal(&owner->inside, &key.inside))
		return 0;
	if (at.addr != outside->addr && owner->uplink != uplink)
		return 0;
	outside->addr = at.addr;
	return ENDPOINT_FORWARD;
}

/* Enters the mapping that was claimed. False where another CPU has made one for the same inside
 * endpoint, or the daemon has just forwarded to it; what stands there otherwise is a mapping that
 * ended. */
static __noinline bool claim_register(struct flow *outside, struct flow *inside)
{
	struct inside_endpoint key = {.inside = endpoint_of(inside), .outside = outside->addr};
	struct endpoint value = endpoint_of(outside);
	struct endpoint_owner *owner;
	struct endpoint *other;
	struct endpoint at;
	int err = bpf_map_update_elem(&inside_endpoints, &key, &value, BPF_NOEXIST);

	if (!err)
		return true;
	other = bpf_map_lookup_elem(&inside_endpoints, &key);
	if (other) {
		at = *other;
		owner = bpf_map_lookup_elem(&endpoints, &at);
		if (owner && owner->kind != ENDPOINT_SHARED && at.addr == outside->addr &&
		    endpoint_equal(&owner->inside, &key.inside))
			return false;
	}
	bpf_map_update_elem(&inside_endpoints, &key, &value, BPF_ANY);
	return true;
}

/* Settles whose the port is. */
static __noinline int claim_endpoint(struct port_search *s, struct control *ctl)
{
	struct endpoint key = endpoint_of(&s->outside);
	struct endpoint_owner fresh = {
		.last_out = s->now,
		.addr_gen = ctl->addr_gen,
		.uses = 1,
		.policy = s->policy,
		.kind = ENDPOINT_SHARED,
		.uplink = s->uplink,
	};

	if (s->claim == CLAIM_MAPPING) {
		fresh.inside = endpoint_of(&s->inside);
		fresh.uses = ENDPOINT_OWNED | 1;
		fresh.kind = ENDPOINT_MAPPING;
	}
	return endpoint_claim(&key, &fresh, ctl);
}

/* Is the port a forwarding's to this very inside endpoint? Then it is the flow's to use. */
static __noinline bool claim_is_own_forward(struct port_search *s)
{
	struct endpoint key = endpoint_of(&s->outside), own = endpoint_of(&s->inside);
	struct endpoint_owner *owner = bpf_map_lookup_elem(&endpoints, &key);

	return owner && owner->kind == ENDPOINT_FORWARD && endpoint_equal(&owner->inside, &own);
}

/* The port was counted for a flow that then did not get it. */
static __noinline void claim_undo(struct port_search *s)
{
	struct endpoint key = endpoint_of(&s->outside);

	if (s->claim == CLAIM_MAPPING)
		endpoint_disown(&key);
	else
		endpoint_release(&s->outside);
}

/* Another CPU has just made a mapping for the same inside endpoint: its port is the one, and is
 * counted once more. False where it was a forwarding, which counts otherwise: the next packet
 * begins the session. */
static __noinline bool claim_other(struct port_search *s)
{
	__be32 addr = s->outside.addr;

	claim_undo(s);
	if (claim_known(&s->outside, &s->inside, s->uplink) == ENDPOINT_MAPPING)
		return true;
	s->outside.addr = addr;
	return false;
}

/* Claims s->outside for s->inside, as s->claim says. The flow itself is claimed here and in no
 * function below, whose calls would be too deep. */
static __always_inline int claim_port(struct port_search *s, struct control *ctl)
{
	bool own = false, other = false;
	int v;

	if (s->claim != CLAIM_FLOW && s->claim != CLAIM_KNOWN) {
		v = claim_endpoint(s, ctl);
		own = v == V_DROP_NO_PORT && claim_is_own_forward(s);
		if (v && !own)
			return v;
		other = !own && s->claim == CLAIM_MAPPING &&
			!claim_register(&s->outside, &s->inside);
		if (other && !claim_other(s))
			return V_DROP_NO_PORT;
	}
	v = claim_flow(s);
	if (own && !v)
		s->claim = CLAIM_KNOWN;
	if (!v || own || s->claim == CLAIM_FLOW || s->claim == CLAIM_KNOWN)
		return v;
	if (other)
		endpoint_release(&s->outside);
	else
		claim_undo(s);
	return v;
}

#endif
