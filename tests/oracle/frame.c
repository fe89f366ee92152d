// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"

#include <stddef.h>

#include "net.h"

uint16_t frame_sum(const uint8_t *data, uint32_t len, uint32_t sum)
{
	for (uint32_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint32_t frame_pseudo_sum(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	return frame_sum(ip + 12, 8, proto + len);
}

void frame_replace16(uint8_t *at, uint16_t value, uint8_t *check)
{
	uint32_t sum;

	if (check) {
		sum = (uint16_t)~get16(check);
		sum += (uint16_t)~get16(at);
		sum += value;
		sum = (sum & 0xffff) + (sum >> 16);
		sum = (sum & 0xffff) + (sum >> 16);
		put16(check, ~sum);
	}
	put16(at, value);
}

void frame_spoil(uint8_t *check)
{
	uint32_t sum = get16(check) + 0x0101;

	put16(check, (sum & 0xffff) + (sum >> 16));
}

struct view frame_view(uint8_t *ip, uint32_t len)
{
	struct view view = {.ip = ip};
	uint32_t header, total;

	if (len < 20 || ip[0] >> 4 != 4)
		return view;
	header = (ip[0] & 15) * 4;
	total = get16(ip + 2);
	if (header < 20 || header > len)
		return view;
	if (total > header && total < len)
		len = total;
	view.valid = true;
	view.src = get32(ip + 12);
	view.dst = get32(ip + 16);
	view.proto = ip[9];
	if (!(get16(ip + 6) & 0x1fff) && len > header) {
		view.l4 = ip + header;
		view.l4len = len - header;
	}
	return view;
}

bool view_is_icmp_error(const struct view *view)
{
	uint8_t type;

	if (!view->valid || !view->l4 || view->proto != IPPROTO_ICMP || view->l4len < 8)
		return false;
	type = view->l4[0];
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool view_has_id(const struct view *view)
{
	uint8_t type;

	if (!view->l4 || view->proto != IPPROTO_ICMP || view->l4len < 6)
		return false;
	type = view->l4[0];
	return type == 8 || type == 0 || (type >= 13 && type <= 18);
}

bool view_is_query(const struct view *view)
{
	return view_has_id(view) && (view->l4[0] == 8 || (view->l4[0] >= 13 && view->l4[0] % 2));
}

struct view view_inner(const struct view *view)
{
	return frame_view(view->l4 + 8, view->l4len - 8);
}

uint8_t *view_check(const struct view *view)
{
	uint32_t offset;

	switch (view->proto) {
	case IPPROTO_TCP:
		offset = 16;
		break;
	case IPPROTO_UDP:
		offset = 6;
		break;
	case IPPROTO_ICMP:
		offset = 2;
		break;
	default:
		return NULL;
	}
	if (!view->l4 || view->l4len < offset + 2)
		return NULL;
	if (view->proto == IPPROTO_UDP && !get16(view->l4 + offset))
		return NULL;
	return view->l4 + offset;
}

static void print_summary(FILE *to, struct view view)
{
	struct in_addr src = {.s_addr = htonl(view.src)}, dst = {.s_addr = htonl(view.dst)};

	fprintf(to, "%s > ", inet_ntoa(src));
	fprintf(to, "%s proto %u ttl %u id %u len %u frag 0x%04x", inet_ntoa(dst), view.proto,
		view.ip[8], get16(view.ip + 4), get16(view.ip + 2), get16(view.ip + 6));
	if (view.l4 && (view.proto == IPPROTO_TCP || view.proto == IPPROTO_UDP) && view.l4len >= 4)
		fprintf(to, " ports %u > %u", get16(view.l4), get16(view.l4 + 2));
	if (view.l4 && view.proto == IPPROTO_ICMP)
		fprintf(to, " icmp %u/%u", view.l4[0], view.l4len > 1 ? view.l4[1] : 0);
}

void frame_print(FILE *to, const char *title, const struct frame *frame)
{
	struct frame copy = *frame;
	struct view view = {};

	fprintf(to, "%s%u bytes: ", title, frame->len);
	if (frame->len >= L3)
		view = frame_view(copy.data + L3, copy.len - L3);
	if (view.valid)
		print_summary(to, view);
	if (view_is_icmp_error(&view) && view_inner(&view).valid) {
		fprintf(to, " about ");
		print_summary(to, view_inner(&view));
	}
	for (uint32_t i = 0; i < frame->len && i < 128; i++)
		fprintf(to, "%s%02x", i % 32 ? i % 4 ? "" : " " : "\n      ", frame->data[i]);
	fprintf(to, "%s\n", frame->len > 128 ? " ..." : "");
}
