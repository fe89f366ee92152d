// SPDX-License-Identifier: GPL-2.0-only
#include "result.h"

#include <json-c/json.h>

static struct json_object *number_of(double ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", ns);
	return json_object_new_double_s(ns, text);
}

static void add_ns(struct json_object *object, const char *key, double ns)
{
	json_object_object_add(object, key, number_of(ns));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void add_turns(struct json_object *object, const char *key, const struct samples *turns)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < turns->n; i++)
		json_object_array_add(list, number_of(turns->value[i]));
	json_object_object_add(object, key, list);
}

/* Of packets that were paced. */
static void add_tail(struct json_object *object, struct contender *contender)
{
	struct summary summary = samples_summary(&contender->tail.all);

	add_ns(object, "gap", contender->gap / contender->tail.turns.n);
	add_ns(object, "p99", summary.median);
	add_ns(object, "p99-min", summary.min);
	add_ns(object, "p99-low", summary.low);
	add_ns(object, "p99-high", summary.high);
	add_ns(object, "p50-all", latency_percentile(contender->latencies, 0.5));
	add_ns(object, "p99-all", latency_percentile(contender->latencies, 0.99));
	add_turns(object, "p99-turns", &contender->tail.turns);
}

static struct json_object *result(const struct measurement *m, struct contender *contender)
{
	struct summary summary = samples_summary(&contender->cost.all);
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "suite", json_object_new_string(m->suite));
	json_object_object_add(object, "contender", json_object_new_string(contender->name));
	json_object_object_add(object, "kind", json_object_new_string(contender_kind(contender)));
	add_number(object, "flows", m->flows);
	add_number(object, "routes", m->routes);
	add_number(object, "cores", m->cores);
	add_number(object, "tag", m->tag);
	add_ns(object, "median", summary.median);
	add_ns(object, "min", summary.min);
	add_ns(object, "low", summary.low);
	add_ns(object, "high", summary.high);
	add_number(object, "samples", summary.n);
	add_turns(object, "turns", &contender->cost.turns);
	if (contender->latencies)
		add_tail(object, contender);
	add_number(object, "sent", contender->sent);
	add_number(object, "arrived", contender->arrived);
	add_number(object, "moved", contender->moved);
	add_number(object, "repeated", contender->repeated);
	return object;
}

void result_write(FILE *out, const struct measurement *m)
{
	for (unsigned int i = 0; i < m->n; i++) {
		struct json_object *object = result(m, &m->contender[i]);

		fprintf(out, "%s\n",
			json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
		json_object_put(object);
	}
}
