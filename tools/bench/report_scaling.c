// SPDX-License-Identifier: GPL-2.0-only
#include "report_parts.h"

#include <stdio.h>
#include <string.h>

/* What cost is looked at against: the suite that varies it, and which number that is. */
struct axis {
	const char *suite, *name;
	uint64_t (*size)(const struct row *row);
};

static uint64_t size_routes(const struct row *row)
{
	return row->routes;
}

static uint64_t size_flows(const struct row *row)
{
	return row->flows;
}

static uint64_t size_cores(const struct row *row)
{
	return row->cores;
}

static const struct axis axes[] = {
	{"routes", "routes", size_routes},
	{"flows", "sessions", size_flows},
	{"cores", "cores", size_cores},
	{"lookups", "sessions, single lookups", size_flows},
	{"lookups", "routes, single lookups", size_routes},
};

#define MAX_SIZES 8

/* The suite's sizes in the order in which they were measured. */
static unsigned int find_sizes(const struct results *results, const struct axis *axis,
			       uint64_t size[MAX_SIZES])
{
	unsigned int n = 0;

	for (size_t i = 0; i < results->n && n < MAX_SIZES; i++) {
		const struct row *row = &results->row[i];
		uint64_t it = axis->size(row);

		if (!strcmp(row->suite, axis->suite) && it && (!n || size[n - 1] != it))
			size[n++] = it;
	}
	return n;
}

static const struct row *find(const struct results *results, const struct axis *axis,
			      const char *contender, uint64_t size)
{
	for (size_t i = 0; i < results->n; i++) {
		const struct row *row = &results->row[i];

		if (!strcmp(row->suite, axis->suite) && axis->size(row) == size &&
		    !strcmp(row->contender, contender))
			return row;
	}
	return NULL;
}

/* Of one contender at all sizes, and how often the cost at the first is in that at the last. */
static void print_contender(const struct results *results, const struct axis *axis,
			    const char *contender, const uint64_t *size, unsigned int n)
{
	double first = 0, last = 0;

	printf("%-19s", contender);
	for (unsigned int i = 0; i < n; i++) {
		const struct row *row = find(results, axis, contender, size[i]);

		if (row)
			printf(" %8.1f %7.1f |", row->net, row->net_min);
		else
			printf(" %8s %7s |", "-", "-");
		last = row ? row->net : 0;
		first = i ? first : last;
	}
	report_print_times(first > 0 && last > 0 ? last / first : 0);
	printf("\n");
}

static void print_axis(const struct results *results, const struct axis *axis)
{
	uint64_t size[MAX_SIZES];
	unsigned int n = find_sizes(results, axis, size);

	if (n < 2)
		return;
	printf("\nscaling: ns a packet by the number of %s, net and net fastest\n\n%-19s",
	       axis->name, "");
	for (unsigned int i = 0; i < n; i++)
		printf(" %16lu |", size[i]);
	printf(" %7s\n", "growth");
	for (size_t i = 0; i < results->n; i++) {
		const struct row *row = &results->row[i];

		if (!strcmp(row->suite, axis->suite) && axis->size(row) == size[0] &&
		    strcmp(row->kind, "direct"))
			print_contender(results, axis, row->contender, size, n);
	}
}

void scaling_print(const struct results *results)
{
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
		print_axis(results, &axes[i]);
}
