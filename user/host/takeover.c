// SPDX-License-Identifier: GPL-2.0-only
#include "takeover.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/protocol.h>

#include "clock.h"
#include "conntrack.h"
#include "dir24.h"
#include "log.h"
#include "mapset.h"
#include "session_connection.h"
#include "sessions.h"
#include "sysctl.h"
#include "takeover_parts.h"

/* A packet is on its way through the kernel for no longer than that, in milliseconds. */
#define UNDER_WAY 5
/* And this long nothing new must be announced; with an end to it. */
#define QUIET	  20
#define QUIET_MAX 25

/* An entry of the kernel's whose connection is a session now. */
struct taken {
	struct flow sent;
	uint32_t id;
};

struct taking {
	const struct mapset *maps;
	struct takeover *t;
	bool count; /* what stays is counted in the first round only */
	bool anew;
	uint32_t now;
	struct taken *taken;
	size_t ntaken, room;
	unsigned long changed; /* in this round */
};

void takeover_set_flags(const struct mapset *maps, uint32_t set, uint32_t clear)
{
	uint32_t flags = __atomic_load_n(&maps->ctl->flags, __ATOMIC_RELAXED);

	/* In one store: no packet finds both, or neither. */
	while (!__atomic_compare_exchange_n(&maps->ctl->flags, &flags, (flags & ~clear) | set,
					    false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
}

bool takeover_pending(const struct mapset *maps)
{
	return maps->ctl->flags & (CONTROL_ASIDE | CONTROL_CHANGEOVER);
}

/* ---- whose is it? ---- */

static bool uplink_has(const struct uplink *uplink, __be32 addr)
{
	for (uint32_t i = 0; i < uplink->npool && i < ERXDP_MAX_POOL; i++)
		if (uplink->pool[i] == addr)
			return true;
	for (uint32_t i = 0; i < uplink->count && i < ERXDP_MAX_ADDRS; i++)
		if (uplink->addr[i].addr == addr)
			return true;
	return false;
}

/* The slot of the uplink that has the address; 0: none. */
static uint16_t find_uplink(const struct mapset *maps, __be32 addr)
{
	for (unsigned int slot = 1; slot < ERXDP_MAX_IFACES; slot++)
		if (uplink_has(&maps->uplink[slot], addr))
			return slot;
	return 0;
}

/* The flags of the nexthop that the route to an address leads to; 0: to none. */
static uint32_t route_flags(const struct mapset *maps, __be32 addr)
{
	uint32_t route = dir24_lookup(maps->route, maps->route_chunk, addr), hop = 0;

	if (route_kind(route) == ROUTE_GROUP)
		hop = maps->group[route_index(route)].member[0].nexthop;
	else if (route_kind(route) == ROUTE_NEXTHOP)
		hop = route_index(route);
	return hop && hop < ERXDP_MAX_NEXTHOPS ? maps->nexthop[hop].flags : 0;
}

/* Do its packets come in by an interface of erxdp's? By the route to it, as they should. */
static bool is_inside(const struct mapset *maps, __be32 addr)
{
	return (route_flags(maps, addr) & (NEXTHOP_TRANSMIT | NEXTHOP_UPLINK)) == NEXTHOP_TRANSMIT;
}

static bool is_exempt(const struct mapset *maps, const struct session *s)
{
	struct exempt_key key = {.prefixlen = 64, .slot = s->uplink, .addr = s->inside.remote};
	uint32_t value;

	if (!bpf_map_lookup_elem(maps->exempt_dst, &key, &value))
		return true;
	key.addr = s->inside.addr;
	return !bpf_map_lookup_elem(maps->exempt_src, &key, &value);
}

/* As policy_apply() does for a session that begins. */
static void apply_policy(const struct mapset *maps, struct session *s)
{
	struct prefix_key key = {.prefixlen = 32, .addr = s->inside.addr};
	uint32_t index;

	if (bpf_map_lookup_elem(maps->inside_policies, &key, &index))
		index = maps->uplink[s->uplink].policy;
	if (index >= ERXDP_MAX_POLICIES)
		return;
	s->policy = index;
	if (s->inside.proto != IPPROTO_TCP && !(maps->policy[index].flags & POLICY_INBOUND_REFRESH))
		s->flags |= SESSION_OUT_ONLY;
}

static bool translates(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP ||
	       protocol_by_address(proto);
}

/* Fills the session that it is to be. */
static enum stays judge(const struct mapset *maps, const struct connection *c, uint32_t now,
			struct session *s)
{
	bool inbound = c->status & IPS_DST_NAT;
	uint16_t uplink = find_uplink(maps, inbound ? c->sent.remote : c->answered.addr);

	/* To a service or a container of this host, by a rule of the user's. */
	if (inbound && (!uplink || !is_inside(maps, c->answered.remote)))
		return STAYS_ELSEWHERE;
	if (!uplink && !(route_flags(maps, c->sent.remote) & NEXTHOP_UPLINK))
		return STAYS_ELSEWHERE;
	if (!uplink)
		return STAYS_ADDRESS;
	if (!translates(c->sent.proto))
		return STAYS_PROTOCOL;
	if (!session_from_connection(s, c, maps->ctl, now))
		return STAYS_PORTS;
	s->uplink = uplink;
	if (!is_inside(maps, s->inside.addr))
		return STAYS_BEHIND;
	if (c->status & IPS_SEQ_ADJUST)
		return STAYS_ADJUSTED;
	/* With endpoints, what answers is not exempt (bpf/exempt.h). */
	if (!(inbound && maps->ctl->flags & CONTROL_ENDPOINTS) && is_exempt(maps, s))
		return STAYS_EXEMPT;
	apply_policy(maps, s);
	return STAYS_NOT;
}

/* The kernel goes on with it; nobody else is to get its outside address and port. */
static void reserve(const struct taking *taking, struct session *s)
{
	s->inside = s->outside;
	s->flags = SESSION_OWN;
	session_import(taking->maps, s, taking->anew);
}

/* ---- it becomes a session ---- */

static void note_taken(struct taking *taking, const struct connection *c)
{
	struct taken *more = taking->taken;
	size_t room = taking->room;

	if (taking->ntaken == room) {
		room = room ? 2 * room : 1024;
		more = realloc(more, room * sizeof(*more));
		/* Then the kernel's entry stays until its time is up. */
		if (!more)
			return;
		taking->taken = more;
		taking->room = room;
	}
	more[taking->ntaken++] = (struct taken){.sent = c->sent, .id = c->id};
}

static enum stays import(struct taking *taking, const struct connection *c, struct session *s)
{
	int answer = session_import(taking->maps, s, taking->anew);

	switch (answer) {
	case IMPORT_MADE:
		taking->t->changed++;
		taking->changed++;
		note_taken(taking, c);
		return STAYS_NOT;
	case IMPORT_KNOWN:
		note_taken(taking, c);
		return STAYS_NOT;
	case IMPORT_TAKEN:
		return STAYS_CLASH;
	case IMPORT_FULL:
		return STAYS_FULL;
	default:
		log_debug("a connection was not entered: %s", strerror(-answer));
		return STAYS_FAILED;
	}
}

static int take(const struct connection *c, void *arg)
{
	struct taking *taking = arg;
	uint32_t translated = c->status & (IPS_SRC_NAT | IPS_DST_NAT);
	enum stays stays;
	struct session s;

	/* Both sides: between inside hosts by an outside address, or the like. */
	if (translated != IPS_SRC_NAT && translated != IPS_DST_NAT)
		return 0;
	stays = judge(taking->maps, c, taking->now, &s);
	if (stays == STAYS_BEHIND || stays == STAYS_ADJUSTED)
		reserve(taking, &s);
	if (stays == STAYS_NOT)
		stays = import(taking, c, &s);
	if (stays != STAYS_NOT && taking->count)
		taking->t->stayed[stays]++;
	return 0;
}

/* ---- the order of things ---- */

/* A connection that is there already in the first round, which is while the kernel has all of them,
 * was left by a change of hands that was broken off. */
static int round_of_all(struct taking *taking, struct conntrack *ct, bool first)
{
	taking->count = taking->anew = first;
	taking->now = session_clock();
	return conntrack_dump(ct, take, taking);
}

/* Until nothing of interest is announced any more. */
static int round_of_news(struct taking *taking, struct conntrack *ct)
{
	taking->count = taking->anew = false;
	for (int i = 0; i < QUIET_MAX; i++) {
		int n;

		taking->changed = 0;
		taking->now = session_clock();
		n = conntrack_follow(ct, QUIET, take, taking);
		if (n < 0)
			return n;
		if (!taking->changed)
			break;
	}
	return 0;
}

static void forget_taken(const struct taking *taking, struct conntrack *ct)
{
	for (size_t i = 0; i < taking->ntaken; i++) {
		struct connection c = {.sent = taking->taken[i].sent, .id = taking->taken[i].id};

		conntrack_delete(ct, &c);
	}
}

/* Has the kernel been told to announce nothing? */
static bool is_silent(void)
{
	long events = 1;

	return sysctl_read("/proc/sys/net/netfilter/nf_conntrack_events", &events) && !events;
}

static int take_all(struct taking *taking, struct conntrack *ct)
{
	bool aside = taking->maps->ctl->flags & CONTROL_ASIDE;
	int err = round_of_all(taking, ct, aside);

	if (err)
		return err;
	takeover_set_flags(taking->maps, CONTROL_CHANGEOVER, CONTROL_ASIDE);
	/* What began meanwhile, and what was on its way then. */
	sleep_ms(UNDER_WAY);
	err = round_of_all(taking, ct, false);
	if (!err && round_of_news(taking, ct))
		err = round_of_all(taking, ct, false);
	takeover_set_flags(taking->maps, 0, CONTROL_CHANGEOVER);
	sleep_ms(UNDER_WAY);
	if (!err && (round_of_news(taking, ct) || is_silent()))
		err = round_of_all(taking, ct, false);
	return err;
}

void takeover_finish(const struct mapset *maps, struct takeover *t)
{
	struct taking taking = {.maps = maps, .t = t};
	struct conntrack *ct = NULL;
	int err = conntrack_open(&ct, true);

	memset(t, 0, sizeof(*t));
	t->done = true;
	if (!err)
		err = take_all(&taking, ct);
	takeover_set_flags(maps, 0, CONTROL_ASIDE | CONTROL_CHANGEOVER);
	if (err && conntrack_count()) {
		t->unknown = true;
		t->why = strerror(-err);
	}
	if (ct)
		forget_taken(&taking, ct);
	conntrack_close(ct);
	free(taking.taken);
}
