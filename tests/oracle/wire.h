/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The far ends of both routers' links, as raw sockets, and the barrier behind each step.
 *
 * Nothing says that a packet was dropped. So behind the step's packets follow two markers that are
 * known to come through, one on the fast path and one with IP options, which XDP leaves to the
 * kernel; when both are out on the other side, so is whatever went before. A second pair in the
 * other direction does the same for what came out on the step's own side.
 */
#ifndef ORACLE_WIRE_H
#define ORACLE_WIRE_H

#include "frame.h"
#include "net.h"

struct wire {
	int fd[ROUTERS][SIDES];
	int flush[ROUTERS]; /* netlink sockets in the routers' namespaces */
	uint32_t mark;
};

/* What came out of one router. */
struct output {
	struct frames side[SIDES];
};

/* `far`: the namespace with all far ends; `kernel`: that of the kernel's router. */
int wire_open(struct wire *wire, const char *far, const char *kernel);
/* 0, or -1 with a message where a marker is lost. */
int wire_exchange(struct wire *wire, enum side from, struct frames sent[ROUTERS],
		  struct output got[ROUTERS]);
/* Removes all entries of both routers' connection tracking. */
int wire_flush(struct wire *wire);

#endif
