// SPDX-License-Identifier: GPL-2.0-only
#include "measure.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	traffic.tag = m->tag;
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
	if ((m->load != LOAD_NEW && m->load != LOAD_BESIDE) ||
	    contender->fresh + m->packets <= NEW_ROOM)
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
		traffic.flows = m->packets;
		contender->at = 0;
	} else if (m->load == LOAD_BESIDE) {
		traffic.flood = begin;
	}
	contender->fresh += m->packets;
	return run_timed(run, contender, &traffic, m->packets);
}

/* Mean time between packets at which it is busy for half of the time. */
static double gap(const struct measurement *m, const struct contender *contender)
{
	double longest = contender->alone;

	for (unsigned int i = 0; m->load == LOAD_HALF_LEAST && i < m->n; i++)
		if (m->contender[i].alone > longest)
			longest = m->contender[i].alone;
	return 2 * longest;
}

/* What half of it is changes with the machine, so each turn asks anew. */
static int turn_paced(const struct measurement *m, struct run *run, struct contender *contender)
{
	struct traffic traffic = established(m, contender);
	unsigned int parts = m->packets / LATENCY_PART;
	int err = run_alone(run, contender, &traffic);

	if (err)
		return err;
	traffic.paced = true;
	traffic.gap = gap(m, contender);
	return run_paced(run, contender, &traffic, parts < LATENCY_PARTS ? parts : LATENCY_PARTS);
}

/* Two contenders may share a router. */
static bool attached(const struct measurement *m, const struct contender *contender)
{
	for (const struct contender *c = m->contender; c < contender; c++)
		if (!strcmp(c->router, contender->router))
			return true;
	return false;
}

static int prepare_paced(struct contender *contender)
{
	contender->latencies = calloc(1, sizeof(*contender->latencies));
	return contender->latencies ? 0 : -1;
}

static int begin(const struct measurement *m, struct run *run, struct contender *contender)
{
	if (!attached(m, contender) && run_attach(run, contender))
		return -1;
	if (load_is_paced(m->load) && prepare_paced(contender))
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
			err = load_is_paced(m->load) ? turn_paced(m, run, contender)
						     : turn(m, run, contender);
	} while (again(contender, err));
	if (!err)
		contender_end_turn(contender);
	return err;
}

/* What the slowest one is must be known before the first turn. */
static int try_until_whole(const struct measurement *m, struct run *run,
			   struct contender *contender)
{
	struct traffic traffic = established(m, contender);
	int err;

	do
		err = run_alone(run, contender, &traffic);
	while (again(contender, err));
	return err;
}

/* A router's softirq is not put off for a process that wants the core; nor is what plays it here,
 * while it waits for packets. Passes are far shorter than what the kernel leaves to others in any
 * case (sched_rt_runtime_us). */
static void take_precedence(void)
{
	struct sched_param param = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		fprintf(stderr,
			"bench: no real-time priority (%s): what other processes do is a part of "
			"the latencies\n",
			strerror(errno));
}

int measure(struct measurement *m)
{
	struct run run;
	int err = run_open(&run, m->cores);

	if (load_is_paced(m->load))
		take_precedence();
	for (unsigned int i = 0; !err && i < m->n; i++)
		err = begin_until_whole(m, &run, &m->contender[i]);
	for (unsigned int i = 0; !err && m->load == LOAD_HALF_LEAST && i < m->n; i++)
		err = try_until_whole(m, &run, &m->contender[i]);
	for (unsigned int round = 0; !err && round < m->rounds; round++)
		for (unsigned int i = 0; !err && i < m->n; i++)
			err = turn_until_whole(m, &run, &m->contender[i]);
	run_close(&run);
	return err;
}
