/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_SECONDS_H
#define BENCH_SECONDS_H

#include <time.h>

/* CLOCK_MONOTONIC. */
static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#endif
