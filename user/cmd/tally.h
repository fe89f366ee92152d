/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting sessions by a key of 64 bits, and which keys have the most. */
#ifndef ERXDP_TALLY_H
#define ERXDP_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "htable.h"

enum tally_order { TALLY_SESSIONS, TALLY_HALF_OPEN, TALLY_YOUNG, TALLY_RATE, TALLY_ORDERS };

struct tally_row {
	uint64_t key;
	uint64_t count[TALLY_ORDERS]; /* what it is sorted by; TALLY_RATE: bits a second */
	uint64_t bytes;		      /* what the sessions have had, of which the rate is made */
};

/* Zeroed it is empty. Owns its rows. */
struct tally {
	struct htable table;
	struct tally_chunk *chunks;
};

/* The row of that key, made where there was none; NULL without memory. */
struct tally_row *tally_get(struct tally *tally, uint64_t key);
/* Sets TALLY_RATE of each row by its bytes in an `earlier` tally, `seconds` before: 0 where
 * sessions that have ended took more with them than came, and where the key is new. */
void tally_set_rates(struct tally *tally, const struct tally *earlier, double seconds);
uint32_t tally_keys(const struct tally *tally);
/* Copies the `max` rows that have the most, falling; of equals the lower key is first. How many. */
unsigned int tally_rank(const struct tally *tally, enum tally_order order, struct tally_row *rows,
			unsigned int max);
/* It is empty then. */
void tally_free(struct tally *tally);

#endif
