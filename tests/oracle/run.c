// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "accept.h"
#include "build.h"
#include "normal.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int run_reset(struct run *run)
{
	run->flows.count = run->flows.number = run->flows.idle = run->flows.nsegments = 0;
	run->salt += 7919;
	if (run->reset && system(run->reset)) {
		fprintf(stderr, "oracle: failed: %s\n", run->reset);
		return -1;
	}
	if (wire_flush(&run->wire))
		return -1;
	run->quiet_since = now();
	return 0;
}

/* Damages what can be recognised again in a shorter sequence: one in sixteen UDP packets, by
 * length. */
static void sabotage(struct output *output)
{
	for (int s = 0; s < SIDES; s++)
		for (unsigned int i = 0; i < output->side[s].count; i++) {
			struct frame *frame = &output->side[s].frame[i];
			struct view view = frame_view(frame->data + L3, frame->len - L3);

			if (view.valid && view.proto == IPPROTO_UDP && view.ip[3] % 16 == 7)
				frame->data[frame->len - 1] ^= 1;
		}
}

/* Few of the many that there is room for are there. */
static void copy_frames(struct frames *to, const struct frames *from)
{
	to->count = from->count;
	for (unsigned int i = 0; i < from->count; i++) {
		to->frame[i].len = from->frame[i].len;
		memcpy(to->frame[i].data, from->frame[i].data, from->frame[i].len);
	}
}

static void normalise(struct run *run, enum router r)
{
	struct exchange *x = &run->x;

	for (int s = 0; s < SIDES; s++)
		copy_frames(&x->got[r].side[s], &x->raw[r].side[s]);
	for (int s = 0; s < SIDES; s++)
		for (unsigned int i = 0; i < x->got[r].side[s].count; i++) {
			run->came_out++;
			run->translated +=
				normal_frame(&run->flows, r, &x->got[r].side[s].frame[i]);
		}
}

static bool kept(const struct flow *flow, enum router r)
{
	return flow->outside[r] == flow->port;
}

static unsigned int port_class(uint16_t port)
{
	return port < 512 ? 0 : port < 1024 ? 1 : 2;
}

/* The bijection, and how the port was chosen. */
static const char *judge_ports(const struct run *run)
{
	const struct flow *flow = run->x.flow;

	if (!flow->fresh || !flow->known[KERNEL] || !flow->known[ERXDP])
		return NULL;
	if (kept(flow, KERNEL) && !kept(flow, ERXDP))
		return WHY_KERNEL_KEPT;
	if (!kept(flow, KERNEL) && kept(flow, ERXDP))
		return WHY_ERXDP_KEPT;
	if (flow->proto != IPPROTO_ICMP &&
	    port_class(flow->outside[ERXDP]) != port_class(flow->port))
		return "the outside port is of another class than the inside one";
	return NULL;
}

/* To learn of many differences at once: this one is printed, and its flow left alone. */
static bool survey(struct run *run)
{
	if (!run->survey)
		return false;
	run->survey--;
	printf("# %s\n", run->x.why);
	compare_print(stdout, &run->x);
	flow_retire(&run->flows, run->x.flow);
	return true;
}

static enum outcome judge(struct run *run)
{
	struct exchange *x = &run->x;
	int reason;

	if (!run->x.why)
		run->x.why = judge_ports(run);
	if (!run->x.why && compare_exchange(x))
		return RUN_SAME;
	if (!run->x.why)
		run->x.why = WHY_BYTES;
	reason = accept_difference(x);
	if (reason < 0)
		return survey(run) ? RUN_SAME : RUN_DIFFERENT;
	if (run->explain) {
		printf("# accepted as %s\n", accepted[reason].name);
		compare_print(stdout, x);
	}
	run->accepted[reason]++;
	if (accepted[reason].retires)
		flow_retire(&run->flows, x->flow);
	return RUN_SAME;
}

/* Both routers remember pieces of datagrams for up to 30 s, over a reset. */
#define PIECES_LIFE 31

/* Of what goes, or may leave, in pieces: an identification that nothing in pieces had lately. */
static uint32_t fresh_id(struct run *run, const struct step *step)
{
	uint32_t id = (step->id + run->salt) % 65535 + 1;

	if (!step->frag && step->len <= NET_MTU / 2)
		return id;
	for (unsigned int i = 0; i < 65535 && run->fragmented[id] > now() - PIECES_LIFE; i++)
		id = id % 65535 + 1;
	run->fragmented[id] = now();
	return id;
}

/* What another sender says to the outside address is of his flow, which it opens or knocks at. */
static void name_sender(struct step *step)
{
	struct step his = *step;

	his.remote = step->source;
	his.source = 0;
	if (step->from == OUTSIDE && step->source && !step->error && !step_is_untranslated(step) &&
	    !step_is_untranslated(&his))
		*step = his;
}

static enum outcome run_packet(struct run *run, const struct step *wanted)
{
	struct step *step = &run->step;
	struct exchange *x = &run->x;

	*step = *wanted;
	step->id = fresh_id(run, wanted);
	name_sender(step);
	x->step = step;
	x->flows = &run->flows;
	x->flow = flow_of(&run->flows, step);
	if (x->flow)
		x->flow = flow_receiver(&run->flows, x->flow, step);
	if (!x->flow || x->flow->retired) {
		run->skipped++;
		return RUN_SAME;
	}
	step->host = x->flow->host;
	step->port = x->flow->port;
	for (int r = 0; r < ROUTERS; r++) {
		build_frames(step, flow_port(x->flow, step, r), &x->sent[r]);
		run->packets += r == ERXDP ? x->sent[r].count : 0;
	}
	if (wire_exchange(&run->wire, step->from, x->sent, x->raw))
		return RUN_BROKEN;
	if (run->sabotage)
		sabotage(&x->raw[ERXDP]);
	flow_use(&run->flows, x->flow, step);
	run->x.why = NULL;
	for (int r = 0; r < ROUTERS; r++)
		if (!flow_learn(&run->flows, x->flow, step, r, &x->raw[r].side[OUTSIDE]))
			run->x.why = "one outside port for two flows that live";
	for (int r = 0; r < ROUTERS; r++)
		normalise(run, r);
	return judge(run);
}

static enum outcome run_idle(struct run *run, const struct step *step)
{
	usleep(step->idle * 1000000);
	run->quiet_since = now();
	run->flows.idle = run->flows.number;
	return RUN_SAME;
}

enum outcome run_sequence(struct run *run, const struct sequence *sequence, unsigned int *at)
{
	enum outcome outcome = RUN_SAME;

	for (unsigned int i = 0; i < sequence->count && outcome == RUN_SAME; i++) {
		const struct step *step = &sequence->step[i];

		*at = i;
		if (now() - run->quiet_since > run->silence_limit)
			return RUN_LATE;
		run->steps++;
		outcome = step->idle ? run_idle(run, step) : run_packet(run, step);
	}
	return outcome;
}
