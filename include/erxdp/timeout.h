/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a session is idle for too long: one rule for the programs, which treat an expired session as
 * absent, and for the daemon, which removes it.
 */
#ifndef ERXDP_TIMEOUT_H
#define ERXDP_TIMEOUT_H

#include <linux/in.h>

#include <erxdp/maps.h>

/* A half-closed connection has the established one's time: the other direction may go on, or idle,
 * for as long as it likes (RFC 7857 section 2, by RFC 6146 section 3.5.2.2). Opening and closing
 * have a timer each (RFC 7857 section 2.1). */
static inline enum session_timeout session_timeout_class(__u8 proto, __u8 state)
{
	if (proto == IPPROTO_UDP)
		return TIMEOUT_UDP;
	if (proto != IPPROTO_TCP)
		return proto == IPPROTO_ICMP ? TIMEOUT_ICMP : TIMEOUT_OTHER;
	if (state == SESSION_CLOSED)
		return TIMEOUT_TCP_CLOSING;
	return state == SESSION_NEW ? TIMEOUT_TCP_TRANSITORY : TIMEOUT_TCP_ESTABLISHED;
}

/* Seconds since the last packet that prolonged the session: of either direction, or from inside
 * only (RFC 4787 REQ-6: outbound refresh is a must, inbound one a may). 0 where another CPU's clock
 * is ahead. */
static inline __u32 session_idle(const struct session *session, __u32 now)
{
	__u32 last = session->last_out;

	if (!(session->flags & SESSION_OUT_ONLY) && (__s32)(session->last_in - last) > 0)
		last = session->last_in;
	return (__s32)(now - last) > 0 ? now - last : 0;
}

/* Seconds that the session lives without such a packet. */
static inline __u32 session_timeout(const struct session *session, const struct control *control)
{
	return control->timeout[session_timeout_class(session->outside.proto, session->state)];
}

static inline int session_expired(const struct session *session, const struct control *control,
				  __u32 now)
{
	return session_idle(session, now) >= session_timeout(session, control);
}

/* Expired for `grace` seconds at least. */
static inline int session_outlived(const struct session *session, const struct control *control,
				   __u32 now, __u32 grace)
{
	return session_idle(session, now) >= session_timeout(session, control) + grace;
}

/* Seconds that a mapping, and what it permits, lives after the last packet from inside: with TCP as
 * long as an established connection of it may. */
static inline __u32 endpoint_timeout(const struct control *control, __u8 proto, __u32 uses)
{
	__u8 state = uses & ENDPOINT_USES ? SESSION_OPEN : SESSION_NEW;

	return control->timeout[session_timeout_class(proto, state)];
}

/* Seconds since then; 0 where another CPU's clock is ahead. */
static inline __u32 endpoint_idle(__u32 last_out, __u32 now)
{
	return (__s32)(now - last_out) > 0 ? now - last_out : 0;
}

#endif
