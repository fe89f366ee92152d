// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *samples, double value)
{
	if (samples->n == samples->room) {
		samples->room = samples->room ? 2 * samples->room : 64;
		samples->value =
			reallocarray(samples->value, samples->room, sizeof(*samples->value));
		if (!samples->value) {
			perror("bench");
			exit(1);
		}
	}
	samples->value[samples->n++] = value;
}

void samples_free(struct samples *samples)
{
	free(samples->value);
	*samples = (struct samples){};
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* part: 0 is the least of them, 1 the greatest; between two samples, in proportion. */
static double quantile(const struct samples *samples, double part)
{
	double at = part * (samples->n - 1);
	size_t i = at;

	if (i + 1 >= samples->n)
		return samples->value[samples->n - 1];
	return samples->value[i] + (at - i) * (samples->value[i + 1] - samples->value[i]);
}

struct summary samples_summary(struct samples *samples)
{
	if (!samples->n)
		return (struct summary){};
	qsort(samples->value, samples->n, sizeof(*samples->value), ascending);
	return (struct summary){
		.median = quantile(samples, 0.5),
		.min = samples->value[0],
		.low = quantile(samples, 0.25),
		.high = quantile(samples, 0.75),
		.n = samples->n,
	};
}

void series_end_turn(struct series *series)
{
	for (size_t i = 0; i < series->turn.n; i++)
		samples_add(&series->all, series->turn.value[i]);
	samples_add(&series->turns, samples_summary(&series->turn).median);
	samples_free(&series->turn);
}

void series_free(struct series *series)
{
	samples_free(&series->turn);
	samples_free(&series->all);
	samples_free(&series->turns);
}
