// SPDX-License-Identifier: GPL-2.0-only
/* erxdp stats: the counters, live or once, for people, scripts and Prometheus. */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmd.h"
#include "cmd_common.h"
#include "log.h"
#include "metrics.h"
#include "output.h"
#include "stats.h"

#define MIN_INTERVAL 0.1
#define MAX_INTERVAL 3600

struct stats_args {
	double interval; /* seconds; 0: not given */
	bool json, prometheus, once;
};

static const char help[] =
	"usage: erxdp stats [-j | --prometheus] [-i SECONDS] [--once]\n"
	"\n"
	"Live counters; on a terminal refreshed in place, otherwise a line for each interface.\n"
	"\n"
	"  -i, --interval SECONDS   time between two samples, 0.1 to 3600 (1)\n"
	"      --once               totals, once\n"
	"  -j, --json               JSON, once; with -i one line for each interval\n"
	"      --prometheus         Prometheus's text format, once\n"
	"  -h, --help               print this\n";

enum { OPT_ONCE = 0x100, OPT_PROMETHEUS };

static const struct option long_options[] = {
	{"interval", required_argument, NULL, 'i'},
	{"once", no_argument, NULL, OPT_ONCE},
	{"json", no_argument, NULL, 'j'},
	{"prometheus", no_argument, NULL, OPT_PROMETHEUS},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int parse_interval(const char *arg, double *interval)
{
	char *end;

	*interval = strtod(arg, &end);
	return *end || end == arg || !(*interval >= MIN_INTERVAL && *interval <= MAX_INTERVAL)
		       ? -EINVAL
		       : 0;
}

/* -1 to go on, or the exit code. */
static int parse_args(int argc, char **argv, struct stats_args *args)
{
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "i:jh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'i':
			if (parse_interval(optarg, &args->interval))
				return cmd_usage("stats", "-i: '%s' is not 0.1 to 3600 seconds",
						 optarg);
			break;
		case 'j':
			args->json = true;
			break;
		case OPT_ONCE:
			args->once = true;
			break;
		case OPT_PROMETHEUS:
			args->prometheus = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return cmd_usage("stats", NULL);
		}
	}
	if (args->json && args->prometheus)
		return cmd_usage("stats", "stats: -j and --prometheus exclude each other");
	return cmd_no_more("stats", argc, argv);
}

static int print_once(struct stats_source *source, const struct stats_args *args)
{
	struct stats_sample sample;
	int err;

	if (args->prometheus)
		return metrics_print(stdout, source->maps);
	err = stats_take(source, &sample);
	if (err)
		return err;
	if (args->json)
		err = json_print(stats_json(&sample));
	else
		err = stats_tables(&sample);
	stats_drop(&sample);
	return err;
}

/* A JSON document in one line for each interval, until the reader goes away. */
static int print_json_lines(struct stats_source *source, double interval)
{
	struct stats_sample sample;
	int err;

	while (!(err = stats_take(source, &sample))) {
		err = json_print_line(stats_json(&sample));
		stats_drop(&sample);
		if (err)
			break;
		sleep_ms(interval * 1000);
	}
	return err;
}

static int print_lines(struct stats_source *source, double interval)
{
	struct stats_sample before, now;
	int err = stats_take(source, &before);

	while (!err) {
		sleep_ms(interval * 1000);
		err = stats_take(source, &now);
		if (err)
			break;
		stats_lines(stdout, &before, &now);
		stats_drop(&before);
		before = now;
	}
	stats_drop(&before);
	return err;
}

static int print_live(struct stats_source *source, double interval)
{
	int err = -ENOTTY;

	if (isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
		err = stats_screen(source, interval);
	/* Also on a terminal that can do nothing but lines. */
	return err == -ENOTTY ? print_lines(source, interval) : err;
}

static int print(struct stats_source *source, const struct stats_args *args)
{
	double interval = args->interval ? args->interval : 1;

	if (args->once || args->prometheus || (args->json && !args->interval))
		return print_once(source, args);
	return args->json ? print_json_lines(source, interval) : print_live(source, interval);
}

static int show_stats(const struct mapset *maps, const void *args)
{
	struct stats_source source = {.maps = maps};
	int err = print(&source, args);

	if (err == -ENOENT) {
		log_err("erxdp was detached");
		return EXIT_FAILED;
	}
	return err ? cmd_failed("reading counters", err) : EXIT_DONE;
}

int cmd_stats(int argc, char **argv)
{
	struct stats_args args = {0};
	int ret = parse_args(argc, argv, &args);

	return ret >= 0 ? ret : cmd_with_maps(show_stats, &args);
}
