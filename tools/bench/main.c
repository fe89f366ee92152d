// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark's driver. tools/bench/run makes the network, calls it for one measurement after the
 * other, and lets it print what they came to.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lookups.h"
#include "machine.h"
#include "report.h"
#include "result.h"
#include "stages.h"
#include "tags.h"

static const char usage[] =
	"usage: driver measure --suite NAME [--flows N] [--routes N] [--cores N] [--rounds N]\n"
	"                      [--load established|new|beside|half|half-least]\n"
	"                      [--packets N] [--tag VID] [--forget COMMAND]\n"
	"                      NAME:ROUTER:KIND...      KIND: direct, routed or snat\n"
	"       driver stages [--rounds N]               single stages of erxdp's program\n"
	"       driver tags [--rounds N]                 the whole path, tagged or not; in the "
	"namespaces\n"
	"                                                of a router of erxdp's\n"
	"       driver lookups --flows N | --routes N [--rounds N]\n"
	"                                                single lookups in a table of that size\n"
	"       driver machine                           what all of this runs on\n"
	"       driver report [-j] FILE                  what these have written, as tables\n"
	"       driver check FILE                        whether that can be meant\n";

static const struct option options[] = {
	{"suite", required_argument, NULL, 's'},  {"flows", required_argument, NULL, 'f'},
	{"routes", required_argument, NULL, 'r'}, {"cores", required_argument, NULL, 'c'},
	{"rounds", required_argument, NULL, 'n'}, {"load", required_argument, NULL, 'l'},
	{"forget", required_argument, NULL, 'x'}, {"packets", required_argument, NULL, 'p'},
	{"tag", required_argument, NULL, 't'},	  {},
};

static int parse_load(const char *text, enum load *load)
{
	static const char *const names[] = {"established", "new", "beside", "half", "half-least"};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(text, names[i])) {
			*load = i;
			return 0;
		}
	return -1;
}

static int parse_option(struct measurement *m, int option)
{
	switch (option) {
	case 's':
		m->suite = optarg;
		return 0;
	case 'f':
		m->flows = strtoul(optarg, NULL, 10);
		return 0;
	case 'r':
		m->routes = strtoul(optarg, NULL, 10);
		return 0;
	case 'c':
		m->cores = strtoul(optarg, NULL, 10);
		return 0;
	case 'n':
		m->rounds = strtoul(optarg, NULL, 10);
		return 0;
	case 'p':
		m->packets = strtoul(optarg, NULL, 10);
		return 0;
	case 't':
		m->tag = strtoul(optarg, NULL, 10);
		return 0;
	case 'l':
		return parse_load(optarg, &m->load);
	case 'x':
		m->forget = optarg;
		return 0;
	}
	return -1;
}

/* Latencies are of one core and of whole parts, cost is of whole intervals; a pass's first one of
 * these does not count. */
static bool is_whole(const struct measurement *m)
{
	return m->suite && m->cores && m->cores <= RUN_MAX_CORES &&
	       (m->flows || m->load == LOAD_NEW) && (m->forget || m->load == LOAD_ESTABLISHED) &&
	       (!load_is_paced(m->load) || m->cores == 1) && m->packets <= MEASURE_PACKETS &&
	       m->packets / m->cores > 4 * BENCH_INTERVAL;
}

static int parse(struct measurement *m, int argc, char **argv)
{
	int option, err = 0;

	while (!err && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		err = parse_option(m, option);
	if (err || optind == argc || !is_whole(m)) {
		fputs(usage, stderr);
		return 2;
	}
	m->n = argc - optind;
	m->contender = calloc(m->n, sizeof(*m->contender));
	for (unsigned int i = 0; m->contender && i < m->n; i++)
		if (contender_parse(&m->contender[i], argv[optind + i]))
			return 1;
	return m->contender ? 0 : 1;
}

static int finish(struct measurement *m, int status)
{
	if (!status)
		result_write(stdout, m);
	for (unsigned int i = 0; m->contender && i < m->n; i++)
		contender_free(&m->contender[i]);
	free(m->contender);
	return status;
}

static int verb_measure(int argc, char **argv)
{
	struct measurement m = {.cores = 1, .rounds = 10, .packets = MEASURE_PACKETS};
	int status = parse(&m, argc, argv);

	if (!status && measure(&m))
		status = 1;
	return finish(&m, status);
}

static int verb_stages(int argc, char **argv)
{
	struct measurement m = {.suite = "stages", .cores = 1, .rounds = 10};

	if (argc > 2 && !strcmp(argv[1], "--rounds"))
		m.rounds = strtoul(argv[2], NULL, 10);
	return finish(&m, stages_measure(&m) ? 1 : 0);
}

static int verb_tags(int argc, char **argv)
{
	struct measurement m = {.suite = "tags", .cores = 1, .rounds = 10};

	if (argc > 2 && !strcmp(argv[1], "--rounds"))
		m.rounds = strtoul(argv[2], NULL, 10);
	return finish(&m, tags_measure(&m) ? 1 : 0);
}

static int verb_lookups(int argc, char **argv)
{
	struct measurement m = {.suite = "lookups", .cores = 1, .rounds = 10};
	int option, err = 0;

	while (!err && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		err = parse_option(&m, option);
	if (err || !m.flows == !m.routes) {
		fputs(usage, stderr);
		return 2;
	}
	return finish(&m, lookups_measure(&m) ? 1 : 0);
}

static int verb_report(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	struct results results;
	int err;

	if (argc != 2 + json) {
		fputs(usage, stderr);
		return 2;
	}
	err = results_read(&results, argv[1 + json]);
	if (!err)
		(json ? report_print_json : report_print)(&results);
	results_free(&results);
	return err ? 1 : 0;
}

static int verb_check(int argc, char **argv)
{
	struct results results;
	int err;

	if (argc != 2) {
		fputs(usage, stderr);
		return 2;
	}
	err = results_read(&results, argv[1]);
	if (!err)
		err = results_check(&results);
	results_free(&results);
	return err ? 1 : 0;
}

static int verb_machine(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	machine_write(stdout);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{"measure", verb_measure}, {"stages", verb_stages}, {"tags", verb_tags},
	{"lookups", verb_lookups}, {"report", verb_report}, {"check", verb_check},
	{"machine", verb_machine},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	fputs(usage, stderr);
	return 2;
}
