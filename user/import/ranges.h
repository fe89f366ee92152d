/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of numbers as ranges: addresses, ports, protocols, devices. A set never changes once made;
 * its memory is the obstack's, where all of an import lives (without memory it ends the process,
 * with exit code 1).
 */
#ifndef ERXDP_RANGES_H
#define ERXDP_RANGES_H

#include <obstack.h>
#include <stdbool.h>
#include <stdint.h>

struct range {
	uint32_t first, last;
};

/* In order, with gaps between them; host byte order. */
struct ranges {
	unsigned int n;
	const struct range *range;
};

extern const struct ranges ranges_all, ranges_none;

struct ranges ranges_of(struct obstack *mem, uint32_t first, uint32_t last);
struct ranges ranges_or(struct obstack *mem, struct ranges a, struct ranges b);
struct ranges ranges_and(struct obstack *mem, struct ranges a, struct ranges b);
struct ranges ranges_not(struct obstack *mem, struct ranges a);
struct ranges ranges_minus(struct obstack *mem, struct ranges a, struct ranges b);
bool ranges_equal(struct ranges a, struct ranges b);
/* Is anything in both? */
bool ranges_meet(struct ranges a, struct ranges b);
/* Is all of b in a? */
bool ranges_cover(struct obstack *mem, struct ranges a, struct ranges b);
bool ranges_have(struct ranges a, uint32_t number);
uint64_t ranges_size(struct ranges a);

/* As prefixes, the fewest that make it up; at most `room` are stored. Returns their number. */
unsigned int ranges_prefixes(struct ranges a, struct range *prefix, unsigned int room);
/* Bits of the prefix that a range is. */
unsigned int range_bits(struct range prefix);

#endif
