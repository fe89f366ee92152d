// SPDX-License-Identifier: GPL-2.0-only
#include <curses.h>

#include "screen.h"

static const char *const lines[] = {
	"1  interfaces, and every packet's verdict",
	"2  graphs of each interface's traffic, the last five minutes",
	"3  verdicts: what became of every packet that came in, and why",
	"4  inside hosts by their sessions",
	"5  ports that are talked to, and outside ports in use",
	"",
	"Tab, left, right   the next view, or the one before",
	"up, down, PgUp, PgDn, Home   scroll",
	"s  sort by something else (verdicts, hosts, ports); the tabs' line says by what",
	"d  dropped packets only, or all (verdicts)",
	"h  this help; any key leaves it",
	"q  quit",
	"",
	"HALF-OPEN sessions were never answered. NEW/s is the mean of ten seconds.",
	"Rates of hosts and ports are there with accounting = yes in the configuration.",
	"Hosts and ports are counted while they are looked at: 262,144 sessions a second.",
};

void screen_help(void)
{
	int y = SCREEN_TOP;

	screen_heading(y++, "KEYS");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && y < LINES; i++)
		screen_put(y++, 0, "%s", lines[i]);
}
