/* SPDX-License-Identifier: GPL-2.0-only */
/* CLOCK_MONOTONIC: time that nobody sets, and that stands while the host sleeps. */
#ifndef ERXDP_CLOCK_H
#define ERXDP_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
double clock_seconds(void);
/* Less, where a signal comes. */
void sleep_ms(uint64_t ms);

#endif
