// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "netns.h"

/* What is under way when the generator returns arrives within this time, or was lost. */
#define PATIENCE_NS 200000000ULL

/* One core's part of a pass. */
struct share {
	struct generator *gen;
	unsigned int cpu;
	const char *netns;
	uint32_t packets;
	pthread_barrier_t *start;
	int err;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int run_open(struct run *run, unsigned int cores)
{
	int err = sink_open(&run->sink);

	for (run->cores = 0; !err && run->cores < cores; run->cores++)
		err = generator_open(&run->gen[run->cores]);
	if (err)
		fprintf(stderr, "bench: the programs cannot be loaded: %s\n", strerror(errno));
	return err;
}

void run_close(struct run *run)
{
	while (run->cores)
		generator_close(&run->gen[--run->cores]);
	sink_close(&run->sink);
}

int run_attach(struct run *run, const struct contender *contender)
{
	int err = netns_enter(NETNS_SINK);

	if (!err)
		err = sink_attach(&run->sink, contender->far);
	if (!err)
		err = netns_enter(NETNS_GEN);
	if (!err)
		err = sink_attach(&run->sink, contender->near);
	if (err)
		fprintf(stderr, "bench: the sink of %s cannot be attached: %s\n", contender->name,
			strerror(-err));
	return err;
}

static void *send_share(void *arg)
{
	struct share *share = arg;

	stay_on(share->cpu);
	share->err = netns_enter(share->netns);
	pthread_barrier_wait(share->start);
	if (!share->err)
		share->err = generator_send(share->gen, share->packets);
	return NULL;
}

static void start_others(struct share *share, pthread_t *thread, unsigned int cores)
{
	for (unsigned int i = 1; i < cores; i++)
		if (pthread_create(&thread[i], NULL, send_share, &share[i])) {
			perror("bench");
			exit(1);
		}
}

/* One core is this thread's, the others have threads of their own. *sent grows by what all sent. */
static int send_by_all(struct run *run, uint32_t packets, const char *netns, uint64_t *sent)
{
	struct share share[RUN_MAX_CORES];
	pthread_t thread[RUN_MAX_CORES];
	pthread_barrier_t start;
	int err = 0;

	pthread_barrier_init(&start, NULL, run->cores);
	for (unsigned int i = 0; i < run->cores; i++)
		share[i] = (struct share){
			.gen = &run->gen[i],
			.cpu = i,
			.netns = netns,
			.packets = packets / run->cores,
			.start = &start,
		};
	start_others(share, thread, run->cores);
	send_share(&share[0]);
	for (unsigned int i = 0; i < run->cores; i++) {
		if (i)
			pthread_join(thread[i], NULL);
		*sent += generator_made(share[i].gen);
		err = share[i].err ? share[i].err : err;
	}
	return err;
}

static struct sink_counts wait_for(const struct run *run, uint64_t arrived)
{
	uint64_t until = now_ns() + PATIENCE_NS;
	struct sink_counts counts;

	do
		counts = sink_read(&run->sink);
	while (counts.arrived < arrived && now_ns() < until);
	return counts;
}

/* A packet that is not what it should be is the contender's fault. One that is lost need not be:
 * when another CPU has begun to serve a queue and is called away, the queue overflows. */
static int judge(const struct contender *contender, const struct sink_counts *before,
		 const struct sink_counts *after, uint64_t sent)
{
	uint64_t arrived = after->arrived - before->arrived, wrong = after->wrong - before->wrong;
	uint64_t corrupt = after->corrupt - before->corrupt;

	if (arrived == sent && !wrong && !corrupt)
		return 0;
	fprintf(stderr,
		"bench: %s: of %llu packets %llu arrived, "
		"%llu of them with a wrong address or port, %llu with a wrong checksum\n",
		contender->name, (unsigned long long)sent, (unsigned long long)arrived,
		(unsigned long long)wrong, (unsigned long long)corrupt);
	return arrived > 0 && arrived < sent && !wrong && !corrupt ? -EAGAIN : -EBADMSG;
}

static int pass(struct run *run, struct contender *contender, uint32_t packets, bool replying)
{
	struct sink_counts before = sink_read(&run->sink), after;
	uint64_t sent = 0;
	int err = send_by_all(run, packets, replying ? NETNS_SINK : NETNS_GEN, &sent);

	if (err) {
		fprintf(stderr, "bench: %s: sending: %s\n", contender->name, strerror(-err));
		return err;
	}
	after = wait_for(run, before.arrived + sent);
	contender->sent += sent;
	contender->arrived += after.arrived - before.arrived;
	contender->moved += replying ? 0 : after.moved - before.moved;
	return judge(contender, &before, &after, sent);
}

/* Each core has its part of the flows, and goes on where it was. */
static void aim(struct run *run, const struct contender *contender, const struct traffic *traffic,
		uint32_t at)
{
	struct traffic part = *traffic;

	part.flows = (traffic->flows + run->cores - 1) / run->cores;
	for (unsigned int i = 0; i < run->cores; i++) {
		generator_aim(&run->gen[i], traffic->replying ? contender->far : contender->near,
			      &part, at);
		part.first += part.flows;
	}
}

/* A router takes the tag off. */
static void expect(struct run *run, const struct contender *contender,
		   const struct traffic *traffic, bool thorough)
{
	sink_expect(&run->sink, &(struct expectation){
					.translated = contender->kind == KIND_SNAT,
					.thorough = thorough,
					.tag = contender->kind == KIND_DIRECT ? traffic->tag : 0,
				});
}

int run_warm_up(struct run *run, struct contender *contender, const struct traffic *traffic)
{
	struct traffic answers = *traffic;
	int err;

	aim(run, contender, traffic, 0);
	expect(run, contender, traffic, true);
	err = pass(run, contender, traffic->flows, false);
	if (err || contender->kind != KIND_SNAT)
		return err;
	answers.replying = true;
	answers.tag = 0;
	aim(run, contender, &answers, 0);
	sink_expect(&run->sink,
		    &(struct expectation){.replying = true, .thorough = true, .tag = traffic->tag});
	return pass(run, contender, traffic->flows, true);
}

/* The first interval of a pass pays for its frames' memory too. What several cores do in the same
 * time is a part of it for each packet. */
static void take_samples(const struct run *run, struct samples *samples, unsigned int step)
{
	for (unsigned int core = 0; core < run->cores; core++)
		for (unsigned int i = 2; i < BENCH_STAMPS; i += step) {
			double ns = generator_interval(&run->gen[core], i);

			if (ns > 0)
				samples_add(samples, ns / run->cores);
		}
}

/* From where the last pass for this contender ended. */
static int send_on(struct run *run, struct contender *contender, const struct traffic *traffic,
		   uint32_t packets)
{
	int err;

	aim(run, contender, traffic, contender->at);
	expect(run, contender, traffic, false);
	err = pass(run, contender, packets, false);
	contender->at = generator_at(&run->gen[0]);
	return err;
}

int run_timed(struct run *run, struct contender *contender, const struct traffic *traffic,
	      uint32_t packets)
{
	int err = send_on(run, contender, traffic, packets);

	if (err)
		return err;
	take_samples(run, &contender->cost.turn, traffic->flood ? 2 : 1);
	return 0;
}

/* Without waiting, what one packet takes. */
static int try_alone(struct run *run, struct contender *contender, const struct traffic *traffic)
{
	struct traffic at_once = *traffic;
	struct samples samples = {};
	int err;

	at_once.paced = true;
	at_once.gap = 0;
	err = send_on(run, contender, &at_once, RUN_ALONE);
	take_samples(run, &samples, 1);
	if (!err && samples.n)
		contender->alone = samples_summary(&samples).median;
	samples_free(&samples);
	return err;
}

int run_alone(struct run *run, struct contender *contender, const struct traffic *traffic)
{
	int err = try_alone(run, contender, traffic);

	memset(sink_latencies(&run->sink), 0, LATENCY_PARTS * sizeof(struct latencies));
	return err;
}

static void take_latencies(const struct run *run, struct contender *contender, unsigned int parts)
{
	struct latencies *part = sink_latencies(&run->sink);

	for (unsigned int i = 0; i < parts; i++) {
		samples_add(&contender->cost.turn, latency_percentile(&part[i], 0.5));
		samples_add(&contender->tail.turn, latency_percentile(&part[i], 0.99));
		latencies_add(contender->latencies, &part[i]);
	}
	memset(part, 0, LATENCY_PARTS * sizeof(*part));
}

int run_paced(struct run *run, struct contender *contender, const struct traffic *traffic,
	      unsigned int parts)
{
	int err = send_on(run, contender, traffic, parts * LATENCY_PART);

	if (err) {
		memset(sink_latencies(&run->sink), 0, LATENCY_PARTS * sizeof(struct latencies));
		return err;
	}
	contender->gap += traffic->gap;
	take_latencies(run, contender, parts);
	return 0;
}
