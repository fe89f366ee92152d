// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "attach_options.h"
#include "cmd.h"
#include "cmd_common.h"
#include "config_values.h"
#include "confirm.h"
#include "dry_run.h"
#include "host.h"
#include "log.h"

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"mode", required_argument, NULL, 'm'},
	{"confirm", required_argument, NULL, 'C'},
	{"dry-run", no_argument, NULL, 'n'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

struct wishes {
	const char *config;
	bool mode_given;
	enum attach_mode mode;
	uint32_t confirm;
	bool dry_run, json;
};

static int read_options(struct wishes *w, int argc, char **argv, const char *help)
{
	const char *verb = argv[0];
	int opt;

	while ((opt = getopt_long(argc, argv, "c:m:jh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			w->config = optarg;
			break;
		case 'm':
			if (value_mode(optarg, &w->mode))
				return cmd_usage(verb,
						 "--mode %s: expected auto, native, generic or tc",
						 optarg);
			w->mode_given = true;
			break;
		case 'C':
			if (value_duration(optarg, &w->confirm) || w->confirm > CONFIRM_MAX)
				return cmd_usage(verb,
						 "--confirm %s: expected a duration up to a day, "
						 "such as 300 or 5m",
						 optarg);
			break;
		case 'n':
			w->dry_run = true;
			break;
		case 'j':
			w->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return cmd_usage(verb, NULL);
		}
	}
	if (w->json && !w->dry_run)
		return cmd_usage(verb, "-j: only with --dry-run is there anything to print");
	return cmd_no_more(verb, argc, argv);
}

/* For the daemon, which leaves the directory that the command is given in. Symbolic links stay:
 * what they lead to when the file is read anew is what is meant then. */
static const char *absolute_path(const char *path)
{
	static char absolute[PATH_MAX];
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);

	if (!here || snprintf(absolute, sizeof(absolute), "%s/%s", here, path) >= PATH_MAX)
		snprintf(absolute, sizeof(absolute), "%s", path);
	free(here);
	return absolute;
}

int attach_options(struct host *h, int argc, char **argv, const char *help)
{
	struct wishes w = {};
	char err[512];
	int ret = read_options(&w, argc, argv, help);

	if (ret >= 0)
		return ret;
	host_init(h);
	h->config_path = w.config ? w.config : ERXDP_CONFIG_FILE;
	if (config_load(&h->config, h->config_path, w.config, err, sizeof(err))) {
		log_err("%s", err);
		return EXIT_FAILED;
	}
	h->confirm = w.confirm;
	h->config_named = w.config;
	h->mode_named = w.mode_given;
	if (w.mode_given)
		h->config.mode = w.mode;
	h->config_path = absolute_path(h->config_path);
	return w.dry_run ? dry_run(h, w.json) : -1;
}
