// SPDX-License-Identifier: GPL-2.0-only
/* erxdp nat show | flush: the translated flows. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_common.h"
#include "iface_names.h"
#include "log.h"
#include "nat_block.h"
#include "nat_hosts.h"
#include "nat_ports.h"
#include "output.h"
#include "session_filter.h"
#include "session_sort.h"
#include "session_view.h"
#include "sessions.h"

#include <json-c/json.h>

struct nat_args {
	struct session_filter filter;
	struct session_sort sort; /* of show */
	bool sorted;		  /* one of sort's options was given */
	bool json;
};

static const char help[] =
	"usage: erxdp nat show [FILTER] [ORDER] [-j]   list the sessions\n"
	"       erxdp nat flush [FILTER] [-j]    remove them; flows that go on begin anew\n"
	"       erxdp nat hosts [-j]             inside hosts by their number of sessions\n"
	"       erxdp nat ports [-j]             the share of ports in use\n"
	"       erxdp nat block ADDRESS[:PORT]   port blocks: of a host, or whose a port is\n"
	"\n"
	"FILTER, all of what is given must match:\n" SESSION_FILTER_HELP "\n"
	"ORDER, of show:\n" SESSION_SORT_HELP "\n"
	"  -j, --json                   print JSON\n"
	"  -h, --help                   print this\n";

static const struct option long_options[] = {{"json", no_argument, NULL, 'j'},
					     {"help", no_argument, NULL, 'h'},
					     SESSION_SORT_LONG,
					     SESSION_FILTER_LONG_AND_END};

static int set_option(struct nat_args *args, int opt, char *err, size_t errlen)
{
	int ret = session_sort_set(&args->sort, opt, optarg, err, errlen);

	if (ret > 0)
		return session_filter_set(&args->filter, opt, optarg, err, errlen);
	args->sorted = true;
	return ret;
}

/* -1 to go on, or the exit code. */
static int parse_args(int argc, char **argv, struct nat_args *args)
{
	char err[128];
	int opt;

	memset(args, 0, sizeof(*args));
	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, SESSION_FILTER_SHORT SESSION_SORT_SHORT "jh",
				  long_options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			args->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		case '?':
			return cmd_usage("nat", NULL);
		default:
			if (set_option(args, opt, err, sizeof(err)))
				return cmd_usage("nat", "%s", err);
		}
	}
	return cmd_no_more("nat", argc, argv);
}

struct show {
	const struct session_filter *filter;
	struct session_sort sort;
	struct session_view view;
};

static int view_one(const struct session *session, void *arg)
{
	struct show *show = arg;

	return session_view_add(&show->view, session);
}

/* Without an order a session is printed as it comes. */
#define SHOWN_ENOUGH 1
static int show_one(const struct session *session, void *arg)
{
	struct show *show = arg;
	struct session_view *view = &show->view;
	int err;

	if (!session_filter_match(show->filter, session))
		return 0;
	if (show->sort.order)
		return session_sort_add(&show->sort, session, view->ctl, view->now);
	err = session_view_add(view, session);
	return err ? err : view->count == show->sort.limit ? SHOWN_ENOUGH : 0;
}

static int show_all(const struct mapset *maps, struct show *show)
{
	int err = sessions_walk(maps, show_one, show);

	if (!err)
		err = session_sort_walk(&show->sort, maps, view_one, show);
	session_sort_free(&show->sort);
	return err == SHOWN_ENOUGH ? 0 : err;
}

static int nat_show(const struct mapset *maps, const void *arg)
{
	const struct nat_args *args = arg;
	struct iface_names names;
	struct show show = {
		.filter = &args->filter,
		.sort = args->sort,
		.view = {.json = args->json,
			 .age = args->sort.order == SORT_AGE,
			 .ctl = maps->ctl,
			 .names = &names},
	};
	int end, err = iface_names_read(maps, &names);

	show.view.bytes = maps->ctl->flags & CONTROL_ACCOUNT;
	if (args->sort.order == SORT_BYTES && !show.view.bytes) {
		log_err("bytes are not counted; say `accounting = yes` in [nat], then "
			"`erxdp reload`");
		return EXIT_FAILED;
	}
	if (!err)
		err = session_view_begin(&show.view);
	if (err)
		return cmd_failed("listing sessions", err);
	err = show_all(maps, &show);
	end = session_view_end(&show.view);
	if (!err)
		err = end;
	return err ? cmd_failed("listing sessions", err) : EXIT_DONE;
}

struct flush {
	const struct mapset *maps;
	const struct session_filter *filter;
	unsigned long removed;
};

static int flush_one(const struct session *session, void *arg)
{
	struct flush *flush = arg;
	int removed;

	if (!session_filter_match(flush->filter, session))
		return 0;
	removed = session_remove(flush->maps, session);
	if (removed > 0)
		flush->removed++;
	return removed < 0 ? removed : 0;
}

static void print_flushed(unsigned long removed, bool json)
{
	struct json_object *obj;

	if (!json) {
		printf("%lu session%s flushed\n", removed, removed == 1 ? "" : "s");
		return;
	}
	obj = json_object_new_object();
	json_add_u64(obj, "flushed", removed);
	json_print(obj);
}

static int nat_flush(const struct mapset *maps, const void *arg)
{
	const struct nat_args *args = arg;
	struct flush flush = {.maps = maps, .filter = &args->filter};
	int err = sessions_walk(maps, flush_one, &flush);

	if (err)
		return cmd_failed("flushing sessions", err);
	print_flushed(flush.removed, args->json);
	return EXIT_DONE;
}

static const struct {
	const char *name;
	cmd_on_maps *run;
} actions[] = {
	{"show", nat_show},
	{"flush", nat_flush},
};

static int run_action(size_t i, int argc, char **argv)
{
	struct nat_args args;
	int ret = parse_args(argc, argv, &args);

	if (ret < 0 && args.sorted && actions[i].run != nat_show)
		return cmd_usage("nat", "nat %s: an order or a limit is for show only",
				 actions[i].name);
	return ret >= 0 ? ret : cmd_with_maps(actions[i].run, &args);
}

/* Those with arguments of their own. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} others[] = {
	{"ports", nat_ports},
	{"block", nat_block},
	{"hosts", nat_hosts},
};

int cmd_nat(int argc, char **argv)
{
	if (argc < 2)
		return cmd_usage("nat", "nat: show, flush, hosts, ports or block?");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(argv[1], actions[i].name))
			return run_action(i, argc - 1, argv + 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(argv[1], others[i].name))
			return others[i].run(argc - 1, argv + 1);
	return cmd_usage("nat", "nat: '%s' is none of show, flush, hosts, ports and block",
			 argv[1]);
}
