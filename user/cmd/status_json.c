// SPDX-License-Identifier: GPL-2.0-only
/* The keys here are an interface: tests and users' scripts rely on them. */
#include <json-c/json.h>

#include "config_values.h"
#include "output.h"
#include "status.h"

static struct json_object *ports_json(const struct status *s)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < s->state.nports; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "device", s->state.port[i].name);
		json_add_string(obj, "mode", attach_mode_name(s->state.port[i].mode));
		json_add_string(obj, "why", s->state.port[i].why);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *xdp_json(const struct status *s)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < s->state.nxdp; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "device", s->state.xdp[i].name);
		json_add_string(obj, "mode", attach_mode_name(s->state.xdp[i].mode));
		json_add_bool(obj, "missing", s->xdp_missing[i]);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *tc_json(const struct status *s)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < s->state.ntc; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_string(obj, "device", s->state.tc[i].name);
		json_add_string(obj, "by", s->state.tc[i].tcx ? "tcx" : "clsact");
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *offloads_json(const struct status *s)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < s->state.noffloads; i++)
		json_object_array_add(list, json_object_new_string(s->state.offload[i].name));
	return list;
}

static struct json_object *numbers_json(const struct status *s, const char *const *keys,
					struct json_object *obj)
{
	for (; *keys && s->daemon; keys++)
		json_add_u64(obj, *keys, status_daemon_number(s, *keys));
	return obj;
}

static struct json_object *routes_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "prefixes", s->prefixes);
	if (s->daemon)
		json_add_u64(obj, "kernel", status_daemon_number(s, "routes"));
	return numbers_json(s, (const char *const[]){"nexthops", "groups", NULL}, obj);
}

static struct json_object *neighbours_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "count", s->neighbours);
	return numbers_json(s, (const char *const[]){"unresolved", NULL}, obj);
}

static struct json_object *sessions_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "count", s->sessions);
	json_add_u64(obj, "max", s->max_sessions);
	return obj;
}

static struct json_object *sockets_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_bool(obj, "counted", s->sockets_counted);
	json_add_u64(obj, "ports", s->reserved_ports);
	json_add_u64(obj, "no_room", s->sockets_no_room);
	return obj;
}

static struct json_object *daemon_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_bool(obj, "running", s->daemon);
	return numbers_json(
		s, (const char *const[]){"pid", "uptime", "resyncs", "overruns", "messages", NULL},
		obj);
}

static struct json_object *confirm_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_bool(obj, "pending", s->confirm != CONFIRM_NONE);
	if (s->confirm == CONFIRM_PENDING)
		json_add_u64(obj, "seconds_left", s->confirm_left);
	return obj;
}

struct json_object *status_json(const struct status *s)
{
	struct json_object *obj = json_object_new_object();

	json_add_bool(obj, "attached", true);
	json_add_bool(obj, "good", status_good(s));
	json_add_bool(obj, "trusted", s->trusted);
	json_add_string(obj, "why", status_why(s));
	json_object_object_add(obj, "ports", ports_json(s));
	json_object_object_add(obj, "xdp", xdp_json(s));
	json_object_object_add(obj, "tc", tc_json(s));
	json_object_object_add(obj, "offloads", offloads_json(s));
	json_object_object_add(obj, "routes", routes_json(s));
	json_object_object_add(obj, "neighbours", neighbours_json(s));
	json_object_object_add(obj, "sessions", sessions_json(s));
	json_object_object_add(obj, "sockets", sockets_json(s));
	json_object_object_add(obj, "confirm", confirm_json(s));
	json_object_object_add(obj, "daemon", daemon_json(s));
	return obj;
}
