// SPDX-License-Identifier: GPL-2.0-only
/* The live screen: made for 80 columns and 24 lines, and glad of more. */
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "sparkline.h"
#include "stats.h"

#define MINUTE	     60
#define SPARK_COLUMN 59 /* where the sparkline begins */
#define TEXT_COLUMN  42 /* where the meaning of a verdict begins */
#define MIN_COLUMNS  (SPARK_COLUMN + 10)

enum { PAIR_FAST = 1, PAIR_PASS, PAIR_DROP };

struct screen {
	double interval;
	unsigned int window; /* samples of a minute */
	bool utf8;
	struct history history[ERXDP_MAX_IFACES]; /* by slot: packets in */
	struct stats_sample before, now;
};

static volatile sig_atomic_t ended;

static void end_soon(int sig)
{
	(void)sig;
	ended = 1;
}

/* Without SA_RESTART, so that getch() returns. */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = end_soon};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

static SCREEN *open_terminal(struct screen *s)
{
	SCREEN *terminal;

	setlocale(LC_CTYPE, "");
	s->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return NULL;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(PAIR_FAST, COLOR_GREEN, -1);
		init_pair(PAIR_PASS, -1, -1);
		init_pair(PAIR_DROP, COLOR_RED, -1);
	}
	return terminal;
}

static void heading(int y, const char *text)
{
	attron(A_BOLD | A_UNDERLINE);
	mvprintw(y, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_BOLD | A_UNDERLINE);
}

static void draw_title(const struct screen *s)
{
	char keys[40];

	snprintf(keys, sizeof(keys), "every %g s  q quits ", s->interval);
	attron(A_REVERSE);
	mvhline(0, 0, ' ', COLS);
	mvprintw(0, 0, " erxdp  %s",
		 s->now.trusted ? "fast path on" : "tables not trusted: the kernel forwards");
	if (COLS > 60)
		mvaddstr(0, COLS - (int)strlen(keys), keys);
	attroff(A_REVERSE);
}

static void draw_summary(const struct screen *s)
{
	struct packet_totals t = counters_packets(s->now.counters);
	double fast = stats_fast_share(&s->before, &s->now);

	move(1, 0);
	printw(" sessions %s of %s   routes %s   dropped %s", text_count(s->now.sessions).s,
	       text_count(s->now.max_sessions).s, text_count(s->now.routes).s,
	       text_count(t.dropped).s);
	if (fast >= 0)
		printw("   fast %.2f %%", fast);
	clrtoeol();
}

static void draw_iface(struct screen *s, int y, const struct iface_counters *iface)
{
	struct stats_iface_rates r = stats_iface_rates(&s->before, &s->now, iface);
	unsigned int room = COLS > SPARK_COLUMN + 1 ? COLS - SPARK_COLUMN - 1 : 0;
	char blocks[3 * HISTORY_MAX + 1];

	mvprintw(y, 0, "%-15s %9s %11s %9s %11s", iface->name, text_si(r.in.packets).s,
		 text_rate(r.in.bits, "b/s").s, text_si(r.out.packets).s,
		 text_rate(r.out.bits, "b/s").s);
	sparkline(&s->history[iface->slot], s->window, room, s->utf8, blocks, sizeof(blocks));
	attron(COLOR_PAIR(PAIR_FAST));
	mvaddstr(y, SPARK_COLUMN + 1, blocks);
	attroff(COLOR_PAIR(PAIR_FAST));
}

/* Returns the next free line. */
static int draw_ifaces(struct screen *s, int y, int last)
{
	const struct counters *c = s->now.counters;

	heading(y++, "INTERFACE        IN pkt/s       bit/s OUT pkt/s       bit/s  "
		     "IN, LAST MINUTE");
	for (unsigned int i = 0; i < c->n && y < last; i++) {
		const struct iface_counters *iface = &c->iface[i];

		if (iface->slot == ERXDP_SLOT_REMOVED)
			continue; /* a line of zeros */
		if (iface->slot || counters_in(iface).packets)
			draw_iface(s, y++, iface);
	}
	return y;
}

static int colour_of(const struct stats_verdict *row)
{
	switch (verdict_group(row->verdict)) {
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

	attron(colour_of(row));
	mvprintw(y, 0, "%-17s", verdict_name(row->verdict));
	attroff(colour_of(row));
	printw(" %8s %13s  ", text_si(row->rate.packets).s, text_count(row->total.packets).s);
	if (room < 8)
		return;
	if ((int)strlen(text) <= room)
		addstr(text);
	else
		printw("%.*s...", room - 3, text);
}

static int by_total(const void *a, const void *b)
{
	const struct stats_verdict *x = a, *y = b;

	if (x->slow != y->slow)
		return x->slow - y->slow;
	return (x->total.packets < y->total.packets) - (x->total.packets > y->total.packets);
}

/* In the order of the list, so that lines stay where they are; the greatest first where there is no
 * room for all. */
static void draw_verdicts(const struct screen *s, int y)
{
	struct stats_verdict rows[STATS_MAX_VERDICTS];
	unsigned int n = stats_verdicts(&s->before, &s->now, rows);
	bool slow = false;

	if (n + 2 > (unsigned int)(LINES - y))
		qsort(rows, n, sizeof(rows[0]), by_total);
	heading(y++, "VERDICT              pkt/s         TOTAL  MEANING");
	for (unsigned int i = 0; i < n; i++) {
		if (rows[i].slow && !slow && y < LINES - 1)
			heading(y++, "of what XDP passed, TC saw");
		slow = rows[i].slow;
		if (y >= LINES - 1 && i + 1 < n) {
			mvprintw(y, 0, "and %u more; `erxdp stats --once` lists all", n - i);
			return;
		}
		draw_verdict(y++, &rows[i]);
	}
}

static void draw(struct screen *s)
{
	int y;

	erase();
	draw_title(s);
	draw_summary(s);
	y = draw_ifaces(s, 3, LINES / 2);
	draw_verdicts(s, y + 1);
	refresh();
}

static void remember(struct screen *s)
{
	for (unsigned int i = 0; i < s->now.counters->n; i++) {
		const struct iface_counters *iface = &s->now.counters->iface[i];
		struct stats_iface_rates r = stats_iface_rates(&s->before, &s->now, iface);

		history_add(&s->history[iface->slot], r.in.packets);
	}
}

/* Waits for the next sample; false when the user has had enough. */
static bool wait_for_next(struct screen *s)
{
	int key;

	timeout(s->interval * 1000);
	while (!ended && (key = getch()) != ERR) {
		if (key == 'q' || key == 'Q')
			return false;
		draw(s); /* a resized terminal, or any other key */
	}
	return !ended;
}

static int advance(struct screen *s, struct stats_source *source)
{
	struct stats_sample next;
	int err = stats_take(source, &next);

	if (err)
		return err;
	stats_drop(&s->before);
	s->before = s->now;
	s->now = next;
	remember(s);
	return 0;
}

static int run_screen(struct screen *s, struct stats_source *source)
{
	int err = stats_take(source, &s->before);

	if (!err)
		err = stats_take(source, &s->now);
	while (!err) {
		draw(s);
		if (!wait_for_next(s))
			break;
		err = advance(s, source);
	}
	stats_drop(&s->before);
	stats_drop(&s->now);
	return err;
}

int stats_screen(struct stats_source *source, double interval)
{
	struct screen *s = calloc(1, sizeof(*s));
	SCREEN *terminal;
	int err;

	if (!s)
		return -ENOMEM;
	s->interval = interval;
	s->window = interval < MINUTE ? MINUTE / interval : 1;
	terminal = open_terminal(s);
	if (!terminal) {
		free(s);
		return -ENOTTY;
	}
	catch_signals();
	err = run_screen(s, source);
	endwin();
	delscreen(terminal);
	free(s);
	return err;
}
