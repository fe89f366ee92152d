/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which inside hosts and which ports have the most sessions, for a screen that is drawn each
 * second: of a walk over the sessions each step reads a bounded part. What is shown is of the last
 * walk that came to its end, or of the first one as far as it is.
 */
#ifndef ERXDP_TALKERS_H
#define ERXDP_TALKERS_H

#include <arpa/inet.h>
#include <stdint.h>

#include "port_usage.h"
#include "tally.h"

#define TALKERS_YOUNG 10 /* seconds for which a session is young */

struct mapset;

struct talkers_walk {
	struct tally hosts;	   /* inside, by talkers_host() */
	struct tally ports;	   /* of the peers, by talkers_port() */
	struct port_usage outside; /* of this host's side */
	uint64_t sessions;	   /* read */
	double ended;		   /* CLOCK_MONOTONIC seconds; 0 while it goes on */
};

/* Zeroed: nothing was read. */
struct talkers {
	uint32_t at; /* where the walk stands */
	struct talkers_walk now, last;
};

/* Reads `budget` records at most. 0 or -ENOMEM. */
int talkers_step(struct talkers *t, const struct mapset *maps, uint32_t budget);
const struct talkers_walk *talkers_shown(const struct talkers *t);
void talkers_free(struct talkers *t);

/* What the keys of the tallies mean; ports in network byte order. */
static inline __be32 talkers_host(uint64_t key)
{
	return htonl((uint32_t)key);
}

static inline uint8_t talkers_proto(uint64_t key)
{
	return key >> 16;
}

static inline __be16 talkers_port(uint64_t key)
{
	return htons((uint16_t)key);
}

#endif
