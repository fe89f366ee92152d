// SPDX-License-Identifier: GPL-2.0-only
#include "talkers.h"

#include <errno.h>
#include <netinet/in.h>

#include <erxdp/protocol.h>

#include "clock.h"
#include "mapset.h"
#include "sessions.h"

struct step {
	struct talkers_walk *walk;
	uint32_t now; /* session_clock() */
};

static void count(struct tally_row *row, const struct session *s, uint32_t now)
{
	row->count[TALLY_SESSIONS]++;
	row->count[TALLY_HALF_OPEN] += session_half_open(s);
	row->bytes += session_bytes(s);
	row->count[TALLY_YOUNG] += (int32_t)(now - s->created) < TALKERS_YOUNG;
}

static int count_session(const struct session *s, void *arg)
{
	const struct flow *inside = &s->inside;
	const struct step *step = arg;
	struct talkers_walk *walk = step->walk;
	/* ICMP has no port but its identifier, which says nothing about what is asked. */
	uint16_t port = inside->proto == IPPROTO_ICMP ? 0 : ntohs(inside->remote_port);
	struct tally_row *to = tally_get(&walk->ports, (uint64_t)inside->proto << 16 | port);
	struct tally_row *host;

	if (!to ||
	    (!protocol_by_address(s->outside.proto) && port_usage_add(&walk->outside, &s->outside)))
		return -ENOMEM;
	count(to, s, step->now);
	if (!(s->flags & SESSION_OWN)) {
		host = tally_get(&walk->hosts, ntohl(inside->addr));
		if (!host)
			return -ENOMEM;
		count(host, s, step->now);
	}
	walk->sessions++;
	return 0;
}

static void walk_free(struct talkers_walk *walk)
{
	tally_free(&walk->hosts);
	tally_free(&walk->ports);
	port_usage_free(&walk->outside);
	*walk = (struct talkers_walk){0};
}

int talkers_step(struct talkers *t, const struct mapset *maps, uint32_t budget)
{
	struct step step = {.walk = &t->now, .now = session_clock()};
	int err;

	if (!t->at) {
		walk_free(&t->now);
		port_usage_begin(&t->now.outside, maps->ctl);
	}
	err = sessions_walk_part(maps, &t->at, budget, count_session, &step);
	if (err || t->at)
		return err;
	t->now.ended = clock_seconds();
	if (t->last.ended) {
		tally_set_rates(&t->now.hosts, &t->last.hosts, t->now.ended - t->last.ended);
		tally_set_rates(&t->now.ports, &t->last.ports, t->now.ended - t->last.ended);
	}
	walk_free(&t->last);
	t->last = t->now;
	t->now = (struct talkers_walk){0};
	return 0;
}

const struct talkers_walk *talkers_shown(const struct talkers *t)
{
	return t->last.ended ? &t->last : &t->now;
}

void talkers_free(struct talkers *t)
{
	walk_free(&t->now);
	walk_free(&t->last);
	t->at = 0;
}
