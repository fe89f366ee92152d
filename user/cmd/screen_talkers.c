// SPDX-License-Identifier: GPL-2.0-only
/* Inside hosts, peers' ports and outside ports by their sessions. */
#include <curses.h>
#include <netinet/in.h>

#include <erxdp/protocol.h>

#include "output.h"
#include "screen.h"

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * part / whole : 0;
}

/* What was read, and when. */
static void draw_footer(const struct screen *s, const struct talkers_walk *walk, uint32_t keys,
			const char *of)
{
	struct text age = text_duration(s->now.time > walk->ended ? s->now.time - walk->ended : 0);

	screen_put(LINES - 1, 0, "%s %s; %s %s sessions%s%s%s", text_count(keys).s, of,
		   walk->ended ? "all" : "so far", text_count(walk->sessions).s,
		   walk->ended ? ", read " : "", walk->ended ? age.s : "",
		   walk->ended ? " ago" : "");
}

/* Rates are there where sessions count their bytes. */
static void draw_heading(const struct screen *s, int y, const char *what)
{
	char text[96];

	snprintf(text, sizeof(text), "%-15s   SESSIONS   SHARE  HALF-OPEN     NEW/s%s", what,
		 s->account ? "       bit/s" : "");
	screen_heading(y, text);
}

static void draw_row(const struct screen *s, int y, const char *name, const struct tally_row *row,
		     uint64_t all)
{
	screen_put(y, 0, "%-15s %10s %6.1f%% %10s %9s", name,
		   text_count(row->count[TALLY_SESSIONS]).s, share(row->count[TALLY_SESSIONS], all),
		   text_count(row->count[TALLY_HALF_OPEN]).s,
		   text_si(row->count[TALLY_YOUNG] / (double)TALKERS_YOUNG).s);
	if (s->account)
		screen_put(y, 55, " %11s", text_rate(row->count[TALLY_RATE], "b/s").s);
}

/* The rows that are visible, and their number; keeps the scroll within them. */
static unsigned int rank(struct screen *s, const struct tally *tally, struct tally_row *rows)
{
	unsigned int n = tally_rank(tally, s->tally_order, rows, SCREEN_ROWS);

	if (s->scroll && s->scroll >= n)
		s->scroll = n ? n - 1 : 0;
	return n;
}

void screen_hosts(struct screen *s)
{
	const struct talkers_walk *walk = talkers_shown(&s->talkers);
	struct tally_row rows[SCREEN_ROWS];
	unsigned int n = rank(s, &walk->hosts, rows);
	int y = SCREEN_TOP;

	draw_heading(s, y++, "HOST");
	for (unsigned int i = s->scroll; i < n && y < LINES - 1; i++, y++)
		draw_row(s, y, text_addr(talkers_host(rows[i].key)).s, &rows[i], walk->sessions);
	draw_footer(s, walk, tally_keys(&walk->hosts), "inside hosts");
}

static struct text port_text(uint64_t key)
{
	uint8_t proto = talkers_proto(key);
	struct text t;

	if (proto == IPPROTO_ICMP || protocol_by_address(proto))
		return text_proto(proto);
	snprintf(t.s, sizeof(t.s), "%.16s %u", text_proto(proto).s, ntohs(talkers_port(key)));
	return t;
}

static unsigned int count_outside(const struct port_usage *u)
{
	unsigned int n = 0;

	for (const struct outside_ports *a = u->first; a; a = a->next)
		n++;
	return n;
}

/* At the foot, at most a third of the view; returns its first line. */
static int draw_outside(const struct port_usage *u)
{
	int rows = count_outside(u), most = (LINES - SCREEN_TOP) / 3, top, y;

	if (rows > most)
		rows = most;
	if (rows < 1)
		return LINES - 1;
	top = y = LINES - 1 - rows - 1;
	screen_heading(y++, "OUTSIDE         PROTO        PORTS   SHARE   SESSIONS");
	for (const struct outside_ports *a = u->first; a && y < LINES - 1; a = a->next, y++)
		screen_put(y, 0, "%-15s %-7s %10s %6.1f%% %10s", text_addr(a->addr).s,
			   text_proto(a->proto).s, text_count(a->ports).s,
			   share(a->ports, port_usage_range(u, a->proto)),
			   text_count(a->sessions).s);
	return top;
}

void screen_ports(struct screen *s)
{
	const struct talkers_walk *walk = talkers_shown(&s->talkers);
	struct tally_row rows[SCREEN_ROWS];
	unsigned int n = rank(s, &walk->ports, rows);
	int y = SCREEN_TOP, end = draw_outside(&walk->outside);

	draw_heading(s, y++, "TO PORT");
	for (unsigned int i = s->scroll; i < n && y < end; i++, y++)
		draw_row(s, y, port_text(rows[i].key).s, &rows[i], walk->sessions);
	draw_footer(s, walk, tally_keys(&walk->ports), "ports of peers");
}
