/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of result.c and machine.c, read again, with what the comparison of them adds. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds a packet. net: less what generator and sink cost alone; times: as a multiple of erxdp
 * in native mode under the same load, 0 where it was not measured. */
struct row {
	const char *suite, *contender, *kind;
	uint64_t flows, routes, cores, moved;
	double median, min, low, high, net, times_raw, times_net;
};

struct results {
	struct json_object *lines; /* an array; what the rows' strings belong to */
	struct json_object *machine;
	struct row *row;
	size_t n;
};

/* 0, or -1 with a message. */
int results_read(struct results *results, const char *path);
void results_free(struct results *results);

/* Whether both are of one table: the same suite with the same load. */
bool results_same_table(const struct row *a, const struct row *b);

/* Fails, with a message, if a contender was no dearer than the generator and the sink alone: then
 * these would be what was measured. */
int results_check(const struct results *results);

#endif
