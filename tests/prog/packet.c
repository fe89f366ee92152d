// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define IP_NOP 1

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put_mac(uint8_t *p, uint64_t mac)
{
	for (int i = 0; i < 6; i++)
		p[i] = mac >> (40 - 8 * i);
}

static void put_addr(uint8_t *p, const char *addr)
{
	if (!addr || inet_pton(AF_INET, addr, p) != 1)
		fail_msg("no IPv4 address: %s", addr ? addr : "(none)");
}

/* RFC 1071, over big-endian words; `sum` carries on from another part. */
static uint32_t sum_words(const uint8_t *p, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	return len & 1 ? sum + (p[len - 1] << 8) : sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* --- building: each writes its header at `p` and returns the length of all it wrote --- */

static uint32_t put_payload(uint8_t *p, const struct spec *spec)
{
	for (uint32_t i = 0; i < spec->payload; i++)
		p[i] = 'a' + i % 26;
	if (spec->word && spec->payload >= 2)
		put16(p, spec->word);
	return spec->payload;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint32_t put_tcp(uint8_t *p, const struct spec *spec)
{
	uint32_t head = 20 + spec->tcp_options_len;

	memset(p, 0, 20);
	put16(p, spec->sport);
	put16(p + 2, spec->dport);
	put32(p + 4, spec->seq);
	put32(p + 8, spec->ack);
	p[12] = (spec->data_offset ? spec->data_offset : head / 4) << 4;
	p[13] = spec->tcp_flags;
	put16(p + 14, spec->window ? spec->window & 0xffff : 64240);
	if (spec->tcp_options_len)
		memcpy(p + 20, spec->tcp_options, spec->tcp_options_len);
	return head + put_payload(p + head, spec);
}

static uint32_t put_udp(uint8_t *p, const struct spec *spec)
{
	uint32_t len = 8 + put_payload(p + 8, spec);

	put16(p, spec->sport);
	put16(p + 2, spec->dport);
	put16(p + 4, len);
	put16(p + 6, 0);
	return len;
}

static uint32_t put_ip(uint8_t *p, const struct spec *spec);

static uint32_t put_inner(uint8_t *p, const struct spec *spec)
{
	uint32_t len = put_ip(p, spec->inner);
	uint32_t head = (p[0] & 15) * 4;

	return spec->inner_len && head + spec->inner_len < len ? head + spec->inner_len : len;
}

static uint32_t put_icmp(uint8_t *p, const struct spec *spec)
{
	uint32_t len = 8;

	memset(p, 0, 8);
	p[0] = spec->type;
	p[1] = spec->code;
	if (spec->inner) {
		put16(p + 6, spec->mtu);
		len += put_inner(p + 8, spec);
	} else {
		put16(p + 4, spec->echo);
		put16(p + 6, 7); /* sequence */
		len += put_payload(p + 8, spec);
	}
	put16(p + 2, (uint16_t)~sum_fold(sum_words(p, len, 0)));
	return len;
}

static uint32_t pseudo_header(const uint8_t *ip, uint32_t len)
{
	return sum_words(ip + 12, 8, ip[9] + len);
}

static uint32_t put_l4(uint8_t *p, const uint8_t *ip, const struct spec *spec)
{
	uint32_t len, covered;
	uint16_t check;

	if (spec->frag & 0x1fff)
		return put_payload(p, spec);
	switch (spec->proto) {
	case IPPROTO_TCP:
		len = put_tcp(p, spec);
		put16(p + 16, (uint16_t)~sum_fold(sum_words(p, len, pseudo_header(ip, len))));
		return len;
	case IPPROTO_UDP:
		len = put_udp(p, spec);
		check = ~sum_fold(sum_words(p, len, pseudo_header(ip, len)));
		if (!spec->no_checksum)
			put16(p + 6, check ? check : 0xffff); /* RFC 768 */
		return len;
	case IPPROTO_UDPLITE:
		len = put_udp(p, spec);
		put16(p + 4, spec->coverage); /* RFC 3828 section 3.1 */
		covered = spec->coverage ? spec->coverage : len;
		check = ~sum_fold(sum_words(p, covered, pseudo_header(ip, len)));
		put16(p + 6, check ? check : 0xffff);
		return len;
	case IPPROTO_ICMP:
		return put_icmp(p, spec);
	default:
		return put_payload(p, spec);
	}
}

static uint32_t put_ip(uint8_t *p, const struct spec *spec)
{
	uint32_t head = 20 + spec->options, len;

	memset(p, 0, head);
	p[0] = 4 << 4 | head / 4;
	p[1] = spec->tos;
	put16(p + 4, spec->id);
	put16(p + 6, spec->frag);
	p[8] = spec->ttl ? spec->ttl : 64;
	p[9] = spec->proto;
	put_addr(p + 12, spec->src);
	put_addr(p + 16, spec->dst);
	memset(p + 20, IP_NOP, spec->options);
	len = head + put_l4(p + head, p, spec);
	put16(p + 2, len);
	put16(p + 10, (uint16_t)~sum_fold(sum_words(p, head, 0)) ^ spec->bad_checksum);
	return len;
}

void frame_build(struct frame *frame, const struct spec *spec)
{
	uint8_t *p = frame->data;

	memset(frame, 0, sizeof(*frame));
	put_mac(p, spec->dmac);
	put_mac(p + 6, spec->smac);
	p += 12;
	for (int i = 0; i < 3 && spec->tag[i].tpid; i++, p += 4) {
		put16(p, spec->tag[i].tpid);
		put16(p + 2, spec->tag[i].tci);
	}
	put16(p, spec->ethertype ? spec->ethertype : ETH_P_IP);
	p += 2;
	p += spec->ethertype ? put_payload(p, spec) : put_ip(p, spec);
	memset(p, 0xee, spec->trailer);
	frame->len = p + spec->trailer - frame->data;
}

/* --- reading --- */

static uint32_t l2_len(const struct frame *frame)
{
	uint32_t off = 12;

	while (off + 6 <= frame->len && (get16(frame->data + off) == ETH_P_8021Q ||
					 get16(frame->data + off) == ETH_P_8021AD))
		off += 4;
	return off + 2;
}

uint8_t *frame_ip(struct frame *frame)
{
	uint32_t l3 = l2_len(frame);

	if (l3 + 20 > frame->len || get16(frame->data + l3 - 2) != ETH_P_IP)
		return NULL;
	return frame->data + l3;
}

static bool sum_is_right(const uint8_t *p, uint32_t len, uint32_t sum)
{
	return sum_fold(sum_words(p, len, sum)) == 0xffff;
}

/* `room`: bytes that are there, fewer than the header says inside an ICMP error. */
static const char *wrong_ip(const uint8_t *ip, uint32_t room, bool inner);

static const char *wrong_l4(const uint8_t *ip, const uint8_t *l4, uint32_t len, bool inner)
{
	uint32_t covered;

	switch (ip[9]) {
	case IPPROTO_TCP:
		return sum_is_right(l4, len, pseudo_header(ip, len)) ? NULL : "tcp checksum";
	case IPPROTO_UDP:
		return !get16(l4 + 6) || sum_is_right(l4, len, pseudo_header(ip, len))
			       ? NULL
			       : "udp checksum";
	case IPPROTO_UDPLITE:
		covered = get16(l4 + 4) ? get16(l4 + 4) : len;
		return get16(l4 + 6) && sum_is_right(l4, covered, pseudo_header(ip, len))
			       ? NULL
			       : "udp-lite checksum";
	case IPPROTO_ICMP:
		if (!sum_is_right(l4, len, 0))
			return "icmp checksum";
		if (!inner && (l4[0] == 3 || l4[0] == 11 || l4[0] == 12 || l4[0] == 4))
			return wrong_ip(l4 + 8, len - 8, true);
		return NULL;
	default:
		return NULL;
	}
}

static const char *wrong_ip(const uint8_t *ip, uint32_t room, bool inner)
{
	uint32_t head = (ip[0] & 15) * 4, len;

	if (room < 20 || room < head)
		return NULL;
	len = get16(ip + 2);
	if (!sum_is_right(ip, head, 0))
		return inner ? "inner ip checksum" : "ip checksum";
	if (room < len || len < head || get16(ip + 6) & 0x3fff)
		return NULL;
	return wrong_l4(ip, ip + head, len - head, inner);
}

const char *frame_wrong_checksum(const struct frame *frame)
{
	uint32_t l3 = l2_len(frame);

	if (l3 > frame->len || get16(frame->data + l3 - 2) != ETH_P_IP)
		return NULL;
	return wrong_ip(frame->data + l3, frame->len - l3, false);
}

struct field {
	uint32_t off; /* its first byte */
	const char *name;
};

static const struct field ip_fields[] = {
	{16, "destination"}, {12, "source"},	  {10, "header checksum"},
	{9, "protocol"},     {8, "TTL"},	  {6, "fragment"},
	{4, "id"},	     {2, "total length"}, {1, "tos"},
	{0, "version"},
};

static const char *ip_field(uint32_t off)
{
	for (uint32_t i = 0; i < sizeof(ip_fields) / sizeof(ip_fields[0]); i++)
		if (off >= ip_fields[i].off)
			return ip_fields[i].name;
	return "?";
}

static const char *field_at(const struct frame *frame, uint32_t off)
{
	static char name[64];
	uint32_t l3 = l2_len(frame);

	if (off < 12)
		return off < 6 ? "destination MAC" : "source MAC";
	if (off < l3)
		return "tag or ethertype";
	if (off < l3 + 20)
		snprintf(name, sizeof(name), "IP %s", ip_field(off - l3));
	else
		snprintf(name, sizeof(name), "byte %u behind the IP header's start", off - l3);
	return name;
}

void frame_print(const char *title, const struct frame *frame)
{
	print_error("%s (%u bytes):", title, frame->len);
	for (uint32_t i = 0; i < frame->len; i++)
		print_error("%s%02x", i % 16 ? " " : "\n    ", frame->data[i]);
	print_error("\n");
}

void frame_assert_equal(const struct frame *want, const struct frame *got, const char *what)
{
	uint32_t off = 0;

	while (off < want->len && off < got->len && want->data[off] == got->data[off])
		off++;
	if (off == want->len && off == got->len)
		return;
	frame_print("expected", want);
	frame_print("got", got);
	fail_msg("%s: differs at byte %u (%s); lengths %u and %u", what, off, field_at(want, off),
		 want->len, got->len);
}
