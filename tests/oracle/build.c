// SPDX-License-Identifier: GPL-2.0-only
#include "build.h"

#include <string.h>

const uint8_t build_router_mac[SIDES][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
const uint8_t build_far_mac[SIDES][6] = {{2, 0, 0, 0, 0, 0x11}, {2, 0, 0, 0, 0, 0x12}};

/* One packet's addresses and ports, as they are on the side where it is sent. */
struct ends {
	uint32_t src, dst;
	uint16_t sport, dport;
};

static const uint8_t option_bytes[][8] = {
	[OPT_NOP] = {1, 1, 1, 0},
	[OPT_RECORD] = {7, 7, 4, 0, 0, 0, 0, 0},
	[OPT_TIMESTAMP] = {68, 8, 9, 0, 0, 0, 0, 0} /* full: the overflow is counted */,
	[OPT_SOURCE_ROUTE] = {131, 7, 4, 198, 51, 100, 10, 0},
	[OPT_BROKEN] = {7, 60, 4, 0, 0, 0, 0, 0},
};

static unsigned int option_len(uint32_t options)
{
	return options == OPT_NONE ? 0 : options == OPT_NOP ? 4 : 8;
}

bool step_is_untranslated(const struct step *step)
{
	return net_is_exempt(step->remote) || step->direct || net_is_router(step->remote);
}

/* The flow's packet in the direction out (from the inside host) or in, as seen on `side`. */
static struct ends flow_ends(const struct step *step, bool out, enum side side, uint16_t port)
{
	bool bare = side == INSIDE || step_is_untranslated(step);
	uint32_t host = bare ? step->host : NET_OUTSIDE;
	uint16_t local = bare ? step->port : port;

	if (out)
		return (struct ends){host, step->remote, local, step->rport};
	return (struct ends){step->remote, host, step->rport, local};
}

static uint32_t put_tcp(const struct step *step, const struct ends *ends, uint8_t *l4)
{
	uint32_t header = step->tcpopt ? 24 : 20;

	put16(l4, ends->sport);
	put16(l4 + 2, ends->dport);
	put32(l4 + 4, step->seq);
	put32(l4 + 8, step->ack);
	l4[12] = (step->bad & BAD_DOFF ? 3 : header / 4) << 4;
	l4[13] = step->flags;
	put16(l4 + 14, step->window);
	if (step->tcpopt)
		put32(l4 + 20, 0x020405b4); /* MSS 1460 */
	return header;
}

static uint32_t put_udp(const struct step *step, const struct ends *ends, uint8_t *l4)
{
	put16(l4, ends->sport);
	put16(l4 + 2, ends->dport);
	put16(l4 + 4, 8 + step->len + (step->bad & BAD_UDP_LEN ? 9 : 0));
	return 8;
}

/* An echo, or any other ICMP message that is no error. Requests come from whoever began the flow.
 */
static uint32_t put_icmp(const struct step *step, bool out, const struct ends *ends, uint8_t *l4)
{
	l4[0] = step->error ? (out ? 8 : 0) : step->type;
	l4[1] = step->error ? 0 : step->code;
	put16(l4 + 4, out ? ends->sport : ends->dport);
	put16(l4 + 6, step->seq);
	return 8;
}

static void put_payload(uint8_t *at, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		at[i] = 'a' + i % 23;
}

static void put_check(const struct step *step, const uint8_t *ip, uint8_t *l4, uint32_t len)
{
	struct view view = {.l4 = l4, .l4len = len, .proto = step->proto};
	uint8_t *check;
	uint16_t sum;

	if (step->proto == IPPROTO_UDP) {
		if (step->nocheck)
			return;
		put16(l4 + 6, 1); /* so that view_check finds it */
	}
	check = view_check(&view);
	if (!check)
		return;
	put16(check, 0);
	sum = frame_sum(l4, len,
			step->proto == IPPROTO_ICMP ? 0 : frame_pseudo_sum(ip, step->proto, len));
	sum = ~sum;
	if (!sum && step->proto == IPPROTO_UDP)
		sum = 0xffff;
	put16(check, sum);
}

/* Version 0, without a key, about IP. Netfilter wants a version that it knows. */
static uint32_t put_gre(uint8_t *l4)
{
	put32(l4, 0x0800);
	return 4;
}

/* Header and payload behind `ip`, whose addresses are there already; returns the length. */
static uint32_t put_l4(const struct step *step, bool out, const struct ends *ends, uint8_t *ip,
		       uint8_t *l4)
{
	uint32_t len = 0;

	memset(l4, 0, 24);
	if (step->proto == IPPROTO_TCP)
		len = put_tcp(step, ends, l4);
	else if (step->proto == IPPROTO_UDP)
		len = put_udp(step, ends, l4);
	else if (step->proto == IPPROTO_ICMP)
		len = put_icmp(step, out, ends, l4);
	else if (step->proto == IPPROTO_GRE)
		len = put_gre(l4);
	put_payload(l4 + len, step->len);
	len += step->len;
	put_check(step, ip, l4, len);
	return len;
}

/* An IP header with its options; the lengths and the checksum follow in finish_ip. */
static uint32_t put_ip(const struct step *step, const struct ends *ends, uint8_t proto,
		       uint32_t options, uint8_t *ip)
{
	uint32_t len = 20 + option_len(options);

	memset(ip, 0, 20);
	ip[0] = 0x40 | len / 4;
	ip[1] = step->tos;
	put16(ip + 4, step->id);
	put16(ip + 6, step->df ? 0x4000 : 0);
	ip[8] = step->ttl;
	ip[9] = proto;
	put32(ip + 12, ends->src);
	put32(ip + 16, ends->dst);
	memcpy(ip + 20, option_bytes[options], len - 20);
	return len;
}

static void finish_ip(uint8_t *ip, uint32_t header, uint32_t total)
{
	put16(ip + 2, total);
	put16(ip + 10, 0);
	put16(ip + 10, ~frame_sum(ip, header, 0));
}

/* The quoted packet: the flow's, in the other direction, `quote` bytes of it. */
static uint32_t put_quote(const struct step *step, enum side seen, uint16_t port, uint8_t *ip)
{
	struct ends ends = flow_ends(step, step->from == OUTSIDE, seen, port);
	uint32_t header = put_ip(step, &ends, step->proto, step->inneropt, ip);
	uint32_t len = put_l4(step, step->from == OUTSIDE, &ends, ip, ip + header);
	struct view view = {.l4 = ip + header, .l4len = len, .proto = step->proto};

	ip[8] = 7;
	put16(ip + 6, get16(ip + 6) | step->innerfrag);
	if ((step->bad & BAD_INNER_L4_CHECK) && view_check(&view))
		frame_spoil(view_check(&view));
	finish_ip(ip, header, header + len);
	if (step->bad & BAD_INNER_IP_CHECK)
		frame_spoil(ip + 10);
	if (step->bad & BAD_INNER_IHL)
		ip[0] = 0x43;
	return header + (step->quote < len ? step->quote : len);
}

static uint32_t put_error(const struct step *step, enum side seen, uint16_t port, uint8_t *icmp)
{
	uint32_t len = 8;

	icmp[0] = step->type;
	icmp[1] = step->code;
	put16(icmp + 2, 0);
	put32(icmp + 4, step->rest);
	len += put_quote(step, seen, port, icmp + 8);
	put16(icmp + 2, ~frame_sum(icmp, len, 0));
	return len;
}

static void damage_l4(const struct step *step, uint8_t *l4, uint32_t len)
{
	struct view view = {
		.l4 = l4, .l4len = len, .proto = step->error ? IPPROTO_ICMP : step->proto};

	if ((step->bad & BAD_L4_CHECK) && view_check(&view))
		frame_spoil(view_check(&view));
}

static void damage_ip(const struct step *step, struct frame *frame)
{
	uint8_t *ip = frame->data + L3;
	uint32_t header = (ip[0] & 15) * 4, total = frame->len - L3;

	if (step->bad & BAD_LEN_LONG)
		total += 13;
	if (step->bad & BAD_LEN_SHORT)
		total = header + 3;
	if (step->bad & BAD_VERSION)
		ip[0] = (ip[0] & 15) | 0x50;
	if (step->bad & BAD_IHL_SMALL)
		ip[0] = (ip[0] & 0xf0) | 4;
	if (step->bad & BAD_IHL_LARGE)
		ip[0] = (ip[0] & 0xf0) | 15;
	finish_ip(ip, header, total);
	if (step->bad & BAD_IP_CHECK)
		frame_spoil(ip + 10);
}

static void put_link(const struct step *step, struct frame *frame)
{
	uint8_t *data = frame->data;

	memcpy(data, build_router_mac[step->from], 6);
	memcpy(data + 6, build_far_mac[step->from], 6);
	if (step->mac == 1)
		data[5] = 0x77;
	else if (step->mac)
		memset(data, 0xff, 6);
	put16(data + 12, 0x0800);
}

/* The packet as it is on side `seen`. */
static void build_whole(const struct step *step, enum side seen, uint16_t port, struct frame *frame)
{
	bool out = step->from == INSIDE;
	struct ends ends = flow_ends(step, out, seen, port);
	uint8_t *ip = frame->data + L3;
	uint32_t header, len;

	if (step->source)
		ends.src = step->source;
	put_link(step, frame);
	header = put_ip(step, &ends, step->error ? IPPROTO_ICMP : step->proto, step->options, ip);
	len = step->error ? put_error(step, seen, port, ip + header)
			  : put_l4(step, out, &ends, ip, ip + header);
	damage_l4(step, ip + header, len);
	frame->len = L3 + header + len;
	if (step->cut >= header && step->cut < header + len)
		frame->len = L3 + step->cut;
	damage_ip(step, frame);
	memset(frame->data + frame->len, 0xee, step->pad);
	frame->len += step->pad;
}

/* Bytes `from`..`to` of the whole packet's data as a fragment of it. */
static void add_piece(struct frames *frames, const struct frame *whole, uint32_t from, uint32_t to)
{
	struct frame *piece = &frames->frame[frames->count++];
	uint32_t header = (whole->data[L3] & 15) * 4, total = whole->len - L3 - header;
	uint8_t *ip = piece->data + L3;

	if (to > total)
		to = total;
	memcpy(piece->data, whole->data, L3 + header);
	memcpy(ip + header, whole->data + L3 + header + from, to - from);
	piece->len = L3 + header + to - from;
	put16(ip + 6, from / 8 | (to < total ? 0x2000 : 0));
	finish_ip(ip, header, header + to - from);
}

static void swap_frames(struct frames *frames, unsigned int a, unsigned int b)
{
	struct frame kept = frames->frame[a];

	frames->frame[a] = frames->frame[b];
	frames->frame[b] = kept;
}

static void drop_first(struct frames *frames)
{
	frames->count--;
	memmove(frames->frame, frames->frame + 1, frames->count * sizeof(struct frame));
}

static void order_pieces(uint32_t order, struct frames *frames)
{
	unsigned int count = frames->count;

	if (order == FRAG_REVERSE)
		for (unsigned int i = 0; i < count / 2; i++)
			swap_frames(frames, i, count - 1 - i);
	else if (order == FRAG_SHUFFLED && count > 1)
		swap_frames(frames, 0, 1);
	else if (order == FRAG_NO_FIRST)
		drop_first(frames);
	else if (order == FRAG_NO_LAST)
		frames->count--;
	else if (order == FRAG_DUPLICATE)
		frames->frame[frames->count++] = frames->frame[0];
}

static void cut_up(const struct step *step, const struct frame *whole, struct frames *frames)
{
	uint32_t piece = step->piece < 8 ? 8 : step->piece / 8 * 8;
	uint32_t total = whole->len - L3 - (whole->data[L3] & 15) * 4, from = 0;

	frames->count = 0;
	while (from < total && frames->count < FRAMES_MAX - 2) {
		bool early = step->frag == FRAG_OVERLAP && frames->count == 1 && from >= 16;

		/* The last that fits takes all the rest. */
		if (frames->count == FRAMES_MAX - 3)
			piece = total;
		add_piece(frames, whole, early ? from - 8 : from, from + piece);
		from += piece;
	}
	order_pieces(step->frag, frames);
}

void build_frames(const struct step *step, uint16_t port, struct frames *frames)
{
	struct frame whole;

	frames->count = 1;
	if (!step->frag) {
		build_whole(step, step->from, port, &frames->frame[0]);
		return;
	}
	build_whole(step, step->from, port, &whole);
	cut_up(step, &whole, frames);
}

void build_expected(const struct step *step, uint16_t port, struct frame *frame)
{
	struct step forwarded = *step;
	enum side to = !step->from;

	forwarded.ttl--;
	forwarded.pad = 0;
	build_whole(&forwarded, to, port, frame);
	memcpy(frame->data, build_far_mac[to], 6);
	memcpy(frame->data + 6, build_router_mac[to], 6);
}
