// SPDX-License-Identifier: GPL-2.0-only
/*
 * erxdp nat hosts. One walk over the sessions counts them by inside host: that is right with and
 * without limits; the programs' own counters (`hosts`), where there are limits, add what each was
 * refused.
 */
#include "nat_hosts.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <json-c/json.h>
#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/maps.h>

#include "cmd.h"
#include "cmd_common.h"
#include "mapset.h"
#include "output.h"
#include "sessions.h"

static const char help[] =
	"usage: erxdp nat hosts [-j]    inside hosts by their number of sessions\n"
	"\n"
	"HALF-OPEN are those never answered, which give way in a full table. REFUSED counts what a "
	"limit\n"
	"refused since the host has had sessions.\n"
	"\n"
	"  -j, --json                   print JSON\n"
	"  -h, --help                   print this\n";

struct host_row {
	__be32 addr;
	uint32_t sessions, half_open, refused;
};

/* Sorted by address when complete; before, one row a session. */
struct rows {
	struct host_row *row;
	size_t n, room;
};

static int add_session(const struct session *s, void *arg)
{
	struct rows *rows = arg;
	struct host_row *more;

	if (s->flags & SESSION_OWN)
		return 0;
	if (rows->n == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 1024;
		more = reallocarray(rows->row, rows->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		rows->row = more;
	}
	rows->row[rows->n++] = (struct host_row){
		.addr = s->inside.addr,
		.sessions = 1,
		.half_open = session_half_open(s),
	};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	uint32_t x = ntohl(((const struct host_row *)a)->addr);
	uint32_t y = ntohl(((const struct host_row *)b)->addr);

	return (x > y) - (x < y);
}

static int by_sessions(const void *a, const void *b)
{
	uint32_t x = ((const struct host_row *)a)->sessions;
	uint32_t y = ((const struct host_row *)b)->sessions;

	return x != y ? (x < y) - (x > y) : by_address(a, b);
}

static void merge(struct rows *rows)
{
	size_t n = 0;

	if (rows->n)
		qsort(rows->row, rows->n, sizeof(*rows->row), by_address);
	for (size_t i = 0; i < rows->n; i++) {
		if (n && rows->row[n - 1].addr == rows->row[i].addr) {
			rows->row[n - 1].sessions++;
			rows->row[n - 1].half_open += rows->row[i].half_open;
		} else {
			rows->row[n++] = rows->row[i];
		}
	}
	rows->n = n;
	if (n)
		qsort(rows->row, n, sizeof(*rows->row), by_sessions);
}

static void add_refused(const struct mapset *maps, struct rows *rows)
{
	struct inside_host host;

	for (size_t i = 0; i < rows->n; i++)
		if (!bpf_map_lookup_elem(maps->hosts, &rows->row[i].addr, &host))
			rows->row[i].refused = host.refused;
}

static int print_text(const struct rows *rows)
{
	static const struct table_column columns[] = {
		{"HOST", 15, false},
		{"SESSIONS", 8, true},
		{"HALF-OPEN", 9, true},
		{"REFUSED", 7, true},
	};
	struct libscols_table *table = table_new(columns, NCOLUMNS(columns));
	int err = table ? 0 : -ENOMEM;

	for (size_t i = 0; i < rows->n && !err; i++) {
		const struct host_row *row = &rows->row[i];
		struct text addr = text_addr(row->addr), sessions = text_count(row->sessions);
		struct text half = text_count(row->half_open), refused = text_count(row->refused);
		const char *const cells[] = {addr.s, sessions.s, half.s, refused.s};

		err = table_add(table, cells, NCOLUMNS(columns));
	}
	return table_finish(table, err);
}

static int print_json(const struct rows *rows)
{
	struct json_object *all = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < rows->n; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "address", text_addr(rows->row[i].addr).s);
		json_add_u64(obj, "sessions", rows->row[i].sessions);
		json_add_u64(obj, "half_open", rows->row[i].half_open);
		json_add_u64(obj, "refused", rows->row[i].refused);
		json_object_array_add(list, obj);
	}
	json_object_object_add(all, "hosts", list);
	return json_print(all);
}

static int show_hosts(const struct mapset *maps, const void *args)
{
	const bool *json = args;
	struct rows rows = {};
	int err = sessions_walk(maps, add_session, &rows);

	if (!err) {
		merge(&rows);
		add_refused(maps, &rows);
		err = *json ? print_json(&rows) : print_text(&rows);
	}
	free(rows.row);
	return err ? cmd_failed("counting sessions", err) : EXIT_DONE;
}

int nat_hosts(int argc, char **argv)
{
	bool json = false;
	int ret = cmd_only_json_option("nat", argc, argv, help, &json);

	return ret >= 0 ? ret : cmd_with_maps(show_hosts, &json);
}
