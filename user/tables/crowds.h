/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's part in the choice of ports: see erxdp/crowd.h. */
#ifndef ERXDP_CROWDS_H
#define ERXDP_CROWDS_H

#include <stdint.h>

#include <erxdp/maps.h>

struct mapset;

/* Gives the random ports their key, unless they have it. 0 or a negative errno. */
int port_secret_prepare(const struct mapset *maps);
/* Ends what nobody has searched for a while; the number ended. `now` is session_clock(). */
unsigned int crowds_expire(const struct mapset *maps, uint32_t now);

#endif
