/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions (translated flows) as the daemon and the commands see them.
 *
 * A session lives in two maps: `sessions` (inside flow -> struct session) and `mappings` (outside
 * flow -> inside flow), which claims the outside port. The mapping is made first and removed last,
 * so that no port is free while a session still uses it. A mapping without its session is an
 * orphan; since that is also how a session looks that is just being made, an orphan is removed only
 * when it was seen as one twice.
 */
#ifndef ERXDP_SESSIONS_H
#define ERXDP_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct mapset;

/* The programs treat a session as absent from its timeout on; it is removed this much later, so
 * that none is taken away under a packet that just revived it. */
#define SESSION_GRACE 5

/* CLOCK_MONOTONIC seconds, the programs' clock. */
uint32_t session_clock(void);
/* "new", "open", "closing", "closed" */
const char *session_state_name(unsigned int state);
/* The state of that name, 0 for none. */
unsigned int session_state_parse(const char *name);

/* Removes a session with its mapping and what is counted of it. 1, 0 when it was gone already, or a
 * negative errno. */
int session_remove(const struct mapset *maps, const struct flow *inside);

/*
 * One step of the walk that removes expired sessions and orphan mappings, for the daemon once a
 * second: looks at `budget` sessions at most, and goes on from there the next time. The number
 * removed, or a negative errno.
 */
int sessions_expire(const struct mapset *maps, uint32_t budget);

#endif
