// SPDX-License-Identifier: GPL-2.0-only
/* erxdp check: what would be attached, and what stands in the way. Changes nothing. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <erxdp/abi.h>

#include "check.h"
#include "check_print.h"
#include "cmd.h"
#include "cmd_common.h"
#include "host.h"
#include "log.h"
#include "output.h"

static const char help[] =
	"usage: erxdp check [OPTIONS]\n"
	"\n"
	"What would be attached, and what stands in the way: each with a sentence and a\n"
	"remedy. Changes nothing. Exit code 0: ready; 1: an error is among it, and\n"
	"`erxdp attach` would refuse.\n"
	"\n"
	"  -c, --config FILE   configuration instead of " ERXDP_CONFIG_FILE "\n"
	"  -j, --json          print JSON\n"
	"  -h, --help          print this\n";

struct wishes {
	const char *config;
	bool json;
};

static int read_options(struct wishes *w, int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{}};
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "c:jh", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			w->config = optarg;
			break;
		case 'j':
			w->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return cmd_usage("check", NULL);
		}
	}
	return cmd_no_more("check", argc, argv);
}

static int check_all(struct check *c, struct host *h, const struct wishes *w)
{
	char text[512];
	int ret;

	if (config_load(&h->config, h->config_path, w->config, text, sizeof(text)))
		check_refuse(c, "configuration", "configuration", text, "man 5 erxdp.conf");
	else
		check_attach(c, h);
	if (c->found.lost)
		log_err("out of memory; what was found is incomplete");
	if (w->json)
		ret = json_print(check_json(c));
	else
		ret = check_print(c);
	if (ret)
		return EXIT_FAILED;
	return check_is_ready(c) ? EXIT_DONE : EXIT_FAILED;
}

int cmd_check(int argc, char **argv)
{
	struct host *h = malloc(sizeof(*h));
	struct wishes w = {};
	struct check c = {};
	int ret = read_options(&w, argc, argv);

	if (ret < 0 && !h)
		ret = cmd_failed("checking", -ENOMEM);
	if (ret >= 0) {
		free(h);
		return ret;
	}
	host_init(h);
	h->config_path = w.config ? w.config : ERXDP_CONFIG_FILE;
	ret = check_all(&c, h, &w);
	findings_free(&c.found);
	host_leave(h);
	free(h);
	return ret;
}
