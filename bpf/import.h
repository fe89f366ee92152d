/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection that the kernel's conntrack translates becomes a session, with the outside address
 * and port that its peer knows, whatever policy, limits and bound sockets would say of a new one.
 * The daemon reads conntrack (user/host/takeover.c); the record is entered here, by the algorithms
 * of the other programs. May sleep, so another program may run on this CPU in the middle: what is
 * theirs alone (scratch.h, session_entries) is not used.
 */
#ifndef BPF_IMPORT_H
#define BPF_IMPORT_H

#include "claim.h"
#include "limit.h"
#include "session.h"

/* One daemon imports at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct session_entry);
} import_entry SEC(".maps");

static __always_inline struct session_entry *import_entry_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&import_entry, &zero);
}

__noinline int import_enter_outside(__u32 number)
{
	return index_enter(INDEX_OUTSIDE, number, import_entry_get());
}

__noinline int import_enter_inside(__u32 number)
{
	return index_enter(INDEX_INSIDE, number, import_entry_get());
}

/* Counts a session that is there whatever the limits say; false where it is not to be counted. */
static __noinline bool import_count(const struct control *ctl, const struct session *session)
{
	struct inside_host *host;

	if (!(ctl->flags & CONTROL_LIMITS) || (session->flags & SESSION_OWN))
		return false;
	host = limit_host(session->inside.addr);
	if (!host)
		return false;
	if (!(__sync_fetch_and_add(&host->sessions, 1) & INSIDE_HOST_GONE))
		return true;
	__sync_fetch_and_add(&host->sessions, -1);
	return false;
}

/* Of a port that the session alone uses, and that others may use too. */
static __always_inline struct endpoint_owner import_owner(const struct control *ctl,
							  const struct session *session)
{
	return (struct endpoint_owner){
		.last_out = session->last_out,
		.addr_gen = ctl->addr_gen,
		.uses = 1,
		.policy = session->policy,
		.kind = ENDPOINT_SHARED,
		.uplink = session->uplink,
	};
}

/* Under BEHAVIOUR_RFC: the flow is one of the inside endpoint's mapping, or the first one, whose
 * port becomes it. False where the kernel gave another port to another flow of the same endpoint.
 */
static __noinline bool import_map(struct control *ctl, const struct session *session)
{
	struct inside_endpoint key = {
		.inside = endpoint_of(&session->inside),
		.outside = session->outside.addr,
	};
	struct endpoint_owner fresh = import_owner(ctl, session);
	struct endpoint at = endpoint_of(&session->outside);
	struct endpoint *known = bpf_map_lookup_elem(&inside_endpoints, &key);
	struct endpoint_owner *owner;

	if (known) {
		owner = endpoint_equal(known, &at) ? bpf_map_lookup_elem(&endpoints, &at) : NULL;
		return owner && owner->kind != ENDPOINT_FORWARD &&
		       endpoint_enter(owner, &key.inside);
	}
	fresh.inside = key.inside;
	fresh.uses |= ENDPOINT_OWNED;
	fresh.kind = ENDPOINT_MAPPING;
	if (endpoint_claim(&at, &fresh, ctl))
		return false;
	bpf_map_update_elem(&inside_endpoints, &key, &at, BPF_ANY);
	return true;
}

/* Counts the session in where its port has an owner (endpoint.h). A port that is somebody else's
 * mapping, or a forwarding, counts it nowhere: the flow alone is then what it holds. */
static __noinline bool import_claim(struct control *ctl, const struct session *session)
{
	struct policy *policy = policy_get(session->policy);
	struct endpoint_owner shared = import_owner(ctl, session);
	struct endpoint at = endpoint_of(&session->outside);

	if (!(ctl->flags & CONTROL_ENDPOINTS) || protocol_by_address(at.proto))
		return false;
	if (!(session->flags & SESSION_OWN) && policy && policy->behaviour == BEHAVIOUR_RFC &&
	    import_map(ctl, session))
		return true;
	return !endpoint_claim(&at, &shared, ctl);
}

/* Of a record that holds no outside flow. */
static __noinline void import_drop(struct session *record)
{
	struct flow outside = record->outside;

	if (record->flags & SESSION_MAPPED)
		endpoint_release(&outside);
	if (record->flags & SESSION_COUNTED)
		limit_release(&record->inside);
	record->life &= ~LIFE_STATE; /* LIFE_FREE */
	session_release(record->number);
}

static __always_inline int import_make(struct control *ctl, struct import_request *request)
{
	__u32 number = session_reserve(), live;
	struct session *record = session_at(number);

	if (!number || !record)
		return IMPORT_FULL;
	request->session.life = record->life;
	request->session.number = number;
	request->session.addr_gen = ctl->addr_gen;
	*record = request->session;
	record->flags |= import_count(ctl, record) ? SESSION_COUNTED : 0;
	record->flags |= import_claim(ctl, record) ? SESSION_MAPPED : 0;
	if (import_enter_outside(number)) {
		import_drop(record);
		return IMPORT_FULL;
	}
	live = request->session.life + LIFE_LIVE - LIFE_MAKING;
	/* Behind all else. */
	__sync_val_compare_and_swap(&record->life, request->session.life, live);
	if (!import_enter_inside(number))
		return IMPORT_MADE;
	session_end(number, live);
	return IMPORT_FULL;
}

static __always_inline void import_prolong(__u32 *last, __u32 seen)
{
	if ((__s32)(seen - *last) > 0)
		*last = seen;
}

/* A session that nobody has used yet, or that the kernel has had meanwhile, is as the kernel says.
 */
static __always_inline void import_refresh(struct session *session,
					   const struct import_request *request)
{
	if (request->anew) {
		session->last_out = request->session.last_out;
		session->last_in = request->session.last_in;
	} else {
		import_prolong(&session->last_out, request->session.last_out);
		import_prolong(&session->last_in, request->session.last_in);
		if ((session->out.flags | session->in.flags) & TCP_SIDE_KNOWN)
			return;
	}
	session->state = request->session.state;
	session->out = request->session.out;
	session->in = request->session.in;
}

/* May the holder of a connection's outside flow go? A reservation for the connection itself, which
 * the kernel translated in the meantime (slow_out.h). And while the kernel has all connections, or
 * begins all: of two that it had it has one no more. (By address the two may differ in ports.) */
static __always_inline bool import_is_stale(const struct session *holder, const struct control *ctl)
{
	if ((holder->flags & SESSION_OWN) && flow_equal(&holder->inside, &holder->outside))
		return true;
	return (ctl->flags & (CONTROL_ASIDE | CONTROL_CHANGEOVER)) &&
	       !protocol_by_address(holder->outside.proto);
}

/* False where the outside flow is another session's. */
static __always_inline bool import_make_way(struct flow *outside, const struct control *ctl)
{
	__u32 number = session_find_mapped(outside);
	struct session *holder = number ? session_at(number) : NULL;

	if (!holder)
		return true;
	if (!import_is_stale(holder, ctl))
		return false;
	session_remove(holder);
	return true;
}

/* enum import_answer */
SEC("syscall")
int erxdp_import(struct import_request *request)
{
	struct flow inside = request->session.inside, outside = request->session.outside;
	struct control *ctl = control_get();
	struct session *session;

	if (!ctl || !ctl->max_sessions)
		return IMPORT_FULL;
	session = session_get(&inside);
	if (session && flow_equal(&session->outside, &outside)) {
		import_refresh(session, request);
		return IMPORT_KNOWN;
	}
	if (!import_make_way(&outside, ctl))
		return IMPORT_TAKEN;
	/* Its next packet was quicker than we, and has got another port than the peer knows. */
	if (session)
		session_remove(session);
	return import_make(ctl, request);
}

#endif
