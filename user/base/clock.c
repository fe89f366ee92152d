// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"

#include <time.h>

static struct timespec now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts;
}

uint64_t clock_ms(void)
{
	struct timespec ts = now();

	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

double clock_seconds(void)
{
	struct timespec ts = now();

	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void sleep_ms(uint64_t ms)
{
	const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&wait, NULL);
}
