// SPDX-License-Identifier: GPL-2.0-only
#include "ranges.h"

#include <stdlib.h>
#include <string.h>

static const struct range whole = {0, UINT32_MAX};
const struct ranges ranges_all = {1, &whole};
const struct ranges ranges_none = {0, NULL};

static void grow(struct obstack *mem, struct range range)
{
	obstack_grow(mem, &range, sizeof(range));
}

static struct ranges finish(struct obstack *mem)
{
	unsigned int n = obstack_object_size(mem) / sizeof(struct range);

	return (struct ranges){n, obstack_finish(mem)};
}

struct ranges ranges_of(struct obstack *mem, uint32_t first, uint32_t last)
{
	if (first > last)
		return ranges_none;
	grow(mem, (struct range){first, last});
	return finish(mem);
}

struct ranges ranges_not(struct obstack *mem, struct ranges a)
{
	uint64_t next = 0;

	for (unsigned int i = 0; i < a.n; i++) {
		if (a.range[i].first > next)
			grow(mem, (struct range){next, a.range[i].first - 1});
		next = (uint64_t)a.range[i].last + 1;
	}
	if (next <= UINT32_MAX)
		grow(mem, (struct range){next, UINT32_MAX});
	return finish(mem);
}

bool ranges_meet(struct ranges a, struct ranges b)
{
	for (unsigned int i = 0, j = 0; i < a.n && j < b.n;) {
		if (a.range[i].last < b.range[j].first)
			i++;
		else if (b.range[j].last < a.range[i].first)
			j++;
		else
			return true;
	}
	return false;
}

static bool is_all(struct ranges a)
{
	return a.n == 1 && !a.range[0].first && a.range[0].last == UINT32_MAX;
}

struct ranges ranges_and(struct obstack *mem, struct ranges a, struct ranges b)
{
	if (is_all(a) || is_all(b))
		return is_all(a) ? b : a;
	for (unsigned int i = 0, j = 0; i < a.n && j < b.n;) {
		struct range x = a.range[i], y = b.range[j];
		uint32_t first = x.first > y.first ? x.first : y.first;
		uint32_t last = x.last < y.last ? x.last : y.last;

		if (first <= last)
			grow(mem, (struct range){first, last});
		if (x.last < y.last)
			i++;
		else
			j++;
	}
	return finish(mem);
}

struct ranges ranges_or(struct obstack *mem, struct ranges a, struct ranges b)
{
	struct ranges neither;

	if (!a.n || !b.n)
		return a.n ? a : b;
	neither = ranges_and(mem, ranges_not(mem, a), ranges_not(mem, b));
	return ranges_not(mem, neither);
}

struct ranges ranges_minus(struct obstack *mem, struct ranges a, struct ranges b)
{
	return ranges_and(mem, a, ranges_not(mem, b));
}

bool ranges_equal(struct ranges a, struct ranges b)
{
	return a.n == b.n && (!a.n || !memcmp(a.range, b.range, a.n * sizeof(a.range[0])));
}

bool ranges_cover(struct obstack *mem, struct ranges a, struct ranges b)
{
	return !ranges_minus(mem, b, a).n;
}

bool ranges_have(struct ranges a, uint32_t number)
{
	for (unsigned int i = 0; i < a.n; i++)
		if (a.range[i].first <= number && number <= a.range[i].last)
			return true;
	return false;
}

uint64_t ranges_size(struct ranges a)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < a.n; i++)
		size += (uint64_t)a.range[i].last - a.range[i].first + 1;
	return size;
}

/* The largest prefix that begins at `first` and ends by `last`. */
static struct range first_prefix(uint32_t first, uint32_t last)
{
	uint32_t hosts = UINT32_MAX;

	while (first & hosts || hosts > last - first)
		hosts >>= 1;
	return (struct range){first, first + hosts};
}

unsigned int ranges_prefixes(struct ranges a, struct range *prefix, unsigned int room)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < a.n; i++) {
		uint64_t next = a.range[i].first;

		while (next <= a.range[i].last) {
			struct range one = first_prefix(next, a.range[i].last);

			if (n++ < room)
				prefix[n - 1] = one;
			next = (uint64_t)one.last + 1;
		}
	}
	return n;
}

unsigned int range_bits(struct range prefix)
{
	uint32_t hosts = prefix.last - prefix.first;

	return hosts ? __builtin_clz(hosts) : 32;
}
