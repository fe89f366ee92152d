// SPDX-License-Identifier: GPL-2.0-only
/* erxdp route show | get ADDRESS: what the programs would use. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h> /* optind */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "cmd_common.h"
#include "fib_record.h"
#include "log.h"
#include "mapset.h"
#include "output.h"
#include "route_kernel.h"
#include "route_print.h"
#include "route_view.h"

#define TABLE_ROWS 1024 /* laid out together */

static const char help[] =
	"usage: erxdp route show [-j]           the programs' routes\n"
	"       erxdp route get ADDRESS [-j]    the route for an address, with the kernel's "
	"answer\n"
	"                                       beside it; exit code 1 where they differ\n"
	"\n"
	"  -j, --json   print JSON\n"
	"  -h, --help   print this\n";

struct route_args {
	bool json;
	const char *address; /* of get */
	struct in_addr in;
};

struct route_list {
	struct route_entry *entry;
	size_t n, room;
};

static int collect_one(struct route_list *list, struct route_record is)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		struct route_entry *entry = reallocarray(list->entry, room, sizeof(*entry));

		if (!entry)
			return -ENOMEM;
		list->entry = entry;
		list->room = room;
	}
	list->entry[list->n++] = (struct route_entry){{is.len, is.addr}, is.value};
	return 0;
}

static int by_prefix(const void *a, const void *b)
{
	const struct prefix_key *x = &((const struct route_entry *)a)->prefix;
	const struct prefix_key *y = &((const struct route_entry *)b)->prefix;

	if (x->addr != y->addr)
		return ntohl(x->addr) < ntohl(y->addr) ? -1 : 1;
	return (x->prefixlen > y->prefixlen) - (x->prefixlen < y->prefixlen);
}

/* The records are in no order. One that moved under the walk may have been seen twice. */
static int collect(const struct mapset *maps, struct route_list *list)
{
	size_t n = 0;
	int err = 0;

	for (__u32 i = 0; i < ERXDP_MAX_ROUTES && !err; i++) {
		struct route_record is = fib_record_read(&maps->prefix[i]);

		if (is.value)
			err = collect_one(list, is);
	}
	if (err)
		return err;
	qsort(list->entry, list->n, sizeof(list->entry[0]), by_prefix);
	for (size_t i = 0; i < list->n; i++)
		if (!n || by_prefix(&list->entry[n - 1], &list->entry[i]))
			list->entry[n++] = list->entry[i];
	list->n = n;
	return 0;
}

static int print_table(const struct mapset *maps, const struct route_list *list)
{
	struct libscols_table *table = route_table_new();
	struct route_view view;
	int err = table ? 0 : -ENOMEM;

	for (size_t i = 0; i < list->n && !err; i++) {
		err = route_view_fill(maps, &list->entry[i], &view);
		if (!err)
			err = route_table_add(table, &view);
		if (!err && i % TABLE_ROWS == TABLE_ROWS - 1)
			table_print(table);
	}
	if (!err && list->n % TABLE_ROWS)
		table_print(table);
	table_free(table);
	return err;
}

/* One object a line: a million of them do not fit into memory as one document. */
static int print_json(const struct mapset *maps, const struct route_list *list)
{
	struct route_view view;
	int err = 0;

	printf("{ \"routes\": [");
	for (size_t i = 0; i < list->n && !err; i++) {
		struct json_object *obj;

		err = route_view_fill(maps, &list->entry[i], &view);
		if (err)
			break;
		obj = route_json(&view);
		printf("%s\n  %s", i ? "," : "",
		       json_object_to_json_string_ext(obj, JSON_C_TO_STRING_SPACED |
								   JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(obj);
	}
	printf("\n] }\n");
	return err;
}

static int route_show(const struct mapset *maps, const void *arg)
{
	const struct route_args *args = arg;
	struct route_list list = {0};
	int err = collect(maps, &list);

	if (!err)
		err = args->json ? print_json(maps, &list) : print_table(maps, &list);
	free(list.entry);
	return err ? cmd_failed("listing routes", err) : EXIT_DONE;
}

static void print_answers(const struct route_view *view, const struct kernel_route *kernel,
			  bool agree)
{
	printf("programs  ");
	route_print(view);
	printf("kernel    ");
	kernel_route_print(kernel);
	puts(agree ? "agree" : "differ");
}

static void print_answers_json(const struct route_args *args, const struct route_view *view,
			       const struct kernel_route *kernel, bool agree)
{
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "address", args->address);
	json_object_object_add(obj, "programs", route_json(view));
	json_object_object_add(obj, "kernel", kernel_route_json(kernel));
	json_add_bool(obj, "agree", agree);
	json_print(obj);
}

static int route_get(const struct mapset *maps, const void *arg)
{
	const struct route_args *args = arg;
	struct kernel_route kernel;
	struct route_view view;
	__be32 addr = args->in.s_addr;
	int err = route_view_find(maps, addr, &view);
	bool agree;

	if (err)
		return cmd_failed("looking up the programs' route", err);
	err = kernel_route_get(addr, &kernel);
	if (err)
		return cmd_failed("asking the kernel for its route", err);
	agree = kernel_route_agrees(&kernel, &view);
	if (args->json)
		print_answers_json(args, &view, &kernel, agree);
	else
		print_answers(&view, &kernel, agree);
	return agree ? EXIT_DONE : EXIT_FAILED;
}

static const struct {
	const char *name;
	bool takes_address;
	cmd_on_maps *run;
} actions[] = {
	{"show", false, route_show},
	{"get", true, route_get},
};

/* -1 to go on, or the exit code. */
static int parse_args(int argc, char **argv, bool takes_address, struct route_args *args)
{
	int ret = cmd_json_option("route", argc, argv, help, &args->json);

	if (ret >= 0)
		return ret;
	if (takes_address && optind == argc)
		return cmd_usage("route", "route get: which address?");
	if (takes_address)
		args->address = argv[optind++];
	if (takes_address && inet_pton(AF_INET, args->address, &args->in) != 1)
		return cmd_usage("route", "'%s' is not an IPv4 address", args->address);
	return cmd_no_more("route", argc, argv);
}

static int run_action(size_t i, int argc, char **argv)
{
	struct route_args args = {0};
	int ret = parse_args(argc, argv, actions[i].takes_address, &args);

	return ret >= 0 ? ret : cmd_with_maps(actions[i].run, &args);
}

int cmd_route(int argc, char **argv)
{
	if (argc < 2)
		return cmd_usage("route", "route: show or get?");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(argv[1], actions[i].name))
			return run_action(i, argc - 1, argv + 1);
	return cmd_usage("route", "route: '%s' is neither show nor get", argv[1]);
}
