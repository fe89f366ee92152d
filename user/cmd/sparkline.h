/* SPDX-License-Identifier: GPL-2.0-only */
/* The last minutes of a value as blocks, newest at the right: a row of them, or a graph of several.
 */
#ifndef ERXDP_SPARKLINE_H
#define ERXDP_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#define HISTORY_MAX 600 /* a minute at the shortest interval, ten at the usual one */
#define GRAPH_MAX   256 /* columns */

struct history {
	unsigned int n, next;
	double value[HISTORY_MAX];
};

void history_add(struct history *h, double value);

/*
 * Draws the last `window` values, at most HISTORY_MAX, over `width` columns: a column is the mean
 * of its values, heights go from 0 to the greatest column, columns without values are blank. buf
 * takes 3 bytes a column and the end.
 */
void sparkline(const struct history *h, unsigned int window, unsigned int width, bool utf8,
	       char *buf, size_t len);

/* The same columns, to be drawn in several rows. */
struct graph {
	unsigned int width;
	double column[GRAPH_MAX]; /* from the newest on; negative where there is no value */
	double top;		  /* the greatest one, 0 where there is none */
};

void graph_make(struct graph *g, const struct history *h, unsigned int window, unsigned int width);
/* Row `row` of `rows`, 0 on top; buf takes 3 bytes a column and the end. */
void graph_row(const struct graph *g, unsigned int row, unsigned int rows, bool utf8, char *buf,
	       size_t len);

#endif
