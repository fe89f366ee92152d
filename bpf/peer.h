/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocols without ports (include/erxdp/protocol.h). Outside address, peer and protocol are
 * one inside host's while its session lives, as with netfilter's unknown protocols
 * (nf_nat_l4proto_unique_tuple); a tunnel of this host's own comes before any of them.
 */
#ifndef BPF_PEER_H
#define BPF_PEER_H

#include <erxdp/protocol.h>

#include "maps.h"
#include "session.h"

/* Claims the peer of session->outside, ports 0: CONTINUE, V_DROP_PEER_BUSY, V_DROP_TABLE_FULL. */
static __noinline int peer_claim(struct control *ctl, struct session *session)
{
	int v;

	session->outside.port = 0;
	v = flow_claim(session->number, &session->outside);
	/* Looking for the holder removes it where it has expired. */
	if (v == V_DROP_NO_PORT && !session_find_outside(&session->outside, ctl, session->created))
		v = flow_claim(session->number, &session->outside);
	return v == V_DROP_NO_PORT ? V_DROP_PEER_BUSY : v;
}

#endif
