// SPDX-License-Identifier: GPL-2.0-only
#include "flow.h"

#include <string.h>

#include "build.h"

/* Its ports tell no two flows apart. */
static bool by_address(uint8_t proto)
{
	return proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_ICMP;
}

static bool flow_is(const struct flow *flow, const struct step *step)
{
	if (flow->host != step->host || flow->remote != step->remote || flow->proto != step->proto)
		return false;
	return by_address(step->proto) ||
	       (flow->port == step->port &&
		(flow->rport == step->rport || step->proto == IPPROTO_ICMP));
}

static bool flow_shares_peer(const struct flow *a, const struct flow *b)
{
	return by_address(a->proto) && a->proto == b->proto && a->remote == b->remote;
}

bool flow_peer_is_shared(const struct flows *flows, const struct flow *flow)
{
	for (unsigned int i = 0; i < flows->count; i++)
		if (flow_shares_peer(&flows->flow[i], flow) &&
		    (&flows->flow[i] != flow || flow->knocked))
			return true;
	return false;
}

void flow_retire(struct flows *flows, struct flow *flow)
{
	flow->retired = true;
	for (unsigned int i = 0; i < flows->count; i++)
		flows->flow[i].retired |= flow_shares_peer(&flows->flow[i], flow);
}

struct flow *flow_of(struct flows *flows, const struct step *step)
{
	struct flow *flow;

	for (unsigned int i = 0; i < flows->count; i++)
		if (flow_is(&flows->flow[i], step))
			return &flows->flow[i];
	if (flows->count == FLOWS_MAX)
		return NULL;
	flow = &flows->flow[flows->count++];
	*flow = (struct flow){
		.host = step->host,
		.remote = step->remote,
		.port = step->port,
		.rport = step->proto == IPPROTO_ICMP ? 0 : step->rport,
		.proto = step->proto,
	};
	for (unsigned int i = 0; i + 1 < flows->count; i++)
		flow->retired |= flows->flow[i].retired && flow_shares_peer(&flows->flow[i], flow);
	return flow;
}

uint16_t flow_port(const struct flow *flow, const struct step *step, enum router r)
{
	/* From somebody else it is not the flow's packet, and goes to the same port of both. */
	if (step->source && !step->error)
		return flow->port;
	return flow->known[r] ? flow->outside[r] : flow->port;
}

static bool has_ports(const struct view *view)
{
	return view->l4 && view->l4len >= 4 &&
	       (view->proto == IPPROTO_TCP || view->proto == IPPROTO_UDP);
}

/* The port or identifier that the packet leaves with, -1 where it is not of this flow. */
static int32_t outside_port(const struct flow *flow, const struct view *view)
{
	if (!view->valid || view->src != NET_OUTSIDE || view->dst != flow->remote ||
	    view->proto != flow->proto)
		return -1;
	if (has_ports(view) && get16(view->l4 + 2) == flow->rport)
		return get16(view->l4);
	if (view_is_query(view))
		return get16(view->l4 + 4);
	return -1;
}

/* A connection that was not answered begins once more: nobody speaks of its first SYN any longer.
 */
static void forget_syn(struct flows *flows, const struct flow *flow, const struct step *step)
{
	for (unsigned int i = 0; i < flows->nsegments; i++) {
		struct segment *segment = &flows->segment[i];

		if (segment->flow == flow && segment->from == step->from && segment->syn &&
		    segment->seq != step->seq)
			segment->flow = NULL;
	}
}

static void note_segment(struct flows *flows, const struct flow *flow, const struct step *step)
{
	bool syn = step->flags & FLAG_SYN, fin = step->flags & FLAG_FIN;

	if (syn)
		forget_syn(flows, flow, step);
	if (flows->nsegments < SEGMENTS_MAX)
		flows->segment[flows->nsegments++] = (struct segment){
			flow, step->from, syn, step->seq, step->seq + step->len + syn + fin,
		};
}

bool flow_sent(const struct flows *flows, const struct flow *flow, enum side from, uint32_t seq)
{
	for (unsigned int i = 0; i < flows->nsegments; i++) {
		const struct segment *segment = &flows->segment[i];

		if (segment->flow == flow && segment->from == from &&
		    seq - segment->seq <= segment->end - segment->seq)
			return true;
	}
	return flows->nsegments == SEGMENTS_MAX;
}

void flow_use(struct flows *flows, struct flow *flow, const struct step *step)
{
	bool alive = flow->known[KERNEL] && flow->used > flows->idle;
	bool answer = step->from == OUTSIDE && !step->error;

	flows->number++;
	if (answer && alive)
		flow->used = flows->number;
	else if (answer)
		flow->knocked = true;
	flow->fresh = false;
	if (step->proto != IPPROTO_TCP || step->error)
		return;
	note_segment(flows, flow, step);
	if (step->flags & (FLAG_FIN | FLAG_RST))
		flow->closed = true;
	else if ((step->flags & FLAG_SYN) && step->from == INSIDE)
		flow->closed = false;
}

/* Takes the outside port for `flow`. Who had it before has lost it; false where it still lives. */
static bool flow_take(struct flows *flows, struct flow *flow, enum router r, uint16_t port)
{
	bool free = true;

	for (unsigned int i = 0; i < flows->count; i++) {
		struct flow *other = &flows->flow[i];

		if (other == flow || !other->known[r] || other->outside[r] != port ||
		    other->remote != flow->remote || other->rport != flow->rport ||
		    other->proto != flow->proto)
			continue;
		other->known[r] = false;
		if (!other->retired && !other->closed && other->used > flows->idle)
			free = false;
	}
	flow->fresh |= !flow->known[r] || flow->outside[r] != port;
	flow->known[r] = true;
	flow->outside[r] = port;
	flow->used = flows->number;
	return free;
}

bool flow_learn(struct flows *flows, struct flow *flow, const struct step *step, enum router r,
		const struct frames *outside)
{
	bool free = true;

	if (step->from != INSIDE || step->error || step_is_untranslated(step))
		return true;
	for (unsigned int i = 0; i < outside->count; i++) {
		struct frame frame = outside->frame[i];
		struct view view = frame_view(frame.data + L3, frame.len - L3);
		int32_t port = outside_port(flow, &view);

		if (port >= 0)
			free &= flow_take(flows, flow, r, port);
	}
	return free;
}

/* Two flows that want the same tuple outside. */
static bool flow_rivals(const struct flow *a, const struct flow *b)
{
	return a->port == b->port && a->proto == b->proto && a->remote == b->remote &&
	       a->rport == b->rport;
}

bool flow_has_rival(const struct flows *flows, const struct flow *flow, enum flow_rival kind)
{
	for (unsigned int i = 0; i < flows->count; i++) {
		const struct flow *rival = &flows->flow[i];
		bool is[] = {
			[RIVAL_KNOCKED] = rival->knocked,
			[RIVAL_RETIRED] = rival->retired,
			[RIVAL_CLOSED] = rival->closed && rival != flow,
			[RIVAL_MOVED] = rival->known[ERXDP] && rival->outside[ERXDP] != rival->port,
		};

		if (is[kind] && flow_rivals(rival, flow))
			return true;
	}
	return false;
}

bool flow_has_sibling(const struct flows *flows, const struct flow *flow, enum router r)
{
	for (unsigned int i = 0; i < flows->count; i++) {
		const struct flow *other = &flows->flow[i];

		if (other != flow && other->host == flow->host && other->port == flow->port &&
		    other->proto == flow->proto && other->known[r] &&
		    other->outside[r] == flow->outside[r])
			return true;
	}
	return false;
}

struct flow *flow_behind(struct flows *flows, enum router r, uint8_t proto, uint16_t outside,
			 uint32_t remote, uint16_t rport)
{
	for (unsigned int i = 0; i < flows->count; i++) {
		struct flow *flow = &flows->flow[i];

		if (flow->known[r] && flow->outside[r] == outside && flow->proto == proto &&
		    flow->remote == remote && flow->rport == rport)
			return flow;
	}
	return NULL;
}

struct flow *flow_receiver(struct flows *flows, struct flow *flow, const struct step *step)
{
	struct flow *holder[ROUTERS];

	if (step->from != OUTSIDE || step_is_untranslated(step) || by_address(flow->proto) ||
	    (step->source && !step->error))
		return flow;
	for (int r = 0; r < ROUTERS; r++) {
		holder[r] = flow_behind(flows, r, flow->proto, flow_port(flow, step, r),
					flow->remote, flow->rport);
		if (!holder[r])
			holder[r] = flow;
	}
	return holder[KERNEL] == holder[ERXDP] ? holder[KERNEL] : NULL;
}
