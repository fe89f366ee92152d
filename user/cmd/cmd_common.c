// SPDX-License-Identifier: GPL-2.0-only
#include "cmd_common.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "log.h"
#include "pins.h"

int cmd_failed(const char *doing, int err)
{
	if (err == -EPERM || err == -EACCES)
		log_err("%s: no permission; run erxdp as root", doing);
	else
		log_err("%s: %s", doing, strerror(-err));
	return EXIT_FAILED;
}

/* What lies in the directory of pins, before any of it is believed. */
static int check_pins(void)
{
	unsigned int abi = 0;

	if (access(ERXDP_PIN_DIR "/control", R_OK | W_OK) && errno != ENOENT)
		return cmd_failed("opening " ERXDP_PIN_DIR, -errno);
	switch (pins_look(&abi)) {
	case PINS_OURS:
		return EXIT_DONE;
	case PINS_FOREIGN:
		log_err("%s holds files that are not erxdp's; remove them", ERXDP_PIN_DIR);
		return EXIT_FAILED;
	case PINS_OTHER_ABI:
		log_err("the attached programs speak version %u of the tables, this erxdp version "
			"%u; use the erxdp that attached them, or `erxdp detach` and attach again",
			abi, ERXDP_ABI);
		return EXIT_FAILED;
	default:
		return CMD_DETACHED;
	}
}

int cmd_try_open_maps(struct mapset *maps)
{
	int err = check_pins();

	if (err)
		return err;
	err = mapset_open(maps);
	if (err == -ENOENT)
		return CMD_DETACHED;
	if (err)
		return cmd_failed("opening the maps in " ERXDP_PIN_DIR, err);
	err = mapset_map(maps, 0);
	if (!err)
		return EXIT_DONE;
	mapset_close(maps);
	return cmd_failed("mapping the tables in " ERXDP_PIN_DIR, err);
}

int cmd_open_maps(struct mapset *maps)
{
	int ret = cmd_try_open_maps(maps);

	if (ret != CMD_DETACHED)
		return ret;
	log_err("not attached; `erxdp attach` does it");
	return EXIT_FAILED;
}

int cmd_with_maps(cmd_on_maps *work, const void *args)
{
	struct mapset maps;
	int ret = cmd_open_maps(&maps);

	if (ret)
		return ret;
	ret = work(&maps, args);
	mapset_close(&maps);
	return ret;
}

int cmd_json_option(const char *verb, int argc, char **argv, const char *help, bool *json)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {}};
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (opt != 'j')
			return cmd_usage(verb, NULL);
		*json = true;
	}
	return -1;
}

int cmd_no_more(const char *verb, int argc, char **argv)
{
	if (optind == argc)
		return -1;
	return cmd_usage(verb, "%s: '%s' is more than was expected", verb, argv[optind]);
}

int cmd_only_json_option(const char *verb, int argc, char **argv, const char *help, bool *json)
{
	int ret = cmd_json_option(verb, argc, argv, help, json);

	return ret >= 0 ? ret : cmd_no_more(verb, argc, argv);
}

int cmd_no_options(const char *verb, int argc, char **argv, const char *help)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {}};
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt != 'h')
			return cmd_usage(verb, NULL);
		fputs(help, stdout);
		return EXIT_DONE;
	}
	return cmd_no_more(verb, argc, argv);
}

int cmd_usage(const char *verb, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		log_err("%s", text);
	}
	fprintf(stderr, "`erxdp %s --help` tells the usage\n", verb);
	return EXIT_USAGE;
}
