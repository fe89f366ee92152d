/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions: one record a translated flow, under its inside flow in `sessions`; `mappings` finds
 * that flow from outside. The mapping is made first and removed last, so whoever holds the mapping
 * holds the port.
 */
#ifndef BPF_SESSION_H
#define BPF_SESSION_H

#include <linux/in.h>

#include <erxdp/timeout.h>

#include "maps.h"
#include "pkt.h"
#include "uplink.h"

static __always_inline bool flow_equal(const struct flow *a, const struct flow *b)
{
	return a->addr == b->addr && a->remote == b->remote && a->port == b->port &&
	       a->remote_port == b->remote_port && a->proto == b->proto;
}

/* Another CPU may have been quicker, and the outside flow be another session's by now: only one's
 * own mapping is removed. */
static __always_inline void session_remove(struct flow *inside, const struct session *session)
{
	struct flow outside = session->outside;
	struct flow *mapped = bpf_map_lookup_elem(&mappings, &outside);
	bool own = mapped && flow_equal(mapped, inside);

	bpf_map_delete_elem(&sessions, inside);
	if (own)
		bpf_map_delete_elem(&mappings, &outside);
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

/* The live session of an inside flow, or NULL; one that has expired is removed on the way. */
static __noinline struct session *session_find(struct flow *inside, struct control *ctl, __u32 now)
{
	struct session *session = bpf_map_lookup_elem(&sessions, inside);

	if (!session)
		return NULL;
	if (!session_expired(session, ctl, now) && session_address_valid(session, ctl))
		return session;
	session_remove(inside, session);
	return NULL;
}

/* The live session behind an outside flow, with its inside flow copied to *inside; or NULL. */
static __always_inline struct session *
session_find_outside(struct flow *outside, struct flow *inside, struct control *ctl, __u32 now)
{
	struct flow *mapped = bpf_map_lookup_elem(&mappings, outside);
	struct session *session;

	if (!mapped)
		return NULL;
	*inside = *mapped;
	session = session_find(inside, ctl, now);
	return session && flow_equal(&session->outside, outside) ? session : NULL;
}

/* RFC 5382 section 5, RFC 7857 section 2: SYN opens anew, an answer opens, FIN and RST close. */
static __always_inline void session_track_tcp(struct session *session, __u8 tcp_flags, bool out)
{
	__u8 fins = SESSION_FIN_OUT | SESSION_FIN_IN;
	__u8 flags = session->flags;
	__u8 state = session->state;

	if (out && (tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		if (state >= SESSION_CLOSING) {
			state = SESSION_NEW;
			flags &= ~fins;
		}
	} else if (tcp_flags & TCP_RST) {
		state = SESSION_CLOSED;
	} else {
		if (tcp_flags & TCP_FIN)
			flags |= out ? SESSION_FIN_OUT : SESSION_FIN_IN;
		if ((flags & fins) == fins)
			state = SESSION_CLOSED;
		else if (flags & fins)
			state = SESSION_CLOSING;
		else if (!out || state == SESSION_CLOSED)
			state = SESSION_OPEN; /* after a RST that nobody obeyed: it was forged */
	}
	if (flags != session->flags)
		session->flags = flags;
	if (state != session->state)
		session->state = state;
}

/* Notes a packet of the session; the record is written only where something changed. */
static __always_inline void session_seen(struct session *session, const struct pkt *pkt, bool out)
{
	__u32 *last = out ? &session->last_out : &session->last_in;

	if (*last != pkt->now)
		*last = pkt->now;
	if (pkt->proto == IPPROTO_TCP)
		session_track_tcp(session, pkt->tcp_flags, out);
	else if (!out && session->state == SESSION_NEW)
		session->state = SESSION_OPEN;
}

#endif
