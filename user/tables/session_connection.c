// SPDX-License-Identifier: GPL-2.0-only
#include "session_connection.h"

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>
#include <string.h>

#include <erxdp/protocol.h>
#include <erxdp/timeout.h>

#include "conntrack.h"

/* Seconds that conntrack gives a connection in TIME_WAIT, by default. */
#define CLOSED_MAX 120

/* The two flows of what began outside, seen from the other side: of a connection those of the
 * session, and the other way round. */
static void turn(struct flow *first, struct flow *second)
{
	struct flow sent = *first, answered = *second;

	first->addr = answered.remote;
	first->port = answered.remote_port;
	first->remote = answered.addr;
	first->remote_port = answered.port;
	second->addr = sent.remote;
	second->port = sent.remote_port;
	second->remote = sent.addr;
	second->remote_port = sent.port;
}

static void drop_ports(struct flow *flow)
{
	flow->port = flow->remote_port = 0;
}

/* Whose FIN was first; the kernel notes who began to close. */
static void set_fins(struct session *s, const struct connection *c, bool both)
{
	bool inbound = s->flags & SESSION_INBOUND;
	bool inside = c->tcp_flags[inbound ? 1 : 0] & IP_CT_TCP_FLAG_CLOSE_INIT;

	if (both || inside)
		s->out.flags = TCP_SIDE_FIN;
	if (both || !inside)
		s->in.flags = TCP_SIDE_FIN;
}

/* What an announcement does not say the status tells. */
static uint8_t state_of(const struct connection *c)
{
	if (c->tcp_state != TCP_CONNTRACK_NONE)
		return c->tcp_state;
	return c->status & IPS_ASSURED ? TCP_CONNTRACK_ESTABLISHED : TCP_CONNTRACK_SYN_SENT;
}

static void set_tcp_state(struct session *s, const struct connection *c)
{
	switch (state_of(c)) {
	case TCP_CONNTRACK_ESTABLISHED:
		s->state = SESSION_OPEN;
		break;
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
		s->state = SESSION_CLOSING;
		set_fins(s, c, false);
		break;
	case TCP_CONNTRACK_LAST_ACK:
	case TCP_CONNTRACK_TIME_WAIT:
		s->state = SESSION_CLOSED;
		set_fins(s, c, true);
		break;
	case TCP_CONNTRACK_CLOSE:
		s->state = SESSION_CLOSED;
		break;
	default:
		s->state = SESSION_NEW;
	}
}

bool session_from_connection(struct session *session, const struct connection *connection,
			     const struct control *ctl, uint32_t now)
{
	uint32_t timeout, left = connection->timeout;

	memset(session, 0, sizeof(*session));
	session->inside = connection->sent;
	session->outside = connection->answered;
	if (connection->status & IPS_DST_NAT) {
		turn(&session->inside, &session->outside);
		session->flags = SESSION_INBOUND;
	}
	if (protocol_by_address(session->inside.proto)) {
		if (session->inside.port != session->outside.port)
			return false;
		drop_ports(&session->inside);
		drop_ports(&session->outside);
	}
	if (session->inside.proto == IPPROTO_TCP)
		set_tcp_state(session, connection);
	else
		session->state = connection->status & IPS_SEEN_REPLY ? SESSION_OPEN : SESSION_NEW;
	timeout = session_timeout(session, ctl);
	session->created = now;
	session->last_out = left && left < timeout ? now - (timeout - left) : now;
	session->last_in = session->last_out;
	return true;
}

static uint8_t tcp_state_of(uint8_t state)
{
	if (state == SESSION_CLOSING)
		return TCP_CONNTRACK_CLOSE_WAIT;
	/* In this state conntrack lets pass what belongs to a handshake, too. */
	return state == SESSION_CLOSED ? TCP_CONNTRACK_TIME_WAIT : TCP_CONNTRACK_ESTABLISHED;
}

bool session_to_connection(struct connection *c, const struct session *session,
			   const struct control *ctl, uint32_t now)
{
	uint32_t idle = session_idle(session, now), timeout = session_timeout(session, ctl);
	uint8_t proto = session->inside.proto;

	memset(c, 0, sizeof(*c));
	if (session->flags & SESSION_HAIRPIN || proto == IPPROTO_SCTP || proto == IPPROTO_UDPLITE)
		return false;
	c->sent = session->inside;
	c->answered = session->outside;
	if (session->flags & SESSION_INBOUND)
		turn(&c->sent, &c->answered);
	c->timeout = idle < timeout ? timeout - idle : 1;
	if (session->state != SESSION_NEW)
		c->status = IPS_SEEN_REPLY | IPS_ASSURED;
	if (proto != IPPROTO_TCP)
		return true;
	c->tcp_state = tcp_state_of(session->state);
	c->tcp_flags[0] = c->tcp_flags[1] = IP_CT_TCP_FLAG_BE_LIBERAL;
	if (session->state == SESSION_CLOSED && c->timeout > CLOSED_MAX)
		c->timeout = CLOSED_MAX;
	if (session->state == SESSION_CLOSING && (session->out.flags & TCP_SIDE_FIN))
		c->tcp_flags[session->flags & SESSION_INBOUND ? 1 : 0] |= IP_CT_TCP_FLAG_CLOSE_INIT;
	else if (session->state == SESSION_CLOSING)
		c->tcp_flags[session->flags & SESSION_INBOUND ? 0 : 1] |= IP_CT_TCP_FLAG_CLOSE_INIT;
	return true;
}
