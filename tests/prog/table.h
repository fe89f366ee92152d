/* SPDX-License-Identifier: GPL-2.0-only */
/* The session table as the cases look into it and fill it, by the programs' own code. */
#ifndef TEST_TABLE_H
#define TEST_TABLE_H

#include <stdbool.h>

#include <erxdp/maps.h>

/* After the maps were made, for as many sessions; what the programs' hash needs is written to
 * bench.control. */
void table_open(void);
void table_prepare(void);
/* No sessions. */
void table_clear(void);

/* The record of a live session, where it lies; NULL: there is none. */
struct session *session_of(struct flow inside);
struct session *session_of_outside(struct flow outside);
/* Makes a session, or writes one anew, whose flow inside is this. */
void session_write(struct flow inside, const struct session *session);
/* One that another CPU is just making: it holds its outside flow, no more. */
void session_half_made(struct flow inside, const struct session *session);
/* Ends a session behind the programs' back: nothing that is counted changes with it. */
void session_take_away(struct flow inside);

void sessions_visit(void (*visit)(const struct session *session, void *arg), void *arg);
/* How many there are; and that records, inside index and total agree. */
unsigned int session_count(void);
/* How many flows the outside index holds. */
unsigned int mapping_count(void);

#endif
