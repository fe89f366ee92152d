// SPDX-License-Identifier: GPL-2.0-only
#include "accept.h"

#include <string.h>

#include "build.h"

static bool silent(const struct output *output)
{
	return !output->side[INSIDE].count && !output->side[OUTSIDE].count;
}

static bool only(const struct frames *frames, const struct frame *wanted)
{
	return frames->count == 1 && frames->frame[0].len >= wanted->len &&
	       !memcmp(frames->frame[0].data, wanted->data, wanted->len);
}

static bool is_time_exceeded(const struct frames *frames)
{
	struct frame frame = frames->frame[0];
	struct view view = frame_view(frame.data + L3, frame.len - L3);

	return frames->count == 1 && view_is_icmp_error(&view) && view.l4[0] == 11 &&
	       net_is_router(view.src);
}

/* Every frame bears the address that translation gives it. */
static bool all_translated(const struct exchange *x, const struct frames *frames)
{
	for (unsigned int i = 0; i < frames->count; i++) {
		struct frame frame = frames->frame[i];
		struct view view = frame_view(frame.data + L3, frame.len - L3);

		if (!view.valid ||
		    (x->step->from == INSIDE ? view.src != NET_OUTSIDE : view.dst != x->step->host))
			return false;
	}
	return true;
}

/* erxdp did what a translator does: the packet as its description says it leaves, or nothing. */
static bool erxdp_translated(const struct exchange *x)
{
	const struct output *output = &x->raw[ERXDP];
	struct frame wanted;

	if (silent(output))
		return true;
	if (x->step->ttl <= 1)
		return !output->side[!x->step->from].count &&
		       is_time_exceeded(&output->side[x->step->from]);
	/* Answers to an inside source from nowhere go out again. */
	if (x->step->from == OUTSIDE && net_side(x->step->host) == OUTSIDE)
		return !output->side[INSIDE].count && all_translated(x, &output->side[OUTSIDE]);
	if (output->side[x->step->from].count)
		return false;
	/* These are changed or cut on the way in ways that the description does not tell. */
	if (x->step->frag || x->step->options || (x->step->bad & BAD_LEN_SHORT) ||
	    x->sent[ERXDP].frame[0].len > L3 + NET_MTU)
		return all_translated(x, &output->side[!x->step->from]);
	build_expected(x->step, flow_port(x->flow, x->step, ERXDP), &wanted);
	return only(&output->side[!x->step->from], &wanted);
}

/* The kernel forwarded the packet without translation. */
static bool kernel_leaks(const struct exchange *x)
{
	const struct frames *outside = &x->raw[KERNEL].side[OUTSIDE];
	const struct step *step = x->step;
	struct frame frame = outside->frame[0];
	struct view view = frame_view(frame.data + L3, frame.len - L3);

	return step->from == INSIDE && !step_is_untranslated(step) && outside->count &&
	       view.valid && view.src == (step->source ? step->source : step->host) &&
	       view.dst == step->remote;
}

/* The kernel took an answer for its own: it says nothing, or refuses it. */
static bool kernel_keeps(const struct exchange *x)
{
	return x->step->from == OUTSIDE && !step_is_untranslated(x->step) &&
	       !x->raw[KERNEL].side[INSIDE].count;
}

/* What conntrack may call INVALID: TCP out of its state or window, ICMP that is no request, SCTP,
 * and what is malformed. */
static bool may_be_invalid(const struct step *step)
{
	return step->error || step->cut || step->bad ||
	       (step->proto == IPPROTO_ICMP ? step->type != 8 : step->proto != IPPROTO_UDP);
}

static bool kernel_invalid(const struct exchange *x)
{
	return may_be_invalid(x->step) && (kernel_leaks(x) || kernel_keeps(x)) &&
	       erxdp_translated(x);
}

/* Equal once what lies behind erxdp's IP packet is cut off. */
static bool equal_trimmed(const struct exchange *x)
{
	static struct output trimmed;

	trimmed = x->got[ERXDP];
	for (int s = 0; s < SIDES; s++)
		for (unsigned int i = 0; i < trimmed.side[s].count; i++) {
			struct frame *frame = &trimmed.side[s].frame[i];
			uint32_t len = L3 + get16(frame->data + L3 + 2);

			if (len < frame->len)
				frame->len = len;
		}
	return compare_frames(&x->got[KERNEL].side[INSIDE], &trimmed.side[INSIDE]) &&
	       compare_frames(&x->got[KERNEL].side[OUTSIDE], &trimmed.side[OUTSIDE]);
}

static bool trailer_kept(const struct exchange *x)
{
	return (x->step->pad || (x->step->bad & BAD_LEN_SHORT)) && !strcmp(x->why, WHY_BYTES) &&
	       equal_trimmed(x);
}

/* The port alone is chosen in another way. */
static bool is_why(const struct exchange *x, const char *why)
{
	return !strcmp(x->why, why) && (compare_exchange(x) || (x->step->pad && equal_trimmed(x)));
}

static bool knocked(const struct exchange *x)
{
	return is_why(x, WHY_ERXDP_KEPT) && flow_has_rival(x->flows, x->flow, RIVAL_KNOCKED);
}

static bool sticky(const struct exchange *x)
{
	return is_why(x, WHY_ERXDP_KEPT) && flow_has_sibling(x->flows, x->flow, KERNEL);
}

static bool mid_stream(const struct exchange *x)
{
	return is_why(x, WHY_KERNEL_KEPT) && x->step->proto == IPPROTO_TCP &&
	       !(x->step->flags & FLAG_SYN) && flow_has_rival(x->flows, x->flow, RIVAL_MOVED);
}

static bool closed(const struct exchange *x)
{
	return is_why(x, WHY_KERNEL_KEPT) && flow_has_rival(x->flows, x->flow, RIVAL_CLOSED);
}

/* Netfilter wants the whole TCP header before it changes the quoted checksum, and eight bytes of
 * GRE; erxdp wants the checksum, and nothing. */
static bool quoted_short(const struct exchange *x)
{
	const struct step *step = x->step;
	uint32_t quote = step->quote;

	if (step->proto == IPPROTO_GRE && quote > 4 + step->len)
		quote = 4 + step->len;
	if (!step->error) /* a GRE packet cut within its header */
		return step->proto == IPPROTO_GRE && (step->cut || (step->bad & BAD_LEN_SHORT)) &&
		       get16(x->sent[ERXDP].frame[0].data + L3 + 2) < 36 &&
		       silent(&x->raw[KERNEL]) && erxdp_translated(x);
	if (step->proto == IPPROTO_GRE ? quote >= 8 || !silent(&x->raw[KERNEL])
				       : step->proto != IPPROTO_TCP || quote < 18 || quote > 19)
		return false;
	return step->inneropt || step->bad || erxdp_translated(x);
}

/* An error about a TCP segment that was never sent. */
static bool never_sent(const struct exchange *x)
{
	const struct step *step = x->step;

	return step->proto == IPPROTO_TCP && step->quote >= 8 &&
	       !flow_sent(x->flows, x->flow, !step->from, step->seq);
}

/* An error that cannot be true; where it is only forwarded, it is not judged. */
static bool forged(const struct exchange *x)
{
	const struct step *step = x->step;
	bool mtu = step->type == 3 && step->code == 4 && step->rest && step->rest < 552;

	if (!step->error)
		return false;
	if (step_is_untranslated(step))
		return (step->bad & BAD_L4_CHECK) && silent(&x->raw[KERNEL]) && erxdp_translated(x);
	return silent(&x->raw[ERXDP]) &&
	       (mtu || never_sent(x) ||
		(step->bad & (BAD_L4_CHECK | BAD_INNER_IP_CHECK | BAD_INNER_IHL)));
}

/* ERXDP_HELD_EACH of include/erxdp/maps.h, whose names are other things here. */
#define HELD_EACH 44

/* More fragments before their first one than are held for a datagram. */
static bool too_many(const struct exchange *x)
{
	const struct step *step = x->step;

	return (step->frag == FRAG_REVERSE || step->frag == FRAG_SHUFFLED) &&
	       !step_is_untranslated(step) && x->sent[ERXDP].count > HELD_EACH + 1 &&
	       silent(&x->raw[ERXDP]);
}

/* A first fragment without the whole TCP header. */
static bool tiny(const struct exchange *x)
{
	const struct step *step = x->step;

	if (too_many(x))
		return true;
	return step->frag && step->proto == IPPROTO_TCP && step->piece < 20 &&
	       !step_is_untranslated(step) && silent(&x->raw[ERXDP]);
}

/* It says itself that it does not forward the packet: ICMP administratively prohibited. */
static bool erxdp_refused(const struct exchange *x)
{
	for (int s = 0; s < SIDES; s++) {
		const struct frames *frames = &x->raw[ERXDP].side[s];
		struct frame frame = frames->frame[0];
		struct view view = frame_view(frame.data + L3, frame.len - L3);

		if (frames->count == 1 && view_is_icmp_error(&view) && view.l4[0] == 3 &&
		    view.l4[1] == 13 && net_is_router(view.src) && !x->raw[ERXDP].side[!s].count)
			return true;
	}
	return false;
}

static bool peer_shared(const struct exchange *x)
{
	const struct step *step = x->step;

	if (step->from != INSIDE || step->error || step_is_untranslated(step) ||
	    !flow_peer_is_shared(x->flows, x->flow))
		return false;
	return (silent(&x->raw[KERNEL]) || kernel_leaks(x)) &&
	       (erxdp_refused(x) || erxdp_translated(x));
}

/* A flow whose first packets were INVALID to netfilter got a session of erxdp's, or the reverse. */
static bool shadowed(const struct exchange *x)
{
	return mid_stream(x) || ((is_why(x, WHY_KERNEL_KEPT) || is_why(x, WHY_ERXDP_KEPT)) &&
				 flow_has_rival(x->flows, x->flow, RIVAL_RETIRED));
}

const struct accepted accepted[] = {
	{.name = "invalid",
	 .reason = "netfilter does not translate what conntrack calls INVALID: it leaves with its "
		   "private source, or ends in the router; erxdp translates or drops it",
	 .matches = kernel_invalid,
	 .retires = true},
	{.name = "trailer",
	 .reason =
		 "what lies behind the IP packet in a frame is cut off by the kernel, kept by the "
		 "fast path",
	 .matches = trailer_kept},
	{.name = "knocked",
	 .reason = "an unsolicited packet from outside takes its tuple in conntrack, so that "
		   "netfilter "
		   "moves the port of the flow that begins inside; erxdp keeps it, where no socket "
		   "has it",
	 .matches = knocked},
	{.name = "sticky",
	 .reason = "netfilter gives a flow the port that another one of the same inside port was "
		   "moved "
		   "to (find_appropriate_src); erxdp keeps the port, where it is free towards that "
		   "peer",
	 .matches = sticky},
	{.name = "closed",
	 .reason =
		 "netfilter (in newer kernels) gives the port of a closed connection to another at "
		 "once; erxdp keeps it until the session ends",
	 .matches = closed},
	{.name = "shadowed",
	 .reason = "the port kept or not, because of a flow that only one router holds after such "
		   "a difference, or of TCP in mid-stream, which is the "
		   "kernel's to translate: a "
		   "port that erxdp moved there once more counts as taken in its conntrack",
	 .matches = shadowed},
	{.name = "short",
	 .reason = "of a quoted TCP header that ends behind its checksum, netfilter leaves the "
		   "checksum as it was, and it drops what has or quotes less than 8 bytes of "
		   "GRE; erxdp translates both",
	 .matches = quoted_short},
	{.name = "forged",
	 .reason = "an ICMP error that cannot be true is dropped where it would be translated: a "
		   "wrong checksum of its own or of the quoted IP header (RFC 5508 REQ-3), a "
		   "header that is none, a path MTU below 552, a sequence number that was never "
		   "sent (RFC 5927); netfilter drops it for its own checksum alone, and even where "
		   "it is only forwarded",
	 .matches = forged},
	{.name = "tiny",
	 .reason = "a first fragment without the whole TCP header is dropped, and with it the "
		   "others (RFC 1858), as is a datagram of which more than 44 fragments "
		   "come before the first; the kernel, which puts datagrams together first, "
		   "translates them",
	 .matches = tiny,
	 .retires = true},
	{.name = "peer",
	 .reason = "of a protocol without ports one inside host at a time speaks with a peer; "
		   "erxdp refuses the other one with ICMP, netfilter drops it in silence, and also "
		   "who comes after an unsolicited packet from the peer",
	 .matches = peer_shared,
	 .retires = true},
};
const unsigned int accepted_count = sizeof(accepted) / sizeof(accepted[0]);

int accept_difference(const struct exchange *x)
{
	for (unsigned int i = 0; i < accepted_count; i++)
		if (accepted[i].matches(x))
			return i;
	return -1;
}
