// SPDX-License-Identifier: GPL-2.0-only
#include "sparkline.h"

#include <string.h>

#define LEVELS	 8
#define NO_VALUE -1

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

void graph_make(struct graph *g, const struct history *h, unsigned int window, unsigned int width)
{
	if (window > HISTORY_MAX)
		window = HISTORY_MAX;
	if (width > window)
		width = window;
	*g = (struct graph){.width = width < GRAPH_MAX ? width : GRAPH_MAX};
	for (unsigned int i = 0; i < g->width; i++) {
		g->column[i] = mean(h, i * window / g->width, (i + 1) * window / g->width);
		if (g->column[i] > g->top)
			g->top = g->column[i];
	}
}

/* Appends where there is room; false where there is none. */
static bool append(char *buf, size_t len, size_t *used, const char *c)
{
	if (*used + strlen(c) >= len)
		return false;
	strcpy(buf + *used, c);
	*used += strlen(c);
	return true;
}

void sparkline(const struct history *h, unsigned int window, unsigned int width, bool utf8,
	       char *buf, size_t len)
{
	struct graph g;
	size_t used = 0;

	graph_make(&g, h, window, width);
	buf[0] = '\0';
	for (unsigned int i = g.width; i-- > 0;)
		if (!append(buf, len, &used, column(g.column[i], g.top, utf8)))
			return;
}

/* How much of the row a column fills: 0 to LEVELS. What is more than nothing fills a bit of the
 * lowest one. */
static unsigned int fill(const struct graph *g, double value, unsigned int row, unsigned int rows)
{
	unsigned int below = (rows - 1 - row) * LEVELS, height;

	if (value <= 0 || g->top <= 0)
		return 0;
	height = (unsigned int)(value / g->top * rows * LEVELS + 0.5);
	if (!height)
		height = 1;
	if (height <= below)
		return 0;
	return height - below < LEVELS ? height - below : LEVELS;
}

void graph_row(const struct graph *g, unsigned int row, unsigned int rows, bool utf8, char *buf,
	       size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int i = g->width; i-- > 0;) {
		unsigned int level = fill(g, g->column[i], row, rows);
		const char *c = level ? (utf8 ? blocks : ascii)[level - 1] : " ";

		if (!append(buf, len, &used, c))
			return;
	}
}
