// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/session_table.h>
#include <erxdp/timeout.h>

#include "clock.h"
#include "conntrack.h"
#include "log.h"
#include "mapset.h"
#include "session_connection.h"
#include "sessions.h"
#include "takeover.h"
#include "takeover_parts.h"

/* Milliseconds in which a packet that TC ingress has marked comes to TC egress. */
#define UNDER_WAY 10
/* Rounds before nothing begins any more, until one finds less than this to do. */
#define ROUNDS	  8
#define ROUND_FEW 64

/* How a session was handed over: each life once, and again where its state has changed. */
struct handed {
	uint32_t life;
	uint8_t state;
};

struct handing {
	const struct mapset *maps;
	struct takeover *t;
	struct conntrack *ct;
	struct handed *handed; /* by the session's number */
	uint32_t now;
	unsigned long made; /* in this round */
	bool last;	    /* nothing begins any more */
};

/* An entry with the same flow is an old one: its packets have not come to conntrack since. */
static int create(struct conntrack *ct, const struct connection *c)
{
	int err = conntrack_create(ct, c);

	if (err != -EEXIST)
		return err;
	conntrack_delete(ct, c);
	return conntrack_create(ct, c);
}

static void count(struct handing *handing, enum stays stays, bool again)
{
	if (again)
		return;
	if (stays == STAYS_NOT)
		handing->t->changed++;
	else
		handing->t->stayed[stays]++;
}

static enum stays hand_over(struct handing *handing, const struct session *s)
{
	struct connection c;
	int err;

	if (!session_to_connection(&c, s, handing->maps->ctl, handing->now))
		return s->flags & SESSION_HAIRPIN ? STAYS_HAIRPIN : STAYS_PORTS;
	err = create(handing->ct, &c);
	if (!err)
		return STAYS_NOT;
	if (err == -EEXIST)
		return STAYS_CLASH;
	if (err == -ENOMEM || err == -ENOSPC)
		return STAYS_FULL;
	log_debug("a session was not handed over: %s", strerror(-err));
	return STAYS_FAILED;
}

/* Of this host's own those alone that erxdp has moved: the kernel has the others. In the last
 * round, since they pass conntrack already: from then on TC egress leaves alone what that has
 * moved. */
static bool is_wanted(const struct handing *handing, const struct session *s)
{
	if (!(s->flags & SESSION_OWN))
		return true;
	return handing->last && s->inside.port != s->outside.port;
}

static int visit(const struct session *s, void *arg)
{
	struct handing *handing = arg;
	struct handed *handed = &handing->handed[s->number];
	bool again = handed->life == s->life;

	if (again && handed->state == s->state)
		return 0;
	if (!is_wanted(handing, s) || session_expired(s, handing->maps->ctl, handing->now))
		return 0;
	count(handing, hand_over(handing, s), again);
	*handed = (struct handed){.life = s->life, .state = s->state};
	handing->made++;
	return 0;
}

static void hand_round(struct handing *handing)
{
	handing->made = 0;
	handing->now = session_clock();
	sessions_walk(handing->maps, visit, handing);
}

static int nothing(const struct connection *c, void *arg)
{
	(void)c;
	(void)arg;
	return 1;
}

/* Is there a conntrack to tell? */
static int look(struct handing *handing)
{
	int err = conntrack_open(&handing->ct, false);

	if (!err)
		err = conntrack_dump(handing->ct, nothing, NULL);
	return err < 0 ? err : 0;
}

static void hand_all(struct handing *handing)
{
	for (int i = 0; i < ROUNDS; i++) {
		hand_round(handing);
		if (handing->made < ROUND_FEW)
			break;
	}
	takeover_set_flags(handing->maps, CONTROL_CHANGEOVER, 0);
	sleep_ms(UNDER_WAY);
	handing->last = true;
	hand_round(handing);
	takeover_set_flags(handing->maps, CONTROL_ASIDE, CONTROL_CHANGEOVER);
	sleep_ms(UNDER_WAY);
}

bool handback(const struct mapset *maps, struct takeover *t)
{
	struct handing handing = {.maps = maps, .t = t};
	int err;

	memset(t, 0, sizeof(*t));
	/* An attach that was killed: the kernel has all, and what the sessions say is old. */
	if (maps->ctl->flags & CONTROL_ASIDE)
		return true;
	handing.handed = calloc(maps->nsessions, sizeof(*handing.handed));
	err = handing.handed ? look(&handing) : -ENOMEM;
	t->done = true;
	if (!err)
		hand_all(&handing);
	else
		t->unknown = true;
	t->why = err ? strerror(-err) : NULL;
	conntrack_close(handing.ct);
	free(handing.handed);
	return !err;
}
