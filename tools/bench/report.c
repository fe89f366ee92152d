// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "report_parts.h"

static const struct {
	const char *suite, *title;
} titles[] = {
	{"flows", "established flows"},
	{"cores", "established flows"},
	{"routes", "routed by a large table"},
	{"new", "every packet begins a flow"},
	{"alone", "established flows"},
	{"beside", "established flows while as many packets begin new ones"},
	{"lookups", "single lookups at random (a BPF program that does nothing else)"},
	{"latency",
	 "latency (ns) of packets at random times, half as many as each contender can take "
	 "one by one"},
	{"latency-same", "latency (ns) of packets at random times, half as many as the slowest "
			 "contender can take one by one"},
	{"tags", "the whole path by tags at its two sides (BPF_PROG_TEST_RUN, the frame made anew "
		 "for each run)"},
	{"vm", "instructions (not ns) of an emulated CPU, established flows"},
	{"vm-tagged",
	 "instructions (not ns) of an emulated CPU, established flows, the inside is a "
	 "VLAN device"},
	{"stages", "packets that go no further than this (BPF_PROG_TEST_RUN, repeated)"},
};

static const char *title(const char *suite)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (!strcmp(titles[i].suite, suite))
			return titles[i].title;
	return suite;
}

static void print_columns(void)
{
	printf("%-19s %7s %15s %7s | %7s %7s | %7s %7s | %7s %7s\n", "", "median", "quartiles",
	       "fastest", "net", "fastest", "Mpps", "net", "x erxdp", "net");
}

static void print_heading(const struct row *row)
{
	printf("\n%s: %s; ", row->suite, title(row->suite));
	if (row->flows)
		printf("%lu flows, ", row->flows);
	if (row->routes)
		printf("%lu routes, ", row->routes);
	if (row->tag)
		printf("VLAN %lu, ", row->tag);
	if (row->kernel)
		printf("kernel %s, ", row->kernel);
	printf("%lu core%s\n\n", row->cores, row->cores == 1 ? "" : "s");
	if (row->gap > 0)
		latency_print_columns();
	else
		print_columns();
}

void report_print_times(double times)
{
	if (times > 0)
		printf(" %7.2f", times);
	else
		printf(" %7s", "-");
}

/* In millions a second. */
static void print_rate(double ns, bool known)
{
	if (known)
		printf(" %7.3f", 1000 / ns);
	else
		printf(" %7s", "-");
}

static void print_cost(const struct row *row)
{
	printf("%-19s %7.1f %7.1f %7.1f %7.1f | %7.1f %7.1f |", row->contender, row->median,
	       row->low, row->high, row->min, row->net, row->net_min);
	print_rate(row->median, !row->instructions);
	print_rate(row->net, row->net > 0 && !row->instructions);
	printf(" |");
	report_print_times(row->times);
	report_print_times(row->times_net);
}

static void print_row(const struct row *row)
{
	if (row->gap > 0)
		latency_print_row(row);
	else
		print_cost(row);
	if (row->moved)
		printf("  %lu packets left by another port", row->moved);
	if (row->repeated)
		printf("  %lu turns lost packets and were repeated", row->repeated);
	printf("\n");
}

static const char *text(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

void report_print(const struct results *results)
{
	struct json_object *machine = results->machine;

	if (machine)
		printf("%s, %s cores, kernel %s, %s UTC, load average %s when it began\n"
		       "Nanoseconds a packet; net: less what generator and sink cost by themselves "
		       "(\"direct\").\n"
		       "x erxdp: as a multiple of erxdp-routed for what routes, of erxdp-snat for "
		       "what translates.\n"
		       "Net figures and multiples are medians over the rounds of what a round "
		       "says.\n",
		       text(machine, "cpu"), text(machine, "cores"), text(machine, "kernel"),
		       text(machine, "date"), text(machine, "load"));
	for (size_t i = 0; i < results->n; i++) {
		if (!i || !results_same_table(&results->row[i - 1], &results->row[i]))
			print_heading(&results->row[i]);
		print_row(&results->row[i]);
	}
	scaling_print(results);
}

static void add_double(struct json_object *object, const char *key, double value)
{
	char number[32];

	snprintf(number, sizeof(number), "%.2f", value);
	json_object_object_add(object, key, json_object_new_double_s(value, number));
}

/* The line that was read, and what the comparison added. */
static struct json_object *row_json(struct json_object *line, const struct row *row)
{
	add_double(line, "net", row->net);
	add_double(line, "net-fastest", row->net_min);
	if (!row->instructions)
		add_double(line, "pps", 1e9 / (row->gap > 0 ? row->gap : row->median));
	if (row->times > 0) {
		add_double(line, "times-erxdp", row->times);
		add_double(line, "times-erxdp-net", row->times_net);
	}
	if (row->gap > 0) {
		add_double(line, "p99-net", row->tail.net);
		add_double(line, "p99-net-fastest", row->tail.net_min);
	}
	return json_object_get(line);
}

void report_print_json(const struct results *results)
{
	struct json_object *all = json_object_new_object(), *list = json_object_new_array();
	size_t row = 0;

	for (size_t i = 0; i < json_object_array_length(results->lines); i++) {
		struct json_object *line = json_object_array_get_idx(results->lines, i);

		if (!json_object_object_get(line, "machine"))
			json_object_array_add(list, row_json(line, &results->row[row++]));
	}
	if (results->machine)
		json_object_object_add(all, "machine", json_object_get(results->machine));
	json_object_object_add(all, "results", list);
	printf("%s\n", json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
	json_object_put(all);
}
