/* SPDX-License-Identifier: GPL-2.0-only */
/* The generator's namespace and the sink's: a thread is in one of them at a time. */
#ifndef BENCH_NETNS_H
#define BENCH_NETNS_H

#define NETNS_GEN  "gen"
#define NETNS_SINK "sink"

/* 0 or a negative errno. */
int netns_enter(const char *name);

/* Enters the namespace, and the device's index there: 0 with a message where it has none. */
unsigned int netns_device(const char *netns, const char *device);

#endif
