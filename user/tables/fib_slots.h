/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of the elements of an array map. A number given back rests before it is given out again.
 */
#ifndef ERXDP_FIB_SLOTS_H
#define ERXDP_FIB_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

struct fib_slots {
	uint32_t max;	/* numbers are 1..max-1 */
	uint32_t fresh; /* none from here on was ever given out, but for those in `taken` */
	bool *taken;
	struct fib_resting {
		uint32_t slot;
		uint64_t since;
	} * resting; /* ring, oldest at `head` */
	uint32_t head, nresting;
	uint32_t nused; /* not those that rest */
};

int fib_slots_init(struct fib_slots *slots, uint32_t max);
void fib_slots_free(struct fib_slots *slots);
/* A number that was found in use; false: out of range or known already. */
bool fib_slots_take(struct fib_slots *slots, uint32_t slot);
/* Numbers that are not in use; some of them may rest. */
uint32_t fib_slots_left(const struct fib_slots *slots);
/* 0: none to be had now. */
uint32_t fib_slots_get(struct fib_slots *slots, uint64_t now);
void fib_slots_put(struct fib_slots *slots, uint32_t slot, uint64_t now);

#endif
