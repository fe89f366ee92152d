// SPDX-License-Identifier: GPL-2.0-only
/* The live screen: the terminal, the samples, the keys, and the lines that every view has
 * (screen.h). Made for 80 columns and 24 lines, and glad of more. */
#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "clock.h"
#include "mapset.h"
#include "output.h"
#include "screen.h"

#define WALK_RATE     262144 /* records of sessions that are read in a second */
#define WALK_SECONDS  4	     /* for which they are read at once, where the interval is longer */
#define STATUS_PERIOD 1	     /* seconds; longer where the daemon keeps us waiting */
#define STATUS_SLOW   10
#define FILL_COLUMNS  10 /* of the bar of the session table */
#define PAGE	      10 /* rows */

static const char *const view_names[VIEWS] = {"traffic", "graphs", "verdicts", "hosts", "ports"};
static const char *const verdict_orders[VERDICT_ORDERS] = {"the list", "rate", "total"};
static const char *const tally_orders[TALLY_ORDERS] = {"sessions", "half-open", "new", "rate"};

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

void screen_heading(int y, const char *text)
{
	attron(A_BOLD | A_UNDERLINE);
	screen_put(y, 0, "%-*.*s", COLS, COLS, text);
	attroff(A_BOLD | A_UNDERLINE);
}

bool screen_shows(const struct iface_counters *iface)
{
	if (iface->slot == ERXDP_SLOT_REMOVED)
		return false; /* a line of zeros */
	return iface->slot || counters_in(iface).packets;
}

unsigned int screen_window(const struct screen *s, unsigned int seconds)
{
	double samples = seconds / s->interval;

	return samples < 1 ? 1 : samples > HISTORY_MAX ? HISTORY_MAX : samples;
}

/* The bytes of its first columns, where every character has one column: curses counts bytes. */
static int bytes_of(const char *text, int columns)
{
	mbstate_t state = {0};
	size_t n, len = 0;

	for (; columns > 0 && text[len]; columns--) {
		n = mbrlen(text + len, MB_CUR_MAX, &state);
		if (n > MB_CUR_MAX) { /* no character of this locale's */
			n = 1;
			state = (mbstate_t){0};
		}
		len += n;
	}
	return len;
}

void screen_put(int y, int x, const char *format, ...)
{
	char text[3 * GRAPH_MAX + 1]; /* a graph's row is the longest */
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (x < COLS)
		mvaddnstr(y, x, text, bytes_of(text, COLS - x));
}

static void draw_title(const struct screen *s)
{
	double fast = stats_fast_share(&s->before, &s->now);
	char keys[48];

	snprintf(keys, sizeof(keys), "  every %g s  h help  q quits ", s->interval);
	attron(A_REVERSE);
	mvhline(0, 0, ' ', COLS);
	if (!s->now.trusted)
		screen_put(0, 0, " erxdp  tables not trusted: the kernel forwards");
	else if (fast < 0)
		screen_put(0, 0, " erxdp  fast path on");
	else
		screen_put(0, 0, " erxdp  fast path on: %.4g %% of the packets", fast);
	if (COLS > 70)
		screen_put(0, COLS - (int)strlen(keys), "%s", keys);
	attroff(A_REVERSE);
}

/* " [###       ]", as wide as there is room for. What has anything in it has a block. */
static void make_bar(char *bar, int room, double filled)
{
	int columns = room - 3 > FILL_COLUMNS ? FILL_COLUMNS : room - 3;
	int blocks = filled * columns + 0.5;

	if (filled > 0 && !blocks)
		blocks = 1;
	if (columns >= 3) {
		*bar++ = ' ';
		*bar++ = '[';
		for (int i = 0; i < columns; i++)
			*bar++ = i < blocks ? '#' : ' ';
		*bar++ = ']';
	}
	*bar = '\0';
}

static void draw_tables(const struct screen *s)
{
	double filled = s->now.max_sessions ? (double)s->now.sessions / s->now.max_sessions : 0;
	unsigned int permille = filled * 1000 + 0.5;
	char head[128], tail[192], bar[FILL_COLUMNS + 4];

	snprintf(head, sizeof(head), " sessions %s of %s", text_count(s->now.sessions).s,
		 text_count(s->now.max_sessions).s);
	snprintf(tail, sizeof(tail), " %u.%u%%  routes %s  neighbours %s", permille / 10,
		 permille % 10, text_count(s->now.routes).s, text_count(s->status.neighbours).s);
	make_bar(bar, COLS - (int)(strlen(head) + strlen(tail)), filled);
	screen_put(1, 0, "%s%s%s", head, bar, tail);
}

/* Is it in step with the kernel? */
static void draw_daemon(const struct screen *s)
{
	const struct status *st = &s->status;
	struct packet_totals t = counters_packets(s->now.counters);
	char text[256];

	if (s->status_error)
		snprintf(text, sizeof(text), "the status cannot be read: %s",
			 strerror(-s->status_error));
	else if (!status_good(st))
		snprintf(text, sizeof(text), "%s", status_why(st));
	else
		snprintf(text, sizeof(text),
			 "in step: daemon up %s, %s resyncs, %s overruns  dropped %s",
			 text_duration(status_daemon_number(st, "uptime")).s,
			 text_count(status_daemon_number(st, "resyncs")).s,
			 text_count(status_daemon_number(st, "overruns")).s,
			 text_count(t.dropped).s);
	if (s->status_error || !status_good(st))
		attron(COLOR_PAIR(PAIR_DROP));
	screen_put(2, 1, "%s", text);
	attroff(COLOR_PAIR(PAIR_DROP));
}

static const char *order_name(const struct screen *s)
{
	switch (s->view) {
	case VIEW_VERDICTS:
		return verdict_orders[s->verdict_order];
	case VIEW_HOSTS:
	case VIEW_PORTS:
		return tally_orders[s->tally_order];
	default:
		return NULL;
	}
}

static void draw_tabs(const struct screen *s)
{
	const char *order = order_name(s);
	int x = 0;

	for (int v = 0; v < VIEWS; v++) {
		if (v == (int)s->view)
			attron(A_REVERSE);
		screen_put(3, x, " %d %s ", v + 1, view_names[v]);
		attroff(A_REVERSE);
		x += strlen(view_names[v]) + 4;
	}
	if (order)
		screen_put(3, x, "  by %s%s", order,
			   s->view == VIEW_VERDICTS && s->drops_only ? ", drops only" : "");
}

static void draw(struct screen *s)
{
	static void (*const views[VIEWS])(struct screen *) = {
		screen_traffic, screen_graphs, screen_verdicts, screen_hosts, screen_ports,
	};

	erase();
	draw_title(s);
	draw_tables(s);
	draw_daemon(s);
	draw_tabs(s);
	if (s->help)
		screen_help();
	else
		views[s->view](s);
	refresh();
}

static void remember(struct screen *s)
{
	for (unsigned int i = 0; i < s->now.counters->n; i++) {
		const struct iface_counters *iface = &s->now.counters->iface[i];
		struct stats_iface_rates r = stats_iface_rates(&s->before, &s->now, iface);
		struct iface_history *h = &s->history[iface->slot];

		history_add(&h->packets_in, r.in.packets);
		history_add(&h->bits_in, r.in.bits);
		history_add(&h->bits_out, r.out.bits);
	}
}

/* Not with every sample: it asks the daemon, which may be stopped and let us wait. */
static void take_status(struct screen *s)
{
	static double next;

	if (s->now.time < next)
		return;
	status_forget(&s->status);
	s->status_error = status_read(&s->status);
	next = s->now.time + (s->status.daemon_error == -ETIMEDOUT ? STATUS_SLOW : STATUS_PERIOD) -
	       0.05;
}

/* Only for who looks; some 60 ms at most. Out of memory it begins anew. */
static void take_talkers(struct screen *s, const struct mapset *maps)
{
	uint32_t budget = WALK_RATE * (s->interval < WALK_SECONDS ? s->interval : WALK_SECONDS);

	if (s->view != VIEW_HOSTS && s->view != VIEW_PORTS)
		talkers_free(&s->talkers);
	else if (talkers_step(&s->talkers, maps, budget))
		talkers_free(&s->talkers);
}

/* With every sample: a reload may have changed it. */
static void note_accounting(struct screen *s, const struct mapset *maps)
{
	s->account = maps->ctl->flags & CONTROL_ACCOUNT;
	if (!s->account && s->tally_order >= TALLY_RATE)
		s->tally_order = 0;
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
	note_accounting(s, source->maps);
	remember(s);
	take_status(s);
	take_talkers(s, source->maps);
	return 0;
}

static void turn_to(struct screen *s, int view)
{
	s->view = (view + VIEWS) % VIEWS;
	s->scroll = 0;
}

static void sort_otherwise(struct screen *s)
{
	if (s->view == VIEW_VERDICTS)
		s->verdict_order = (s->verdict_order + 1) % VERDICT_ORDERS;
	else if (s->view == VIEW_HOSTS || s->view == VIEW_PORTS)
		s->tally_order = (s->tally_order + 1) % (s->account ? TALLY_ORDERS : TALLY_RATE);
	s->scroll = 0;
}

static void scroll_by(struct screen *s, int rows)
{
	s->scroll = rows < 0 && s->scroll < (unsigned int)-rows ? 0 : s->scroll + rows;
}

/* False where the user has had enough. */
static bool obey(struct screen *s, int key)
{
	if (key == 'q' || key == 'Q')
		return false;
	if (s->help && key != KEY_RESIZE) {
		s->help = false;
		return true;
	}
	switch (key) {
	case '1' ... '0' + VIEWS:
		turn_to(s, key - '1');
		break;
	case '\t':
	case KEY_RIGHT:
		turn_to(s, s->view + 1);
		break;
	case KEY_BTAB:
	case KEY_LEFT:
		turn_to(s, s->view - 1);
		break;
	case KEY_UP:
		scroll_by(s, -1);
		break;
	case KEY_DOWN:
		scroll_by(s, 1);
		break;
	case KEY_PPAGE:
		scroll_by(s, -PAGE);
		break;
	case KEY_NPAGE:
		scroll_by(s, PAGE);
		break;
	case KEY_HOME:
		s->scroll = 0;
		break;
	case 's':
		sort_otherwise(s);
		break;
	case 'd':
		s->drops_only = !s->drops_only;
		s->scroll = 0;
		break;
	case 'h':
	case '?':
		s->help = true;
		break;
	}
	return true;
}

static double left_of(const struct screen *s)
{
	return s->now.time + s->interval - clock_seconds();
}

/* Obeys keys until the next sample is due; false where it is over. */
static bool wait_for_next(struct screen *s, const struct mapset *maps)
{
	double left;
	int key;

	while (!ended && (left = left_of(s)) > 0) {
		timeout(left * 1000 + 1);
		key = getch();
		if (key == ERR && isatty(STDIN_FILENO))
			continue;
		/* Without a terminal, too, where it was taken away without a signal. */
		if (key == ERR || !obey(s, key))
			return false;
		/* Who turns to them sees something at once. */
		if (!talkers_shown(&s->talkers)->sessions)
			take_talkers(s, maps);
		draw(s); /* a resized terminal, too */
	}
	return !ended;
}

static int run_screen(struct screen *s, struct stats_source *source)
{
	int err = stats_take(source, &s->before);

	s->status.maps = *source->maps;
	note_accounting(s, source->maps);
	if (!err)
		err = stats_take(source, &s->now);
	if (!err)
		take_status(s);
	while (!err) {
		draw(s);
		if (!wait_for_next(s, source->maps))
			break;
		err = advance(s, source);
	}
	stats_drop(&s->before);
	stats_drop(&s->now);
	status_forget(&s->status);
	talkers_free(&s->talkers);
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
