/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both BPF objects with their maps shared, in a network namespace of this process's own, and frames
 * run through them by BPF_PROG_TEST_RUN.
 *
 * The counters are plain memory-mapped arrays here instead of per-CPU ones: the programs cannot
 * tell, and the tests read them after each of hundreds of thousands of packets.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <erxdp/abi.h>
#include <erxdp/maps.h>

#include "packet.h"
#include "xdp.skel.h"
#include "tc.skel.h"

#define BENCH_SESSIONS	 20000 /* that the table is made for */
#define BENCH_SLOTS	 8     /* rows that are looked at */
#define BENCH_NEIGHBOURS 1024  /* fewer than in truth: emptying looks at all room, in each case */

/* What a program returned. */
#define TC_UNSPEC   -1
#define TC_SHOT	    2
#define TC_REDIRECT 7

/*
 * Set in the environment, both are for slow machines (tests/vm/programs).
 *
 * TEST_PINS_ENV: a directory of a bpf file system. The first program that wants tables of a size
 * pins them and the programs there, the next ones take them, emptied: the verifier needs longer
 * than most of the tests. Not for several at once. TEST_SCALE_ENV: what amounts that are only large
 * so as to be sure are divided by.
 */
#define TEST_PINS_ENV  "ERXDP_TEST_PINS"
#define TEST_SCALE_ENV "ERXDP_TEST_SCALE"

/* Set in the environment: no packet takes the express way (tests/test_stages.sh). */
#define TEST_STAGES_ENV "ERXDP_TEST_STAGES"

/* So many of what TEST_SCALE_ENV has fewer of; at least 1. */
unsigned int scaled(unsigned int amount);

struct bench {
	struct xdp_bpf *xdp;
	struct tc_bpf *tc;
	int program[HOOK_MAX]; /* descriptors, by hook */
	int sweep, import;
	struct control *control;
	struct route_line *route;
	struct route_chunk *route_chunk;
	struct nexthop *nexthop;
	struct nexthop_group *group;
	struct uplink *uplink;
	struct bond *bond;
	struct policy *policy;
	struct crowd *crowd;
	struct port_state *ports;
	struct counter *counters, *sent;
};

extern struct bench bench;

/* Group fixtures; the second one with a session table of four entries, the third one with more than
 * there are ports. */
int bench_open(void **state);
int bench_open_small(void **state);
int bench_open_large(void **state);
int bench_close(void **state);

/* The memory of an array that can be mapped, and its length. */
void *map_memory(struct bpf_map *map, size_t *len);

/* A shell command that must succeed. */
void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A packet at a hook. XDP: ifindex 0 is the loopback device. */
struct run {
	enum hook hook;
	uint32_t ifindex;
	uint32_t mark; /* in and out */
	uint32_t iif;  /* TC: the device the kernel got it from; 0: this host's own */
	uint32_t gso_size;
	int ret;
	struct frame frame; /* in and out */
};

/* 0, or what the kernel says of a frame that it does not run at all. */
int bench_run(struct run *run);

/* What the counters say since tally_reset(). */
struct tally {
	unsigned int entries; /* counters that are not zero */
	unsigned int slot, hook, verdict;
	struct counter counter; /* of the first one of them */
};

void tally_reset(void);
struct tally tally_read(void);

#endif
