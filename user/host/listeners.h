/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of this host that wait for whoever comes: TCP ones that listen, UDP ones that are
 * bound and not connected. */
#ifndef ERXDP_LISTENERS_H
#define ERXDP_LISTENERS_H

#include <stdint.h>

#include <linux/types.h>

struct listener {
	uint8_t proto;
	uint16_t port;
	__be32 addr; /* 0: every address of this host's */
};

/* Nonzero ends the walk. */
typedef int (*listener_fn)(const struct listener *listener, void *arg);
/* What the last visit returned, or a negative errno. */
int listeners_walk(listener_fn visit, void *arg);

#endif
