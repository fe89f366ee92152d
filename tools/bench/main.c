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

static const char usage[] =
	"usage: driver measure --suite NAME [--flows N] [--routes N] [--cores N] [--rounds N]\n"
	"                      [--load established|new|beside] [--forget COMMAND]\n"
	"                      NAME:ROUTER:KIND...      KIND: direct, routed or snat\n"
	"       driver stages [--rounds N]               single stages of erxdp's program\n"
	"       driver lookups --flows N | --routes N [--rounds N]\n"
	"                                                single lookups in a table of that size\n"
	"       driver machine                           what all of this runs on\n"
	"       driver report [-j] FILE                  what both have written, as tables\n";

static const struct option options[] = {
	{"suite", required_argument, NULL, 's'},  {"flows", required_argument, NULL, 'f'},
	{"routes", required_argument, NULL, 'r'}, {"cores", required_argument, NULL, 'c'},
	{"rounds", required_argument, NULL, 'n'}, {"load", required_argument, NULL, 'l'},
	{"forget", required_argument, NULL, 'x'}, {},
};

static int parse_load(const char *text, enum load *load)
{
	static const char *const names[] = {"established", "new", "beside"};

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
	case 'l':
		return parse_load(optarg, &m->load);
	case 'x':
		m->forget = optarg;
		return 0;
	}
	return -1;
}

static int parse(struct measurement *m, int argc, char **argv)
{
	int option, err = 0;

	while (!err && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		err = parse_option(m, option);
	if (err || !m->suite || optind == argc || !m->cores || m->cores > RUN_MAX_CORES ||
	    (m->load != LOAD_NEW && !m->flows) || (m->load != LOAD_ESTABLISHED && !m->forget)) {
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
	struct measurement m = {.cores = 1, .rounds = 10};
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
	if (!err)
		err = results_check(&results);
	results_free(&results);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "measure"))
		return verb_measure(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "stages"))
		return verb_stages(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "lookups"))
		return verb_lookups(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "report"))
		return verb_report(argc - 1, argv + 1);
	if (argc == 2 && !strcmp(argv[1], "machine")) {
		machine_write(stdout);
		return 0;
	}
	fputs(usage, stderr);
	return 2;
}
