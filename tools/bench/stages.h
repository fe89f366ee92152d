/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single stages: the programs on in0 of a router under BPF_PROG_TEST_RUN, again and again with one
 * packet that goes no further than a certain stage. It must be one that is left as it came, since
 * each run gets what the last one left; so the whole path is not among them, which the suite
 * "flows" has.
 */
#ifndef BENCH_STAGES_H
#define BENCH_STAGES_H

#include "measure.h"

/* Fills m with a "contender" for each stage; the caller frees them. 0, or -1 with a message. */
int stages_measure(struct measurement *m);

#endif
