// SPDX-License-Identifier: GPL-2.0-only
#include "results.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *field(struct json_object *line, const char *key)
{
	return json_object_object_get(line, key);
}

static void fill(struct row *row, struct json_object *line)
{
	*row = (struct row){
		.suite = json_object_get_string(field(line, "suite")),
		.contender = json_object_get_string(field(line, "contender")),
		.kind = json_object_get_string(field(line, "kind")),
		.flows = json_object_get_uint64(field(line, "flows")),
		.routes = json_object_get_uint64(field(line, "routes")),
		.kernel = json_object_get_string(field(line, "kernel")),
		.instructions = field(line, "unit") != NULL,
		.cores = json_object_get_uint64(field(line, "cores")),
		.tag = json_object_get_uint64(field(line, "tag")),
		.moved = json_object_get_uint64(field(line, "moved")),
		.repeated = json_object_get_uint64(field(line, "repeated")),
		.median = json_object_get_double(field(line, "median")),
		.min = json_object_get_double(field(line, "min")),
		.low = json_object_get_double(field(line, "low")),
		.high = json_object_get_double(field(line, "high")),
		.gap = json_object_get_double(field(line, "gap")),
		.tail =
			{
				.median = json_object_get_double(field(line, "p99")),
				.min = json_object_get_double(field(line, "p99-min")),
				.low = json_object_get_double(field(line, "p99-low")),
				.high = json_object_get_double(field(line, "p99-high")),
				.all = json_object_get_double(field(line, "p99-all")),
			},
	};
}

/* list: NULL where there are none. */
static void read_turns(struct samples *turns, struct json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		samples_add(turns, json_object_get_double(json_object_array_get_idx(list, i)));
}

static int add_line(struct results *results, const char *text)
{
	struct json_object *line = json_tokener_parse(text);

	if (!line)
		return -1;
	json_object_array_add(results->lines, line);
	if (field(line, "machine")) {
		results->machine = field(line, "machine");
		return 0;
	}
	results->row = reallocarray(results->row, results->n + 1, sizeof(*results->row));
	if (!results->row)
		return -1;
	fill(&results->row[results->n], line);
	read_turns(&results->row[results->n].turns, field(line, "turns"));
	read_turns(&results->row[results->n++].tail.turns, field(line, "p99-turns"));
	return 0;
}

bool results_same_table(const struct row *a, const struct row *b)
{
	return !strcmp(a->suite, b->suite) && a->flows == b->flows && a->routes == b->routes &&
	       a->cores == b->cores && a->tag == b->tag;
}

static const struct row *find(const struct results *results, const struct row *like,
			      const char *contender)
{
	for (size_t i = 0; i < results->n; i++)
		if (results_same_table(&results->row[i], like) &&
		    !strcmp(results->row[i].contender, contender))
			return &results->row[i];
	return NULL;
}

/* Without a router. */
static const struct row *direct(const struct results *results, const struct row *like)
{
	for (size_t i = 0; i < results->n; i++)
		if (results_same_table(&results->row[i], like) &&
		    !strcmp(results->row[i].kind, "direct"))
			return &results->row[i];
	return NULL;
}

/* What a round says of a row, of the row it is compared with, and of generator and sink. */
typedef double (*relation)(double of, double to, double direct);

static double difference(double of, double to, double direct)
{
	(void)to;
	return of - direct;
}

static double ratio(double of, double to, double direct)
{
	(void)direct;
	return of / to;
}

static double net_ratio(double of, double to, double direct)
{
	return (of - direct) / (to - direct);
}

static double median_of(relation relation, const struct samples *of, const struct samples *to,
			const struct samples *direct)
{
	struct samples each = {};
	double median;

	for (size_t i = 0; i < of->n && i < to->n && i < direct->n; i++)
		samples_add(&each, relation(of->value[i], to->value[i], direct->value[i]));
	median = samples_summary(&each).median;
	samples_free(&each);
	return median;
}

/* What routes is compared with erxdp's routing, what translates with its translation. */
static void compare(const struct results *results, struct row *row)
{
	bool snat = !strcmp(row->kind, "snat");
	const struct row *base = direct(results, row);
	const struct row *erxdp = find(results, row, snat ? "erxdp-snat" : "erxdp-routed");

	if (!base || row == base)
		return;
	row->net = median_of(difference, &row->turns, &row->turns, &base->turns);
	row->net_min = row->min - base->min;
	row->tail.net_min = row->tail.min - base->tail.min;
	row->tail.net =
		median_of(difference, &row->tail.turns, &row->tail.turns, &base->tail.turns);
	if (!erxdp)
		return;
	row->times = median_of(ratio, &row->turns, &erxdp->turns, &base->turns);
	row->times_net = median_of(net_ratio, &row->turns, &erxdp->turns, &base->turns);
}

int results_read(struct results *results, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];
	int err = file ? 0 : -1;

	*results = (struct results){.lines = json_object_new_array()};
	while (!err && fgets(line, sizeof(line), file))
		err = add_line(results, line);
	if (err)
		fprintf(stderr, "bench: %s cannot be read\n", path);
	if (file)
		fclose(file);
	for (size_t i = 0; i < results->n; i++)
		compare(results, &results->row[i]);
	return err;
}

void results_free(struct results *results)
{
	for (size_t i = 0; i < results->n; i++) {
		samples_free(&results->row[i].turns);
		samples_free(&results->row[i].tail.turns);
	}
	json_object_put(results->lines);
	free(results->row);
}

int results_check(const struct results *results)
{
	int err = 0;

	for (size_t i = 0; i < results->n; i++)
		if (results->row[i].net_min <= 0 && strcmp(results->row[i].kind, "direct")) {
			fprintf(stderr, "bench: %s (%s): no dearer than generator and sink alone\n",
				results->row[i].contender, results->row[i].suite);
			err = -1;
		}
	return err;
}
