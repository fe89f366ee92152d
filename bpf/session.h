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

#include "crowd.h"
#include "endpoint.h"
#include "limit.h"
#include "maps.h"
#include "pkt.h"
#include "session_tcp.h"
#include "uplink.h"

static __always_inline bool flow_equal(const struct flow *a, const struct flow *b)
{
	return a->addr == b->addr && a->remote == b->remote && a->port == b->port &&
	       a->remote_port == b->remote_port && a->proto == b->proto;
}

#define MAPPING_EEXIST 17

/* The mapping of a flow that is nobody's yet: CONTINUE, V_DROP_NO_PORT where it is somebody's,
 * V_DROP_TABLE_FULL. Two CPUs can never both have made it. */
static __always_inline int mapping_claim(struct flow *outside, struct flow *inside)
{
	/* An int: before 6.4 the upper half of what an update returns is undefined. */
	int err = bpf_map_update_elem(&mappings, outside, inside, BPF_NOEXIST);

	if (!err)
		return CONTINUE;
	return err == -MAPPING_EEXIST ? V_DROP_NO_PORT : V_DROP_TABLE_FULL;
}

/* Another CPU may have been quicker, and the outside flow be another session's by now: only one's
 * own mapping is removed. */
__noinline int session_remove(struct flow *inside, struct session *session)
{
	struct flow key, outside, *mapped;
	__u8 counted;
	bool own;
	int err;

	if (!inside || !session)
		return 0;
	key = *inside; /* 6.1 takes no global function's argument for a key */
	outside = session->outside;
	mapped = bpf_map_lookup_elem(&mappings, &outside);
	own = mapped && flow_equal(mapped, &key);
	counted = session->flags;
	err = bpf_map_delete_elem(&sessions, &key);
	if ((counted & SESSION_COUNTED) && !err)
		limit_release(&key);
	if (own) {
		bpf_map_delete_elem(&mappings, &outside);
		port_released(&outside);
	}
	if ((counted & SESSION_MAPPED) && !err)
		endpoint_release(&outside);
	return 0;
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

/*
 * The session's route moved to the uplink `slot`. Where that one has the session's address too, the
 * session moves along; else it ends, as MASQUERADE's does (nf_nat_oif_changed): another provider's
 * address must not leave there. What began outside keeps the address that its peer knows.
 */
static __noinline bool session_move(struct flow *inside, struct session *session, __u32 slot)
{
	if (session->flags & SESSION_INBOUND)
		return true;
	if (uplink_verify_address(slot, session->outside.addr) == V_DROP_NO_ADDRESS) {
		session_remove(inside, session);
		return false;
	}
	session->uplink = slot;
	return true;
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

/* Notes a packet of the session; the record is written only where something changed. A TCP segment
 * that cannot be right prolongs nothing; a RST not the mapping, which a stranger would keep open by
 * what the inside host refuses him with (RFC 7857 section 7.1). */
__noinline int session_seen(struct session *session, struct pkt *pkt, int out)
{
	__u32 *last;
	bool tcp;

	if (!session || !pkt)
		return 0;
	tcp = pkt->proto == IPPROTO_TCP;
	if (tcp && !session_track_tcp(session, pkt, out))
		return 0;
	last = out ? &session->last_out : &session->last_in;
	if (*last != pkt->now) {
		*last = pkt->now;
		if ((session->flags & SESSION_MAPPED) && !(tcp && (pkt->tcp_flags & TCP_RST)))
			endpoint_seen(session, pkt->now, out);
	}
	if (!tcp && !out == !(session->flags & SESSION_INBOUND) && session->state == SESSION_NEW)
		session->state = SESSION_OPEN;
	return 0;
}

#endif
