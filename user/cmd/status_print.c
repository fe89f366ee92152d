// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "config_values.h"
#include "output.h"
#include "status.h"

#define LABEL "%-12s "

static void print_summary(const struct status *s)
{
	const char *what = status_good(s) ? "attached, fast path on"
			   : s->trusted	  ? "attached, not complete"
					  : "attached, the kernel forwards every packet";

	printf(LABEL "%s\n", "status", what);
	if (!status_good(s))
		printf(LABEL "%s\n", "why", status_why(s));
	if (s->other_netns)
		printf(LABEL "%s\n", "note",
		       "attached in another network namespace: device names may be wrong here");
}

static void print_confirm(const struct status *s)
{
	if (s->confirm == CONFIRM_NONE)
		return;
	printf(LABEL, "confirm");
	if (s->confirm == CONFIRM_PENDING)
		printf("undone in %s unless `erxdp confirm` comes\n",
		       text_duration(s->confirm_left).s);
	else
		puts(s->confirm == CONFIRM_OVERDUE   ? "nobody did in time: it is being undone"
		     : s->confirm == CONFIRM_UNKNOWN ? "its file cannot be read"
						     : "the attach is not complete yet");
}

static const char *mode_text(enum attach_mode mode)
{
	switch (mode) {
	case MODE_NATIVE:
		return "native XDP";
	case MODE_GENERIC:
		return "generic XDP";
	case MODE_TC:
		return "TC";
	default:
		return "auto";
	}
}

static void print_xdp_of(const struct status *s, unsigned int port)
{
	for (unsigned int i = 0; i < s->state.nxdp; i++)
		if (s->state.xdp[i].port == port)
			printf(" %s%s", s->state.xdp[i].name,
			       s->xdp_missing[i] ? " (removed by somebody)" : "");
}

static void print_ports(const struct status *s)
{
	for (unsigned int i = 0; i < s->state.nports; i++) {
		const struct state_port *port = &s->state.port[i];

		printf(LABEL "%s: %s", i ? "" : "ports", port->name, mode_text(port->mode));
		if (port->mode != MODE_TC) {
			printf(" on");
			print_xdp_of(s, port->ifindex);
		}
		if (port->why[0])
			printf(" (%s)", port->why);
		putchar('\n');
	}
}

static void print_tc(const struct status *s)
{
	if (!s->state.ntc)
		return;
	printf(LABEL, "tc");
	for (unsigned int i = 0; i < s->state.ntc; i++)
		printf("%s%s (%s)", i ? ", " : "", s->state.tc[i].name,
		       s->state.tc[i].tcx ? "tcx" : "clsact");
	putchar('\n');
}

static void print_offloads(const struct status *s)
{
	if (!s->state.noffloads)
		return;
	printf(LABEL "stripping of VLAN tags is off on", "offloads");
	for (unsigned int i = 0; i < s->state.noffloads; i++)
		printf("%s %s", i ? "," : "", s->state.offload[i].name);
	puts("; detach restores it");
}

static void print_tables(const struct status *s)
{
	uint64_t unresolved = status_daemon_number(s, "unresolved");

	printf(LABEL "%s prefixes", "routes", text_count(s->prefixes).s);
	if (s->daemon)
		printf(" (the kernel has %s routes), %s nexthops, %s groups",
		       text_count(status_daemon_number(s, "routes")).s,
		       text_count(status_daemon_number(s, "nexthops")).s,
		       text_count(status_daemon_number(s, "groups")).s);
	printf("\n" LABEL "%s", "neighbours", text_count(s->neighbours).s);
	if (unresolved)
		printf(", %s gateways not resolved", text_count(unresolved).s);
	printf("\n" LABEL "%s of %s\n", "sessions", text_count(s->sessions).s,
	       text_count(s->max_sessions).s);
}

static void print_sockets(const struct status *s)
{
	printf(LABEL, "sockets");
	if (!s->sockets_counted) {
		puts("not counted: what neither listens nor is connected may lose its port");
		return;
	}
	printf("%s ports are kept for this host's own", text_count(s->reserved_ports).s);
	if (s->sockets_no_room)
		printf("; %s times a socket found no room, whose port may be lost",
		       text_count(s->sockets_no_room).s);
	puts("");
}

static void print_daemon(const struct status *s)
{
	printf(LABEL, "daemon");
	if (s->daemon)
		printf("pid %s, up %s, %s resynchronisations, %s overruns\n",
		       text_number(status_daemon_number(s, "pid")).s,
		       text_duration(status_daemon_number(s, "uptime")).s,
		       text_count(status_daemon_number(s, "resyncs")).s,
		       text_count(status_daemon_number(s, "overruns")).s);
	else if (s->daemon_error == -ECONNREFUSED)
		puts("not running: the programs go on forwarding; start it with `erxdp run`");
	else if (s->daemon_error == -ETIMEDOUT)
		printf("does not answer (pid %d)\n", (int)s->state.pid);
	else
		printf("cannot be asked: %s\n", strerror(-s->daemon_error));
}

void status_print(const struct status *s)
{
	print_summary(s);
	print_confirm(s);
	print_ports(s);
	print_tc(s);
	print_offloads(s);
	print_tables(s);
	print_sockets(s);
	print_daemon(s);
}
