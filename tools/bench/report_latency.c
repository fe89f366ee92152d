// SPDX-License-Identifier: GPL-2.0-only
#include "report_parts.h"

#include <stdio.h>

static void print_columns(const char *percentile)
{
	printf(" | %7s %15s %7s %7s %7s", percentile, "quartiles", "fastest", "net", "fastest");
}

void latency_print_columns(void)
{
	printf("%-19s %7s", "", "kpps");
	print_columns("50th");
	printf(" %7s", "x erxdp");
	print_columns("99th");
	printf(" | %8s\n", "of all");
}

/* No multiple of the 99th: what the machine adds to it, and the subtraction takes off again, is
 * many times what is left. */
void latency_print_row(const struct row *row)
{
	const struct tail *tail = &row->tail;

	printf("%-19s %7.0f", row->contender, 1e6 / row->gap);
	printf(" | %7.0f %7.0f %7.0f %7.0f %7.0f %7.0f", row->median, row->low, row->high, row->min,
	       row->net, row->net_min);
	report_print_times(row->times_net);
	printf(" | %7.0f %7.0f %7.0f %7.0f %7.0f %7.0f", tail->median, tail->low, tail->high,
	       tail->min, tail->net, tail->net_min);
	printf(" | %8.0f", tail->all);
}
