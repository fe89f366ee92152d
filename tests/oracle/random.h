/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that a seed repeats (splitmix64). */
#ifndef ORACLE_RANDOM_H
#define ORACLE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint32_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (z ^ z >> 31) >> 16;
}

static inline uint32_t random_below(struct random *random, uint32_t bound)
{
	return random_next(random) % bound;
}

static inline bool random_percent(struct random *random, uint32_t percent)
{
	return random_below(random, 100) < percent;
}

#define random_of(random, array) ((array)[random_below(random, sizeof(array) / sizeof((array)[0]))])

#endif
