/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions: one record a translated flow, found by its inside and by its outside flow
 * (session_table.h). The outside flow is entered first and left last, so whoever is found by it
 * holds the port.
 */
#ifndef BPF_SESSION_H
#define BPF_SESSION_H

#include <linux/in.h>

#include <erxdp/timeout.h>

#include "control.h"
#include "crowd.h"
#include "endpoint.h"
#include "limit.h"
#include "maps.h"
#include "pkt.h"
#include "session_table.h"
#include "session_tcp.h"
#include "uplink.h"

/* The outside flow for a record that is being made: CONTINUE where it was nobody's, V_DROP_NO_PORT
 * where it is somebody's, V_DROP_TABLE_FULL. */
static __always_inline int flow_claim(__u32 number, const struct flow *outside)
{
	struct session *record = session_at(number);
	int err;

	if (!record)
		return V_DROP_TABLE_FULL;
	record->outside = *outside;
	err = session_enter_outside(number);
	if (!err)
		return CONTINUE;
	return err == ENTER_EXISTS ? V_DROP_NO_PORT : V_DROP_TABLE_FULL;
}

/* Ends the session; 1 where this call has. `life` is the one that it was found with. */
__noinline int session_end(__u32 number, __u32 life)
{
	struct session *session = session_at(number);
	struct flow inside, outside;

	if (!session || !session_begin_end(session, life))
		return 0;
	inside = session->inside; /* on the stack, where they serve as keys */
	outside = session->outside;
	session_leave_inside(number);
	if (session->flags & SESSION_COUNTED)
		limit_release(&inside);
	session_leave_outside(number);
	port_released(&outside);
	if (session->flags & SESSION_MAPPED)
		endpoint_release(&outside);
	session_release(number);
	return 1;
}

static __always_inline void session_remove(const struct session *session)
{
	session_end(session->number, session->life);
}

/* An address that left the uplink ends its sessions, as it ends MASQUERADE's; checked once a
 * change. */
static __always_inline bool session_address_valid(struct session *session,
						  const struct control *ctl)
{
	__u32 gen = ctl->addr_gen;
	int v;

	if (session->addr_gen == gen)
		return true;
	v = uplink_verify_address(session->uplink, session->outside.addr);
	if (!v)
		session->addr_gen = gen;
	return v != V_DROP_NO_ADDRESS; /* while the list is written, the next packet asks again */
}

/* May a packet use it? One that has expired is removed. */
static __always_inline bool session_usable(struct session *session, struct control *ctl, __u32 now)
{
	if (!session_expired(session, ctl, now) && session_address_valid(session, ctl))
		return true;
	session_remove(session);
	return false;
}

/* May its packets take the way that it remembers (way.h)? Not those between inside hosts, nor this
 * host's own. */
static __always_inline bool session_has_way(const struct session *session)
{
	return !(session->flags & (SESSION_HAIRPIN | SESSION_OWN));
}

/* The session of an inside flow, whatever its age, or NULL. */
static __always_inline struct session *session_get(struct flow *inside)
{
	__u32 number = session_find_inside(inside);

	return number ? session_at(number) : NULL;
}

/* The live session of an inside flow, or NULL; one that has expired is removed on the way. */
static __always_inline struct session *session_find(struct flow *inside, struct control *ctl,
						    __u32 now)
{
	struct session *session = session_get(inside);

	return session && session_usable(session, ctl, now) ? session : NULL;
}

/*
 * The session's route moved to the uplink `slot`. Where that one has the session's address too, the
 * session moves along; else it ends, as MASQUERADE's does (nf_nat_oif_changed): another provider's
 * address must not leave there. What began outside keeps the address that its peer knows.
 */
static __noinline bool session_move(struct session *session, __u32 slot)
{
	if (session->flags & SESSION_INBOUND)
		return true;
	if (uplink_verify_address(slot, session->outside.addr) == V_DROP_NO_ADDRESS) {
		session_remove(session);
		return false;
	}
	session->uplink = slot;
	return true;
}

/* The live session behind an outside flow; or NULL. */
static __always_inline struct session *session_find_outside(struct flow *outside,
							    struct control *ctl, __u32 now)
{
	__u32 number = session_find_mapped(outside);
	struct session *session = number ? session_at(number) : NULL;

	return session && session_usable(session, ctl, now) ? session : NULL;
}

/* The record is written only where something changed: of a second, once. `mapping`: the packet
 * prolongs the mapping that the session may be of, too. */
static __always_inline void session_stamp(struct session *session, __u32 now, bool out,
					  bool mapping)
{
	__u32 *last = out ? &session->last_out : &session->last_in;

	if (*last == now)
		return;
	*last = now;
	if (mapping && (session->flags & SESSION_MAPPED))
		endpoint_seen(session, now, out);
}

/* Octets of the IP packet, as netfilter's accounting has them. Only where somebody asked for it: it
 * writes to the record with every packet, which session_stamp() avoids. */
static __always_inline void session_account(struct session *session, const struct control *ctl,
					    __u32 octets, bool out)
{
	if (!(ctl->flags & CONTROL_ACCOUNT))
		return;
	if (out)
		__sync_fetch_and_add(&session->bytes_out, octets);
	else
		__sync_fetch_and_add(&session->bytes_in, octets);
}

/* A segment that cannot be right prolongs nothing; a RST not the mapping, which a stranger would
 * keep open by what the inside host refuses him with (RFC 7857 section 7.1). */
static __always_inline void session_seen_tcp(struct session *session, const struct pkt_tcp *tcp,
					     __u32 now, bool out)
{
	if (session_track_tcp(session, tcp, out))
		session_stamp(session, now, out, !(tcp->flags & TCP_RST));
}

static __always_inline void session_seen_other(struct session *session, __u32 now, bool out)
{
	session_stamp(session, now, out, true);
	if (!out == !(session->flags & SESSION_INBOUND) && session->state == SESSION_NEW)
		session->state = SESSION_OPEN;
}

/* Notes a packet of the session. */
__noinline int session_seen(struct session *session, struct pkt *pkt, int out)
{
	const struct control *ctl = control_get();

	if (!session || !pkt || !ctl)
		return 0;
	session_account(session, ctl, pkt->tot_len, out);
	if (pkt->proto == IPPROTO_TCP)
		session_seen_tcp(session, &pkt->tcp, pkt->now, out);
	else
		session_seen_other(session, pkt->now, out);
	return 0;
}

#endif
