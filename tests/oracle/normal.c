// SPDX-License-Identifier: GPL-2.0-only
#include "normal.h"

#include <string.h>

struct port_place {
	uint8_t *at;
	uint16_t outside, rport;
	uint32_t remote;
};

static bool has_ports(const struct view *view)
{
	return view->l4 && view->l4len >= 4 &&
	       (view->proto == IPPROTO_TCP || view->proto == IPPROTO_UDP);
}

/* Where the outside port stands in a packet that bears the outside address. */
static bool find_port(const struct view *view, struct port_place *place)
{
	bool source = view->src == NET_OUTSIDE;

	if (!view->valid || (!source && view->dst != NET_OUTSIDE))
		return false;
	place->remote = source ? view->dst : view->src;
	if (has_ports(view)) {
		place->at = view->l4 + (source ? 0 : 2);
		place->rport = get16(view->l4 + (source ? 2 : 0));
	} else if (view_has_id(view)) {
		place->at = view->l4 + 4;
		place->rport = 0;
	} else {
		return false;
	}
	place->outside = get16(place->at);
	return true;
}

static bool put_back(struct flows *flows, enum router r, const struct view *view,
		     uint8_t *outer_check)
{
	struct port_place place;
	const struct flow *flow;
	uint8_t *check = view_check(view);
	uint16_t before;

	if (!find_port(view, &place))
		return false;
	flow = flow_behind(flows, r, view->proto, place.outside, place.remote, place.rport);
	if (!flow || flow->port == place.outside)
		return false;
	before = check ? get16(check) : 0;
	frame_replace16(place.at, flow->port, check);
	if (check && !get16(check) && view->proto == IPPROTO_UDP) /* which says "none" (RFC 768) */
		put16(check, 0xffff);
	if (!outer_check)
		return true;
	/* The quoted port and the quoted checksum are payload of the ICMP error. */
	put16(place.at, place.outside);
	frame_replace16(place.at, flow->port, outer_check);
	if (check) {
		uint16_t after = get16(check);

		put16(check, before);
		frame_replace16(check, after, outer_check);
	}
	return true;
}

/* The router's own packets: of all that bear its address, only they begin with a TTL of 64. */
static void hide_id(struct view *view)
{
	if (net_is_router(view->src) && view->ip[8] == 64)
		frame_replace16(view->ip + 4, 0, view->ip + 10);
}

bool normal_frame(struct flows *flows, enum router r, struct frame *frame)
{
	struct view view, inner;

	if (frame->len < L3 || get16(frame->data + 12) != 0x0800)
		return false;
	view = frame_view(frame->data + L3, frame->len - L3);
	if (!view.valid)
		return false;
	hide_id(&view);
	if (!view_is_icmp_error(&view))
		return put_back(flows, r, &view, NULL);
	inner = view_inner(&view);
	return inner.valid && put_back(flows, r, &inner, view.l4 + 2);
}
