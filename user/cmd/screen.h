/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live screen of `erxdp stats`: what its views share. stats_screen.c has the terminal, the
 * samples and the keys; each view draws what lies between the tabs and the last line.
 *
 *     line 0   title           every view
 *     line 1   tables          every view
 *     line 2   daemon          every view
 *     line 3   tabs            every view
 *     line 4   ..LINES-1       the view
 */
#ifndef ERXDP_SCREEN_H
#define ERXDP_SCREEN_H

#include <stdbool.h>

#include "sparkline.h"
#include "stats.h"
#include "status.h"
#include "talkers.h"

#define SCREEN_TOP  4	/* a view's first line */
#define SCREEN_ROWS 128 /* the most that a view ranks */

enum { PAIR_FAST = 1, PAIR_PASS, PAIR_DROP };

enum screen_view { VIEW_TRAFFIC, VIEW_GRAPHS, VIEW_VERDICTS, VIEW_HOSTS, VIEW_PORTS, VIEWS };
enum verdict_order { VERDICTS_BY_LIST, VERDICTS_BY_RATE, VERDICTS_BY_TOTAL, VERDICT_ORDERS };

struct iface_history {
	struct history packets_in, bits_in, bits_out;
};

struct screen {
	double interval;
	bool utf8;
	enum screen_view view;
	enum verdict_order verdict_order;
	enum tally_order tally_order; /* of hosts and ports */
	bool drops_only;	      /* of verdicts */
	bool help;
	bool account;					/* sessions count their bytes */
	unsigned int scroll;				/* rows of the view above its first line */
	struct iface_history history[ERXDP_MAX_IFACES]; /* by slot */
	struct stats_sample before, now;
	struct status status; /* its maps are not its own */
	int status_error;
	struct talkers talkers;
};

/* Text at a place; what goes beyond the edge is cut off, where curses would go on in the next line.
 */
void screen_put(int y, int x, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A line of headings, reaching to the edge. */
void screen_heading(int y, const char *text);
/* The colour of a verdict. */
int screen_colour(unsigned int verdict);
/* Is the interface one to show? */
bool screen_shows(const struct iface_counters *iface);
/* Samples in so many seconds. */
unsigned int screen_window(const struct screen *s, unsigned int seconds);

/* The views; each keeps s->scroll within what it has. */
void screen_traffic(struct screen *s);
void screen_graphs(struct screen *s);
void screen_verdicts(struct screen *s);
void screen_hosts(struct screen *s);
void screen_ports(struct screen *s);
void screen_help(void);

/* The list of verdicts that VIEW_TRAFFIC has too, from line y on. */
void screen_draw_verdicts(struct screen *s, int y);

#endif
