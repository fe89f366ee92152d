/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP by state (RFC 5382 section 5, RFC 7857 section 2): what each side has said, and from it
 * whether a segment can be right. A segment that cannot be is translated and forwarded like any
 * other, for the end hosts judge too; but it changes no state and no timer here.
 *
 *   NEW      a SYN; until both sides have acknowledged the other one's
 *   OPEN     both have
 *   CLOSING  one FIN: the other direction goes on, by the established timer
 *   CLOSED   both FINs, or a RST
 *
 * Comparisons are modulo 2^32. `said` is the side that sent the segment, `other` its receiver. The
 * two directions run on different CPUs: each writes its own side, and the state follows from both.
 */
#ifndef BPF_SESSION_TCP_H
#define BPF_SESSION_TCP_H

#include <erxdp/maps.h>

#include "pkt.h"
#include "tcp.h"

/* Sent data and acknowledged: then what a side says can be judged. */
#define TCP_SIDE_KNOWN (TCP_SIDE_SENT | TCP_SIDE_ACKED)

static __always_inline bool seq_after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* Is it one of low..high, both included? */
static __always_inline bool seq_within(__u32 seq, __u32 low, __u32 high)
{
	return seq - low <= high - low;
}

/* The side of whoever sent this SYN, or SYN and ACK. */
static __always_inline void tcp_side_begin(struct tcp_side *side, const struct pkt_tcp *tcp)
{
	bool ack = tcp->flags & TCP_ACK, scale = tcp->scale != TCP_NO_SCALE;

	side->end = tcp->seq + tcp->segment;
	side->ack = ack ? tcp->ack : tcp->seq + 1;
	side->window = tcp->window;
	side->scale = scale ? tcp->scale : 0;
	side->flags = TCP_SIDE_SENT | TCP_SIDE_SYN | (ack ? TCP_SIDE_ACKED : 0) |
		      (scale ? TCP_SIDE_SCALE : 0);
}

/* For a session that is being made: what the TCP segment that begins it, out or in, says. 0. A
 * function of its own, because its caller has no stack to spare. */
__noinline int session_begin_tcp(struct session *fresh, struct pkt *pkt, int out)
{
	if (fresh && pkt && (pkt->tcp.flags & TCP_SYN))
		tcp_side_begin(out ? &fresh->out : &fresh->in, &pkt->tcp);
	return 0;
}

/* Does this acknowledgment answer the side's SYN? All of it, or the SYN without the data in it. */
static __always_inline bool tcp_answers_syn(const struct tcp_side *side, __u32 ack)
{
	if (!(side->flags & TCP_SIDE_SYN))
		return false;
	if (side->flags & TCP_SIDE_ACKED)
		return ack == side->end;
	return seq_within(ack, side->ack, side->end);
}

/*
 * RFC 5961 section 3: a host obeys a RST only with the very number it expects next. That is what
 * the receiver has acknowledged, or, where acknowledgments are on their way, up to all that the
 * sender has sent. Elsewhere in the window the host asks back with an ACK, to which a true reset is
 * repeated with the right number; so to believe that one too would only help who guesses. In
 * SYN-SENT the acknowledgment must be right instead (RFC 9293 section 3.10.7.3).
 */
static __always_inline bool tcp_track_rst(struct tcp_side *said, const struct tcp_side *other,
					  const struct pkt_tcp *tcp)
{
	bool acked = other->flags & TCP_SIDE_ACKED, sent = said->flags & TCP_SIDE_SENT;
	bool syn_sent = !acked || (other->flags & TCP_SIDE_ANEW);
	__u32 low = acked ? other->ack : said->end;
	__u32 high = sent ? said->end : low;

	if (tcp->flags & (TCP_SYN | TCP_FIN))
		return false;
	if (high - low > other->window)
		high = low;
	if (!(syn_sent && (tcp->flags & TCP_ACK) && tcp_answers_syn(other, tcp->ack)) &&
	    !((acked || sent) && seq_within(tcp->seq, low, high)))
		return false;
	if (!(said->flags & TCP_SIDE_RST))
		said->flags |= TCP_SIDE_RST;
	return true;
}

/* The answer to a SYN: it must acknowledge that one exactly. In an open session it comes again, or
 * confirms that the other side has begun anew. */
static __always_inline bool tcp_track_syn_ack(struct session *session, struct tcp_side *said,
					      struct tcp_side *other, const struct pkt_tcp *tcp)
{
	bool open = session->state == SESSION_OPEN || session->state == SESSION_CLOSING;

	if (!tcp_answers_syn(other, tcp->ack))
		return false;
	if (open && !(other->flags & TCP_SIDE_ANEW))
		return true;
	if (session->state != SESSION_NEW) {
		other->flags &= ~(TCP_SIDE_ACKED | TCP_SIDE_ANEW | TCP_SIDE_FIN | TCP_SIDE_RST);
		session->state = SESSION_NEW;
	}
	tcp_side_begin(said, tcp);
	return true;
}

static __always_inline void tcp_begin_anew(struct session *session, struct tcp_side *said,
					   struct tcp_side *other, const struct pkt_tcp *tcp)
{
	*other = (struct tcp_side){};
	tcp_side_begin(said, tcp);
	session->state = SESSION_NEW;
}

/* A SYN before the handshake is complete: again, the opener's next attempt, or from both sides at
 * once (RFC 5382 REQ-2a). */
static __always_inline bool tcp_track_syn_new(struct session *session, struct tcp_side *said,
					      struct tcp_side *other, const struct pkt_tcp *tcp,
					      bool opener)
{
	bool acked = said->flags & TCP_SIDE_ACKED;

	if ((said->flags & TCP_SIDE_SYN) && !acked && said->ack == tcp->seq + 1)
		return true;
	if (opener)
		tcp_begin_anew(session, said, other, tcp);
	else if (!acked)
		tcp_side_begin(said, tcp);
	return opener || !acked;
}

/*
 * In an open session, half-closed too, the inside host may have restarted: its peer answers with an
 * ACK of the old connection, which the host resets (RFC 5961 section 4), or with SYN and ACK where
 * it has forgotten the connection too. Until then what is known of the old one stays. From outside
 * such a SYN is anybody's, and what it does is the inside host's to decide.
 */
static __always_inline bool tcp_track_syn(struct session *session, struct tcp_side *said,
					  struct tcp_side *other, const struct pkt_tcp *tcp,
					  bool out)
{
	bool scale = tcp->scale != TCP_NO_SCALE;

	if (session->state == SESSION_NEW)
		return tcp_track_syn_new(session, said, other, tcp,
					 out == !(session->flags & SESSION_INBOUND));
	if (session->state == SESSION_CLOSED) {
		tcp_begin_anew(session, said, other, tcp);
		return out; /* so that nobody outside keeps a session that has ended */
	}
	if (!out)
		return false;
	said->end = tcp->seq + tcp->segment;
	said->scale = scale ? tcp->scale : 0;
	said->flags = (said->flags & ~TCP_SIDE_SCALE) | TCP_SIDE_SYN | TCP_SIDE_ANEW |
		      TCP_SIDE_SENT | (scale ? TCP_SIDE_SCALE : 0);
	return true;
}

/* A session of whose beginning nothing is known (taken over from the kernel's conntrack): what the
 * inside host says of both sides is taken, with the largest scale there is (RFC 7323). The FINs
 * that the kernel has seen stay. */
static __always_inline void tcp_adopt(struct tcp_side *out, struct tcp_side *in,
				      const struct pkt_tcp *tcp)
{
	*in = (struct tcp_side){
		.end = tcp->ack,
		.window = (__u32)TCP_WINDOW_MAX << TCP_SCALE_MAX,
		.scale = TCP_SCALE_MAX,
		.flags = TCP_SIDE_SENT | TCP_SIDE_SCALE | (in->flags & TCP_SIDE_FIN),
	};
	*out = (struct tcp_side){
		.end = tcp->seq + tcp->segment,
		.ack = tcp->ack,
		.window = (__u32)tcp->window << TCP_SCALE_MAX,
		.scale = TCP_SCALE_MAX,
		.flags = TCP_SIDE_KNOWN | TCP_SIDE_SCALE | (out->flags & TCP_SIDE_FIN),
	};
}

/* What the segment's receiver has acknowledged; where it has not yet, where the sender stands. */
static __always_inline __u32 tcp_expected(const struct tcp_side *said, const struct tcp_side *other)
{
	return other->flags & TCP_SIDE_ACKED ? other->ack : said->end;
}

/* Does it end within a window of what the receiver expects? One octet beyond is a probe of a closed
 * window; below it are retransmissions. A new FIN must lie in the window itself. */
static __always_inline bool tcp_seq_plausible(const struct tcp_side *said,
					      const struct tcp_side *other,
					      const struct pkt_tcp *tcp)
{
	__u32 low = tcp_expected(said, other), window = other->window;
	__u32 end = tcp->seq + tcp->segment;

	if (!((other->flags & TCP_SIDE_ACKED) || (said->flags & TCP_SIDE_SENT)))
		return false;
	if (!seq_within(end, low - window - 1, low + window + 1))
		return false;
	return !(tcp->flags & TCP_FIN) || (said->flags & TCP_SIDE_FIN) ||
	       seq_within(end - 1, low, low + window);
}

/* RFC 5961 section 5.2: nothing that the receiver has not sent, nothing long ago acknowledged. */
static __always_inline bool tcp_ack_plausible(const struct tcp_side *said,
					      const struct tcp_side *other,
					      const struct pkt_tcp *tcp)
{
	__u32 last = said->flags & TCP_SIDE_ACKED ? said->ack : other->end;

	return (other->flags & TCP_SIDE_SENT) &&
	       seq_within(tcp->ack, last - said->window, other->end);
}

/* Notes what a plausible segment says. An `end` beyond what the receiver allows was another
 * connection's. */
static __always_inline void tcp_note(struct tcp_side *said, const struct tcp_side *other,
				     const struct pkt_tcp *tcp)
{
	__u32 limit = tcp_expected(said, other) + other->window + 1;
	bool scaled = said->flags & other->flags & TCP_SIDE_SCALE;
	__u32 window = (__u32)tcp->window << (scaled ? said->scale & 15 : 0);
	__u32 end = tcp->seq + tcp->segment;
	__u8 flags =
		(said->flags | TCP_SIDE_KNOWN) & ~(TCP_SIDE_SYN | TCP_SIDE_ANEW | TCP_SIDE_RST);

	if (tcp->flags & TCP_FIN)
		flags |= TCP_SIDE_FIN;
	if (seq_after(end, said->end) || seq_after(said->end, limit))
		said->end = end;
	if (!(said->flags & TCP_SIDE_ACKED) || seq_after(tcp->ack, said->ack))
		said->ack = tcp->ack;
	if (window > said->window)
		said->window = window;
	if (flags != said->flags)
		said->flags = flags;
}

/* Neither SYN nor RST. */
static __always_inline bool tcp_track_segment(struct tcp_side *said, struct tcp_side *other,
					      const struct pkt_tcp *tcp, bool out)
{
	if (!(tcp->flags & TCP_ACK))
		return false;
	if (!((said->flags | other->flags) & TCP_SIDE_KNOWN)) {
		if (!out)
			return !(tcp->flags & TCP_FIN);
		tcp_adopt(said, other, tcp);
	}
	if (!tcp_seq_plausible(said, other, tcp) || !tcp_ack_plausible(said, other, tcp))
		return false;
	tcp_note(said, other, tcp);
	return true;
}

/* A RST holds until the side that sent it goes on: then it was forged, and nobody obeyed. What the
 * other side says after it proves nothing, it may have been on its way. */
static __always_inline __u8 tcp_state(const struct session *session)
{
	__u8 both = session->out.flags & session->in.flags;
	__u8 any = session->out.flags | session->in.flags;

	if ((any & TCP_SIDE_RST) || (both & TCP_SIDE_FIN))
		return SESSION_CLOSED;
	if (any & TCP_SIDE_FIN)
		return SESSION_CLOSING;
	return (both & TCP_SIDE_KNOWN) == TCP_SIDE_KNOWN ? SESSION_OPEN : session->state;
}

/*
 * Notes a segment; false where it must not prolong the session: what cannot be right, but for the
 * inside host's own data (RFC 4787 REQ-6, outbound refresh), so that a connection lives on even if
 * packets of it went another way.
 */
static __always_inline bool session_track_tcp(struct session *session, const struct pkt_tcp *tcp,
					      bool out)
{
	struct tcp_side *said = out ? &session->out : &session->in;
	struct tcp_side *other = out ? &session->in : &session->out;
	bool believed;
	__u8 state;

	if (tcp->flags & TCP_RST)
		believed = tcp_track_rst(said, other, tcp);
	else if ((tcp->flags & (TCP_SYN | TCP_FIN)) == (TCP_SYN | TCP_FIN))
		believed = false;
	else if ((tcp->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		believed = tcp_track_syn_ack(session, said, other, tcp);
	else if (tcp->flags & TCP_SYN)
		believed = tcp_track_syn(session, said, other, tcp, out);
	else
		believed = tcp_track_segment(said, other, tcp, out);
	state = tcp_state(session);
	if (believed && state != session->state)
		session->state = state;
	return believed || (out && !(tcp->flags & (TCP_RST | TCP_FIN)));
}

#endif
