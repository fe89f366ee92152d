/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator: bench_gen under BPF_PROG_TEST_RUN with live frames. It sends in batches smaller
 * than the ring of a veth (256), and softirq carries each through the router to the sink before the
 * next one begins: nothing queues, and nothing is lost. Paced packets are batches of one.
 */
#ifndef BENCH_GENERATOR_H
#define BENCH_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

/* What is sent. */
struct traffic {
	struct bench_targets targets;
	uint32_t first, flows; /* the flows' numbers */
	uint32_t flood;	       /* not 0: every second interval is of new flows, from this one on */
	uint16_t tag;	       /* VLAN id; 0: none */
	bool replying;	       /* from the sink's side, to the outside address */
	bool paced;	       /* one by one, due at random times, or if `gap` is 0 at once */
	double gap;	       /* mean ns from one packet to the next */
};

struct generator {
	struct gen_bpf *skel;
	int fd;
};

int generator_open(struct generator *gen);
void generator_close(struct generator *gen);

/* Sends into this device from now on. at: a place in the order of the flows; generator_at() says
 * which one comes next. */
void generator_aim(struct generator *gen, unsigned int ifindex, const struct traffic *traffic,
		   uint32_t at);
uint32_t generator_at(const struct generator *gen);

/* Sends by this thread, in its namespace; once for each time that it is aimed. 0 or a negative
 * errno. */
int generator_send(struct generator *gen, uint32_t packets);

/* One frame, without sending it: its length, or a negative errno. */
int generator_frame(struct generator *gen, void *frame, unsigned int room);

/* What was made of it. */
uint32_t generator_made(const struct generator *gen);

/* Nanoseconds a packet from one stamp to the next, of interval i; negative: it was not finished. */
double generator_interval(const struct generator *gen, unsigned int i);

#endif
