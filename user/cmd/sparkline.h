/* SPDX-License-Identifier: GPL-2.0-only */
/* The last minute of a value as a row of blocks, newest at the right. */
#ifndef ERXDP_SPARKLINE_H
#define ERXDP_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#define HISTORY_MAX 600 /* a minute at the shortest interval */

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

#endif
