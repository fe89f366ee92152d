// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "fib.h"
#include "fib_slots.h"

int fib_slots_init(struct fib_slots *slots, uint32_t max)
{
	*slots = (struct fib_slots){.max = max, .fresh = 1};
	slots->taken = calloc(max, sizeof(*slots->taken));
	slots->resting = calloc(max, sizeof(*slots->resting));
	return slots->taken && slots->resting ? 0 : -ENOMEM;
}

void fib_slots_free(struct fib_slots *slots)
{
	free(slots->taken);
	free(slots->resting);
}

bool fib_slots_take(struct fib_slots *slots, uint32_t slot)
{
	if (!slot || slot >= slots->max || slots->taken[slot])
		return false;
	slots->taken[slot] = true;
	slots->nused++;
	return true;
}

uint32_t fib_slots_left(const struct fib_slots *slots)
{
	return slots->max - 1 - slots->nused;
}

static uint32_t take_rested(struct fib_slots *slots, uint64_t now)
{
	const struct fib_resting *oldest = &slots->resting[slots->head];

	if (!slots->nresting || now - oldest->since < FIB_SLOT_REST)
		return 0;
	slots->head = (slots->head + 1) % slots->max;
	slots->nresting--;
	return oldest->slot;
}

uint32_t fib_slots_get(struct fib_slots *slots, uint64_t now)
{
	uint32_t slot = take_rested(slots, now);

	while (!slot && slots->fresh < slots->max) {
		slot = slots->fresh++;
		if (slots->taken[slot])
			slot = 0;
	}
	if (slot) {
		slots->taken[slot] = true;
		slots->nused++;
	}
	return slot;
}

void fib_slots_put(struct fib_slots *slots, uint32_t slot, uint64_t now)
{
	uint32_t tail = (slots->head + slots->nresting++) % slots->max;

	/* Still out of reach of `fresh`, which may not have come by an adopted one yet. */
	slots->resting[tail] = (struct fib_resting){slot, now};
	slots->nused--;
}
