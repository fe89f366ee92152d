// SPDX-License-Identifier: GPL-2.0-only
#include "sparkline.h"

#include <string.h>

#define LEVELS	  8
#define NO_VALUE  -1
#define MAX_WIDTH 256

static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

void history_add(struct history *h, double value)
{
	h->value[h->next] = value;
	h->next = (h->next + 1) % HISTORY_MAX;
	if (h->n < HISTORY_MAX)
		h->n++;
}

/* Mean of the values that are `from` to `to` - 1 steps old. */
static double mean(const struct history *h, unsigned int from, unsigned int to)
{
	unsigned int n = 0;
	double sum = 0;

	for (unsigned int age = from; age < to && age < h->n; age++, n++)
		sum += h->value[(h->next + HISTORY_MAX - 1 - age) % HISTORY_MAX];
	return n ? sum / n : NO_VALUE;
}

static const char *column(double value, double top, bool utf8)
{
	unsigned int level = 0;

	if (value < 0)
		return " ";
	/* Anything above nothing stands out from nothing. */
	if (value > 0)
		level = 1 + (unsigned int)(value / top * (LEVELS - 2) + 0.5);
	return utf8 ? blocks[level] : ascii[level];
}

void sparkline(const struct history *h, unsigned int window, unsigned int width, bool utf8,
	       char *buf, size_t len)
{
	double value[MAX_WIDTH], top = 0;
	size_t used = 0;

	if (window > HISTORY_MAX)
		window = HISTORY_MAX;
	if (width > window)
		width = window;
	if (width > MAX_WIDTH)
		width = MAX_WIDTH;
	for (unsigned int i = 0; i < width; i++) {
		value[i] = mean(h, i * window / width, (i + 1) * window / width);
		if (value[i] > top)
			top = value[i];
	}
	buf[0] = '\0';
	for (unsigned int i = width; i-- > 0;) {
		const char *c = column(value[i], top, utf8);

		if (used + strlen(c) >= len)
			return;
		strcpy(buf + used, c);
		used += strlen(c);
	}
}
