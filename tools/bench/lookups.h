/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single lookups (lookup.bpf.c): in the session table and a BPF hash with m->flows sessions, which
 * fill nine tenths of it, or in the route table and a BPF trie with m->routes prefixes.
 */
#ifndef BENCH_LOOKUPS_H
#define BENCH_LOOKUPS_H

#include "measure.h"

/* Fills m with a "contender" for each kind of lookup; the caller frees them. 0, or -1 with a
 * message. */
int lookups_measure(struct measurement *m);

#endif
