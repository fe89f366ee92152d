/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a session is idle for too long: one rule for the programs, which treat an expired session as
 * absent, and for the daemon, which removes it.
 */
#ifndef ERXDP_TIMEOUT_H
#define ERXDP_TIMEOUT_H

#include <linux/in.h>

#include <erxdp/maps.h>

static inline enum session_timeout session_timeout_class(__u8 proto, __u8 state)
{
	if (proto == IPPROTO_TCP)
		return state == SESSION_OPEN ? TIMEOUT_TCP_ESTABLISHED : TIMEOUT_TCP_TRANSITORY;
	return proto == IPPROTO_UDP ? TIMEOUT_UDP : TIMEOUT_ICMP;
}

/* Seconds since the last packet of either direction; 0 where another CPU's clock is ahead. */
static inline __u32 session_idle(const struct session *session, __u32 now)
{
	__u32 last = session->last_out;

	if ((__s32)(session->last_in - last) > 0)
		last = session->last_in;
	return (__s32)(now - last) > 0 ? now - last : 0;
}

static inline int session_expired(const struct session *session, const struct control *control,
				  __u32 now)
{
	__u8 proto = session->outside.proto;

	return session_idle(session, now) >=
	       control->timeout[session_timeout_class(proto, session->state)];
}

#endif
