/* SPDX-License-Identifier: GPL-2.0-only */
/* The bench's maps and programs between two test programs: see TEST_PINS_ENV in harness.h. */
#ifndef TEST_PINS_H
#define TEST_PINS_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the maps and programs of that size that an earlier process has pinned, the maps empty;
 * false where there are none. The bench's objects are open and not loaded. */
bool pins_take(uint32_t max_sessions);

/* Leaves the bench's for the next process; does nothing where TEST_PINS_ENV is not set. */
void pins_leave(uint32_t max_sessions);

#endif
