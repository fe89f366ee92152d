// SPDX-License-Identifier: GPL-2.0-only
#include "session_view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include <erxdp/protocol.h>
#include <erxdp/timeout.h>

#include "iface_names.h"
#include "output.h"
#include "sessions.h"

/* So many rows are laid out together; the widths below hold for nearly all data, so that the
 * columns of the next lot stand under them. */
#define VIEW_ROWS 1024

static const struct table_column columns[] = {
	{"PROTO", 5, false},	{"STATE", 7, false},  {"INSIDE", 15, false}, {"REMOTE", 15, false},
	{"OUTSIDE", 15, false}, {"UPLINK", 5, false}, {"IDLE", 5, true},     {"EXPIRES", 7, true},
};

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

static int add_row(struct session_view *view, const struct session *s)
{
	const struct flow *inside = &s->inside;
	struct text proto = text_proto(inside->proto);
	struct text in = endpoint(inside, inside->addr, inside->port);
	struct text remote = endpoint(inside, inside->remote, inside->remote_port);
	struct text outside = endpoint(inside, s->outside.addr, s->outside.port);
	struct text idle = text_duration(session_idle(s, view->now));
	struct text expires = text_duration(expires_in(view, s));
	const char *const cells[NCOLUMNS(columns)] = {
		proto.s,   session_state_name(s->state),
		in.s,	   remote.s,
		outside.s, iface_names_get(view->names, s->uplink),
		idle.s,	   expires.s,
	};
	int err = table_add(view->table, cells, NCOLUMNS(columns));

	if (!err && ++view->rows == VIEW_ROWS) {
		table_print(view->table);
		view->rows = 0;
	}
	return err;
}

static void json_add_endpoint(struct json_object *obj, const char *key, __u8 proto, __be32 addr,
			      __be16 port)
{
	struct json_object *end = json_object_new_object();

	json_add_string(end, "address", text_addr(addr).s);
	if (!protocol_by_address(proto))
		json_add_u64(end, "port", ntohs(port));
	json_object_object_add(obj, key, end);
}

static struct json_object *to_json(const struct session_view *view, const struct session *s)
{
	const struct flow *inside = &s->inside;
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "protocol", text_proto(inside->proto).s);
	json_add_string(obj, "state", session_state_name(s->state));
	json_add_endpoint(obj, "inside", inside->proto, inside->addr, inside->port);
	json_add_endpoint(obj, "remote", inside->proto, inside->remote, inside->remote_port);
	json_add_endpoint(obj, "outside", inside->proto, s->outside.addr, s->outside.port);
	json_add_string(obj, "uplink", iface_names_get(view->names, s->uplink));
	json_add_bool(obj, "own", s->flags & SESSION_OWN);
	json_add_u64(obj, "age", view->now > s->created ? view->now - s->created : 0);
	json_add_u64(obj, "idle", session_idle(s, view->now));
	json_add_u64(obj, "timeout", session_timeout(s, view->ctl));
	json_add_u64(obj, "expires", expires_in(view, s));
	return obj;
}

int session_view_begin(struct session_view *view)
{
	view->now = session_clock();
	if (view->json) {
		printf("{ \"sessions\": [");
		return 0;
	}
	view->table = table_new(columns, NCOLUMNS(columns));
	return view->table ? 0 : -ENOMEM;
}

int session_view_add(struct session_view *view, const struct session *s)
{
	struct json_object *obj;

	if (!view->json) {
		view->count++;
		return add_row(view, s);
	}
	obj = to_json(view, s);
	printf("%s\n  %s", view->count++ ? "," : "",
	       json_object_to_json_string_ext(obj, JSON_C_TO_STRING_SPACED));
	json_object_put(obj);
	return 0;
}

void session_view_end(struct session_view *view)
{
	if (view->json) {
		printf("\n], \"count\": %llu }\n", (unsigned long long)view->count);
		return;
	}
	if (view->rows)
		table_print(view->table);
	table_free(view->table);
}
