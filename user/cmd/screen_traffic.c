// SPDX-License-Identifier: GPL-2.0-only
/* Interfaces: a line each, and their graphs. */
#include <curses.h>
#include <stdio.h>

#include "output.h"
#include "screen.h"

#define MINUTE	      60
#define SPARK_COLUMN  59  /* where the sparkline begins */
#define GRAPH_SECONDS 300 /* of the graphs */
#define GRAPH_ROWS    4	  /* at least, for a graph to be worth it */

static void draw_blocks(int y, int x, const char *blocks)
{
	attron(COLOR_PAIR(PAIR_FAST));
	screen_put(y, x, "%s", blocks);
	attroff(COLOR_PAIR(PAIR_FAST));
}

static void draw_iface(struct screen *s, int y, const struct iface_counters *iface)
{
	struct stats_iface_rates r = stats_iface_rates(&s->before, &s->now, iface);
	unsigned int room = COLS > SPARK_COLUMN + 1 ? COLS - SPARK_COLUMN - 1 : 0;
	char blocks[3 * GRAPH_MAX + 1];

	screen_put(y, 0, "%-15s %9s %11s %9s %11s", iface->name, text_si(r.in.packets).s,
		   text_rate(r.in.bits, "b/s").s, text_si(r.out.packets).s,
		   text_rate(r.out.bits, "b/s").s);
	sparkline(&s->history[iface->slot].packets_in, screen_window(s, MINUTE), room, s->utf8,
		  blocks, sizeof(blocks));
	draw_blocks(y, SPARK_COLUMN + 1, blocks);
}

/* Returns the next free line. */
static int draw_ifaces(struct screen *s, int y, int last)
{
	const struct counters *c = s->now.counters;

	screen_heading(y++, "INTERFACE        IN pkt/s       bit/s OUT pkt/s       bit/s  "
			    "IN, LAST MINUTE");
	for (unsigned int i = 0; i < c->n && y < last; i++)
		if (screen_shows(&c->iface[i]))
			draw_iface(s, y++, &c->iface[i]);
	return y;
}

void screen_traffic(struct screen *s)
{
	int y = draw_ifaces(s, SCREEN_TOP, SCREEN_TOP + (LINES - SCREEN_TOP) / 2);

	screen_draw_verdicts(s, y + 1);
}

/* The heading is over the graph: what it is, now, and its greatest column. */
static void draw_graph(const struct screen *s, const struct history *h, const char *what,
		       double now, int y, int x, unsigned int rows, unsigned int width)
{
	char blocks[3 * GRAPH_MAX + 1];
	struct graph g;

	graph_make(&g, h, screen_window(s, GRAPH_SECONDS), width);
	screen_put(y, x, "%s %s, up to %s", what, text_rate(now, "b/s").s,
		   text_rate(g.top, "b/s").s);
	for (unsigned int row = 0; row < rows; row++) {
		graph_row(&g, row, rows, s->utf8, blocks, sizeof(blocks));
		draw_blocks(y + 1 + row, x + width - g.width, blocks);
	}
}

static void draw_both(struct screen *s, const struct iface_counters *iface, int y,
		      unsigned int rows)
{
	struct stats_iface_rates r = stats_iface_rates(&s->before, &s->now, iface);
	const struct iface_history *h = &s->history[iface->slot];
	unsigned int width = (COLS - 2) / 2;

	attron(A_BOLD);
	screen_put(y, 0, "%s", iface->name);
	attroff(A_BOLD);
	mvhline(y + rows + 2, 0, s->utf8 ? ACS_HLINE : '-', COLS);
	draw_graph(s, &h->bits_in, "in", r.in.bits, y + 1, 0, rows, width);
	draw_graph(s, &h->bits_out, "out", r.out.bits, y + 1, width + 2, rows, width);
}

/* As many interfaces as there is room for, at least one; then as high as they can be. */
void screen_graphs(struct screen *s)
{
	const struct counters *c = s->now.counters;
	unsigned int lines = LINES > SCREEN_TOP + 2 ? LINES - SCREEN_TOP - 1 : 0, n = 0, fit, y,
		     skip;

	for (unsigned int i = 0; i < c->n; i++)
		n += screen_shows(&c->iface[i]);
	fit = lines / (GRAPH_ROWS + 3);
	fit = fit > n ? n : fit;
	if (!fit) {
		screen_put(SCREEN_TOP, 0, n ? "no room for a graph" : "no interface");
		return;
	}
	if (s->scroll > n - fit)
		s->scroll = n - fit;
	skip = s->scroll;
	y = SCREEN_TOP;
	for (unsigned int i = 0, left = fit; i < c->n && left; i++) {
		if (!screen_shows(&c->iface[i]) || (skip && skip--))
			continue;
		draw_both(s, &c->iface[i], y, lines / fit - 3);
		y += lines / fit;
		left--;
	}
	screen_put(LINES - 1, 0, "the last %s, newest at the right%s",
		   text_duration(screen_window(s, GRAPH_SECONDS) * s->interval).s,
		   fit < n ? "; arrow keys show the other interfaces" : "");
}
