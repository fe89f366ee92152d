// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "screen.h"

#define TEXT_COLUMN 42 /* where the meaning of a verdict begins */

int screen_colour(unsigned int verdict)
{
	switch (verdict_group(verdict)) {
	case VERDICT_FAST:
		return COLOR_PAIR(PAIR_FAST);
	case VERDICT_DROP:
		return COLOR_PAIR(PAIR_DROP);
	default:
		return COLOR_PAIR(PAIR_PASS);
	}
}

static void draw_verdict(int y, const struct stats_verdict *row)
{
	const char *text = verdict_text(row->verdict);
	int room = COLS - TEXT_COLUMN;

	attron(screen_colour(row->verdict));
	screen_put(y, 0, "%-17s", verdict_name(row->verdict));
	attroff(screen_colour(row->verdict));
	screen_put(y, 17, " %8s %13s", text_si(row->rate.packets).s,
		   text_count(row->total.packets).s);
	if (room < 8)
		return;
	if ((int)strlen(text) <= room)
		screen_put(y, TEXT_COLUMN, "%s", text);
	else
		screen_put(y, TEXT_COLUMN, "%.*s...", room - 3, text);
}

static int by_total(const void *a, const void *b)
{
	const struct stats_verdict *x = a, *y = b;

	if (x->slow != y->slow)
		return x->slow - y->slow;
	if (x->total.packets != y->total.packets)
		return x->total.packets < y->total.packets ? 1 : -1;
	return (int)x->verdict - (int)y->verdict;
}

static int by_rate(const void *a, const void *b)
{
	const struct stats_verdict *x = a, *y = b;

	if (x->slow != y->slow || x->rate.packets == y->rate.packets)
		return by_total(a, b);
	return x->rate.packets < y->rate.packets ? 1 : -1;
}

static unsigned int keep_drops(struct stats_verdict *rows, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (verdict_group(rows[i].verdict) == VERDICT_DROP)
			rows[kept++] = rows[i];
	return kept;
}

/* From rows[first] on; of those that the entry hooks passed, a heading comes first. */
static void draw_rows(const struct stats_verdict *rows, unsigned int n, unsigned int first, int y)
{
	bool slow = false;

	for (unsigned int i = first; i < n; i++) {
		if (rows[i].slow && !slow && y < LINES - 1)
			screen_heading(y++, "of what XDP passed, TC saw");
		slow = rows[i].slow;
		if (y >= LINES - 1 && i + 1 < n) {
			screen_put(y, 0, "and %u more; `erxdp stats --once` lists all", n - i);
			return;
		}
		draw_verdict(y++, &rows[i]);
	}
}

/* In the order of the list lines stay where they are; where there is no room for all, the greatest
 * come first. */
void screen_draw_verdicts(struct screen *s, int y)
{
	struct stats_verdict rows[STATS_MAX_VERDICTS];
	unsigned int n = stats_verdicts(&s->before, &s->now, rows);

	if (n + 2 > (unsigned int)(LINES - y))
		qsort(rows, n, sizeof(rows[0]), by_total);
	screen_heading(y++, "VERDICT              pkt/s         TOTAL  MEANING");
	draw_rows(rows, n, 0, y);
}

void screen_verdicts(struct screen *s)
{
	struct stats_verdict rows[STATS_MAX_VERDICTS];
	unsigned int n = stats_verdicts(&s->before, &s->now, rows);

	if (s->drops_only)
		n = keep_drops(rows, n);
	if (s->verdict_order != VERDICTS_BY_LIST)
		qsort(rows, n, sizeof(rows[0]),
		      s->verdict_order == VERDICTS_BY_RATE ? by_rate : by_total);
	screen_heading(SCREEN_TOP, "VERDICT              pkt/s         TOTAL  MEANING");
	if (!n)
		screen_put(SCREEN_TOP + 1, 0,
			   s->drops_only ? "nothing was dropped" : "no packet yet");
	if (s->scroll && s->scroll >= n)
		s->scroll = n ? n - 1 : 0;
	draw_rows(rows, n, s->scroll, SCREEN_TOP + 1);
}
