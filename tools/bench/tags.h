/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole path by the tags that frames bear at its two sides: erxdp's XDP program with the pinned
 * maps of a router that runs, under BPF_PROG_TEST_RUN, the frame made anew for each run by
 * anew.bpf.c. What follows the verdict, the redirect itself, is not in it. The router needs no VLAN
 * device, which not each kernel has: in the maps its inside interface is given a second key, and
 * its uplink's nexthops a tag, as the daemon would write them for one; and both are taken back
 * again.
 *
 * For a thread in the router's network and mount namespaces.
 */
#ifndef BENCH_TAGS_H
#define BENCH_TAGS_H

#include "measure.h"

/* Fills m with a "contender" for each combination; the caller frees them. 0, or -1 with a message.
 */
int tags_measure(struct measurement *m);

#endif
