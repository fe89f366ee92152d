// SPDX-License-Identifier: GPL-2.0-only
/* The keys here are an interface: tests and users' scripts rely on them. */
#include <json-c/json.h>

#include "output.h"
#include "stats.h"

static struct json_object *counter_json(struct counter c)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "packets", c.packets);
	json_add_u64(obj, "bytes", c.bytes);
	return obj;
}

static struct json_object *packets_json(const struct counters *c)
{
	struct packet_totals t = counters_packets(c);
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "in", t.in);
	json_add_u64(obj, "fast", t.fast);
	json_add_u64(obj, "passed", t.passed);
	json_add_u64(obj, "dropped", t.dropped);
	return obj;
}

/* Of an interface only the verdicts that occurred; the totals below list them all. */
static struct json_object *row_json(const struct counter *row)
{
	struct json_object *obj = json_object_new_object();

	verdict_for_each(v)
	{
		if (row[v].packets)
			json_object_object_add(obj, verdict_name(v), counter_json(row[v]));
	}
	return obj;
}

static struct json_object *slow_json(const struct iface_counters *iface)
{
	struct json_object *obj = json_object_new_object();

	for (enum hook h = HOOK_TC_INGRESS; h < HOOK_MAX; h++)
		if (h != iface->entry)
			json_object_object_add(obj, hook_name(h), row_json(iface->row[h]));
	return obj;
}

static struct json_object *iface_json(const struct iface_counters *iface)
{
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "entry", hook_name(iface->entry));
	json_add_bool(obj, "uplink", iface->uplink);
	json_object_object_add(obj, "in", counter_json(counters_in(iface)));
	json_object_object_add(obj, "out", counter_json(iface->sent));
	json_object_object_add(obj, "verdicts", row_json(iface->row[iface->entry]));
	json_object_object_add(obj, "slow", slow_json(iface));
	return obj;
}

static struct json_object *ifaces_json(const struct counters *c)
{
	struct json_object *obj = json_object_new_object();

	for (unsigned int i = 0; i < c->n; i++)
		json_object_object_add(obj, c->iface[i].name, iface_json(&c->iface[i]));
	return obj;
}

static struct json_object *totals_json(const struct counters *c,
				       struct counter (*total)(const struct counters *c,
							       unsigned int verdict))
{
	struct json_object *obj = json_object_new_object();

	verdict_for_each(v)
	{
		json_object_object_add(obj, verdict_name(v), counter_json(total(c, v)));
	}
	return obj;
}

struct json_object *stats_json(const struct stats_sample *s)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *sessions = json_object_new_object();
	struct json_object *routes = json_object_new_object();

	json_object_object_add(obj, "packets", packets_json(s->counters));
	json_object_object_add(obj, "interfaces", ifaces_json(s->counters));
	json_object_object_add(obj, "verdicts", totals_json(s->counters, counters_entry_total));
	json_object_object_add(obj, "slow", totals_json(s->counters, counters_slow_total));
	json_add_u64(sessions, "count", s->sessions);
	json_add_u64(sessions, "max", s->max_sessions);
	json_object_object_add(obj, "sessions", sessions);
	json_add_u64(routes, "count", s->routes);
	json_object_object_add(obj, "routes", routes);
	json_add_bool(obj, "trusted", s->trusted);
	json_object_object_add(obj, "time", json_object_new_double(s->time));
	return obj;
}
