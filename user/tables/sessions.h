/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions (translated flows) as the daemon and the commands see them: the records of the session
 * table (erxdp/session_table.h), which are read where they lie. Only the programs write them, some
 * of them on behalf of the daemon.
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

/* Was it never answered? Such a session gives way in a full table. */
bool session_half_open(const struct session *s);

/* Seconds since it began; `now` by session_clock(). */
uint32_t session_lived(const struct session *s, uint32_t now);

/* Octets of its packets both ways; 0 where CONTROL_ACCOUNT is not set. */
static inline uint64_t session_bytes(const struct session *s)
{
	return s->bytes_out + s->bytes_in;
}

/* How many sessions the table was made for. */
uint32_t sessions_room(const struct mapset *maps);
/* Of a table that was just made: what its hash needs. 0 or a negative errno. */
int sessions_prepare(const struct mapset *maps);

/* Calls visit with a copy of each session, until it returns other than 0; returns that, or 0. */
typedef int (*session_visit_fn)(const struct session *session, void *arg);
int sessions_walk(const struct mapset *maps, session_visit_fn visit, void *arg);
/*
 * A part of that walk, for who may not take long: looks at `budget` records at most from number *at
 * on (0 begins), and sets *at to where the next part goes on, 0 when the walk is over. Sessions may
 * begin and end between two parts: each is seen once at most, and those that live all the while
 * are.
 */
int sessions_walk_part(const struct mapset *maps, uint32_t *at, uint32_t budget,
		       session_visit_fn visit, void *arg);

/* Reads a session again that was visited; false where it has ended. */
bool session_again(const struct mapset *maps, uint32_t number, uint32_t life, struct session *copy);

/* Removes the session that was read, with what is counted of it. 1, 0 when it was gone already, or
 * a negative errno. */
int session_remove(const struct mapset *maps, const struct session *session);

/* Enters a session that the kernel's conntrack has (bpf/import.h); `anew`: in place of what is
 * known of it. enum import_answer, or a negative errno. */
int session_import(const struct mapset *maps, const struct session *session, bool anew);

/*
 * One step of the walk that removes expired sessions, for the daemon once a second: looks at
 * `budget` records at most, and goes on from there the next time. The number removed, or a negative
 * errno.
 */
int sessions_expire(const struct mapset *maps, uint32_t budget);

#endif
