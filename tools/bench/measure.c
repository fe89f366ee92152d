// SPDX-License-Identifier: GPL-2.0-only
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A turn is long enough that a contender finds its tables in the caches as a router that does
 * nothing else would; most of its samples are not interrupted. */
#define TURN_PACKETS ((BENCH_STAMPS - 1) * BENCH_INTERVAL + 1)

/* New flows bear numbers of their own. A router that has so many of them forgets all. */
#define NEW_FIRST (1U << 21)
#define NEW_ROOM  500000

/* More turns of a contender that lose packets than these are no accident. */
#define MAX_REPEATED 8

/* Routes of the benchmark: /24s from 32.0.0.0 on, each with one destination of the flows'. */
#define ROUTES_FIRST 0x20000001
#define ROUTES_STEP  256

static struct traffic established(const struct measurement *m, const struct contender *contender)
{
	struct traffic traffic = contender_traffic(contender, m->flows);

	if (m->routes)
		traffic.targets = (struct bench_targets){ROUTES_FIRST, ROUTES_STEP, 1, m->routes};
	return traffic;
}

static int forget(const struct measurement *m, struct contender *contender)
{
	char line[256];

	contender->fresh = 0;
	contender->at = 0;
	if (contender->kind != KIND_SNAT)
		return 0;
	snprintf(line, sizeof(line), "%s %s", m->forget, contender->router);
	if (!system(line))
		return 0;
	fprintf(stderr, "bench: failed: %s\n", line);
	return -1;
}

static int warm_up(const struct measurement *m, struct run *run, struct contender *contender)
{
	struct traffic traffic = established(m, contender);

	return run_warm_up(run, contender, &traffic);
}

/* Makes room for the flows that a turn begins. */
static int renew(const struct measurement *m, struct run *run, struct contender *contender)
{
	if (m->load == LOAD_ESTABLISHED || contender->fresh + TURN_PACKETS <= NEW_ROOM)
		return 0;
	if (forget(m, contender))
		return -1;
	return m->load == LOAD_BESIDE ? warm_up(m, run, contender) : 0;
}

static int turn(const struct measurement *m, struct run *run, struct contender *contender)
{
	struct traffic traffic = established(m, contender);
	uint32_t begin = NEW_FIRST + contender->fresh;

	if (m->load == LOAD_NEW) {
		traffic.first = begin;
		traffic.flows = TURN_PACKETS;
		contender->at = 0;
	} else if (m->load == LOAD_BESIDE) {
		traffic.flood = begin;
	}
	contender->fresh += TURN_PACKETS;
	return run_timed(run, contender, &traffic, TURN_PACKETS);
}

/* Two contenders may share a router. */
static bool attached(const struct measurement *m, const struct contender *contender)
{
	for (const struct contender *c = m->contender; c < contender; c++)
		if (!strcmp(c->router, contender->router))
			return true;
	return false;
}

static int begin(const struct measurement *m, struct run *run, struct contender *contender)
{
	if (!attached(m, contender) && run_attach(run, contender))
		return -1;
	if (m->load != LOAD_ESTABLISHED && forget(m, contender))
		return -1;
	return m->load == LOAD_NEW ? 0 : warm_up(m, run, contender);
}

static bool again(struct contender *contender, int err)
{
	return err == -EAGAIN && contender->repeated++ < MAX_REPEATED;
}

static int begin_until_whole(const struct measurement *m, struct run *run,
			     struct contender *contender)
{
	int err = begin(m, run, contender);

	while (again(contender, err))
		err = warm_up(m, run, contender);
	return err;
}

static int turn_until_whole(const struct measurement *m, struct run *run,
			    struct contender *contender)
{
	int err;

	do {
		err = renew(m, run, contender);
		if (!err)
			err = turn(m, run, contender);
	} while (again(contender, err));
	if (!err)
		contender_end_turn(contender);
	return err;
}

int measure(struct measurement *m)
{
	struct run run;
	int err = run_open(&run, m->cores);

	for (unsigned int i = 0; !err && i < m->n; i++)
		err = begin_until_whole(m, &run, &m->contender[i]);
	for (unsigned int round = 0; !err && round < m->rounds; round++)
		for (unsigned int i = 0; !err && i < m->n; i++)
			err = turn_until_whole(m, &run, &m->contender[i]);
	run_close(&run);
	return err;
}
