// SPDX-License-Identifier: GPL-2.0-only
#include "session_view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/protocol.h>
#include <erxdp/timeout.h>

#include "iface_names.h"
#include "output.h"
#include "sessions.h"

/* So many rows are laid out together; the widths below hold for nearly all data, so that the
 * columns of the next lot stand under them. */
#define VIEW_ROWS 1024

#define MAX_COLUMNS 10
#define CELL	    32 /* the longest: an address and port, or a device's name */

static const struct table_column columns[MAX_COLUMNS] = {
	{"PROTO", 5, false},	{"STATE", 7, false},  {"INSIDE", 15, false}, {"REMOTE", 15, false},
	{"OUTSIDE", 15, false}, {"UPLINK", 5, false}, {"IDLE", 5, true},     {"EXPIRES", 7, true},
	{"BYTES", 8, true},	{"AGE", 6, true},
};

/* Lists may have millions of rows, which would take libsmartcols twenty microseconds each. */
struct session_rows {
	unsigned int n;
	char cell[VIEW_ROWS][MAX_COLUMNS][CELL];
};

enum { COLUMN_BYTES = 8, COLUMN_AGE };

static bool has_column(const struct session_view *view, unsigned int c)
{
	return c == COLUMN_AGE ? view->age : c == COLUMN_BYTES ? view->bytes : true;
}

static unsigned int last_column(const struct session_view *view)
{
	unsigned int c = MAX_COLUMNS - 1;

	while (!has_column(view, c))
		c--;
	return c;
}

/* Seconds until the programs treat the session as absent. */
static uint32_t expires_in(const struct session_view *view, const struct session *s)
{
	uint32_t timeout = session_timeout(s, view->ctl);
	uint32_t idle = session_idle(s, view->now);

	return idle < timeout ? timeout - idle : 0;
}

static struct text endpoint(const struct flow *flow, __be32 addr, __be16 port)
{
	return protocol_by_address(flow->proto) ? text_addr(addr) : text_endpoint(addr, port);
}

static void set_cell(char *cell, const char *text)
{
	size_t len = strnlen(text, CELL - 1);

	memcpy(cell, text, len);
	cell[len] = '\0';
}

static void add_row(struct session_view *view, const struct session *s)
{
	const struct flow *inside = &s->inside;
	char(*cell)[CELL] = view->rows->cell[view->rows->n++];

	set_cell(cell[0], text_proto(inside->proto).s);
	set_cell(cell[1], session_state_name(s->state));
	set_cell(cell[2], endpoint(inside, inside->addr, inside->port).s);
	set_cell(cell[3], endpoint(inside, inside->remote, inside->remote_port).s);
	set_cell(cell[4], endpoint(inside, s->outside.addr, s->outside.port).s);
	set_cell(cell[5], iface_names_get(view->names, s->uplink));
	set_cell(cell[6], text_duration(session_idle(s, view->now)).s);
	set_cell(cell[7], text_duration(expires_in(view, s)).s);
	set_cell(cell[COLUMN_BYTES], text_count(session_bytes(s)).s);
	set_cell(cell[COLUMN_AGE], text_duration(session_lived(s, view->now)).s);
}

static int width_of(const struct session_rows *rows, unsigned int c)
{
	size_t width = columns[c].width, len;

	for (unsigned int r = 0; r < rows->n; r++) {
		len = strlen(rows->cell[r][c]);
		width = len > width ? len : width;
	}
	return width;
}

/* Appends a cell and the blank behind it; of the last one, the end of the line. */
static char *put_cell(char *to, const char *text, int width, bool right, bool last)
{
	int len = strlen(text), pad = width > len ? width - len : 0;

	if (right)
		to = memset(to, ' ', pad) + pad;
	to = mempcpy(to, text, len);
	if (!right && !last)
		to = memset(to, ' ', pad) + pad;
	*to++ = last ? '\n' : ' ';
	return to;
}

/* A line, from the texts of its cells. */
static void print_line(const struct session_view *view, const char *const *text, const int *width)
{
	unsigned int last = last_column(view);
	char line[MAX_COLUMNS * (CELL + 1)], *end = line;

	for (unsigned int c = 0; c <= last; c++)
		if (has_column(view, c))
			end = put_cell(end, text[c], width[c], columns[c].right, c == last);
	fwrite(line, 1, end - line, stdout);
}

static void print_rows(struct session_view *view)
{
	const char *text[MAX_COLUMNS];
	int width[MAX_COLUMNS];

	for (unsigned int c = 0; c < MAX_COLUMNS; c++) {
		width[c] = width_of(view->rows, c);
		text[c] = columns[c].name;
	}
	if (!view->headed)
		print_line(view, text, width);
	view->headed = true;
	for (unsigned int r = 0; r < view->rows->n; r++) {
		for (unsigned int c = 0; c < MAX_COLUMNS; c++)
			text[c] = view->rows->cell[r][c];
		print_line(view, text, width);
	}
	view->rows->n = 0;
}

static void print_json_endpoint(const char *key, __u8 proto, __be32 addr, __be16 port)
{
	printf(" \"%s\": { \"address\": \"%s\"", key, text_addr(addr).s);
	if (!protocol_by_address(proto))
		printf(", \"port\": %u", ntohs(port));
	printf(" },");
}

/* Of what is printed a device's name alone may need an escape; json-c would take as long as
 * libsmartcols. */
static void print_json_uplink(const struct session_view *view, const struct session *s)
{
	struct json_object *name = json_object_new_string(iface_names_get(view->names, s->uplink));

	printf(" \"uplink\": %s,",
	       json_object_to_json_string_ext(name, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(name);
}

static void print_json(const struct session_view *view, const struct session *s)
{
	const struct flow *inside = &s->inside;

	printf("{ \"protocol\": \"%s\", \"state\": \"%s\",", text_proto(inside->proto).s,
	       session_state_name(s->state));
	print_json_endpoint("inside", inside->proto, inside->addr, inside->port);
	print_json_endpoint("remote", inside->proto, inside->remote, inside->remote_port);
	print_json_endpoint("outside", inside->proto, s->outside.addr, s->outside.port);
	print_json_uplink(view, s);
	printf(" \"own\": %s, \"age\": %u, \"idle\": %u, \"timeout\": %u, \"expires\": %u",
	       s->flags & SESSION_OWN ? "true" : "false", session_lived(s, view->now),
	       session_idle(s, view->now), session_timeout(s, view->ctl), expires_in(view, s));
	if (view->bytes)
		printf(", \"bytes\": { \"out\": %" PRIu64 ", \"in\": %" PRIu64 " }",
		       (uint64_t)s->bytes_out, (uint64_t)s->bytes_in);
	printf(" }");
}

int session_view_begin(struct session_view *view)
{
	view->now = session_clock();
	if (view->json) {
		printf("{ \"sessions\": [");
		return 0;
	}
	view->rows = calloc(1, sizeof(*view->rows));
	return view->rows ? 0 : -ENOMEM;
}

int session_view_add(struct session_view *view, const struct session *s)
{
	if (view->json) {
		printf("%s\n  ", view->count++ ? "," : "");
		print_json(view, s);
	} else {
		view->count++;
		add_row(view, s);
		if (view->rows->n == VIEW_ROWS)
			print_rows(view);
	}
	/* Nobody reads any more. */
	return ferror(stdout) ? -EIO : 0;
}

int session_view_end(struct session_view *view)
{
	if (view->json)
		printf("\n], \"count\": %llu }\n", (unsigned long long)view->count);
	else if (view->rows->n)
		print_rows(view);
	free(view->rows);
	view->rows = NULL;
	return fflush(stdout) ? -EIO : 0;
}
