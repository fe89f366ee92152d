/* SPDX-License-Identifier: GPL-2.0-only */
/* Making a session, by what leaves; what comes in makes none. */
#ifndef BPF_SESSION_NEW_H
#define BPF_SESSION_NEW_H

#include "port.h"
#include "session.h"

/*
 * Makes a session for `inside` with session->outside.addr (and flags, uplink) given; its port is
 * chosen here. Where another CPU was quicker its session is taken. CONTINUE with *session complete,
 * or why not.
 */
static __noinline int session_create(ctx_t *ctx, struct control *ctl, struct flow *inside,
				     struct session *session, bool keep)
{
	struct session *other;
	int v, err;

	if (!ctl || !inside || !session || !ctl->max_sessions)
		return V_DROP_TABLE_FULL;
	session->outside.remote = inside->remote;
	session->outside.remote_port = inside->remote_port;
	session->outside.proto = inside->proto;
	session->addr_gen = ctl->addr_gen;
	session->state = SESSION_NEW;
	v = port_claim(ctx, ctl, &session->outside, inside, keep, session->created);
	if (v)
		return v;
	err = bpf_map_update_elem(&sessions, inside, session, BPF_NOEXIST); /* see port_try */
	if (!err)
		return CONTINUE;
	bpf_map_delete_elem(&mappings, &session->outside);
	other = bpf_map_lookup_elem(&sessions, inside);
	if (!other)
		return V_DROP_TABLE_FULL;
	*session = *other;
	return CONTINUE;
}

#endif
