// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "log.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *help;
} verbs[] = {
	{"check", cmd_check, "[-c FILE] [-j]", "what would be attached, and what is in the way"},
	{"attach", cmd_attach, "[-c FILE] [--mode MODE]",
	 "synchronise and attach; the daemon stays in the background"},
	{"run", cmd_run, "[-c FILE] [--mode MODE]", "the same in the foreground, for systemd"},
	{"detach", cmd_detach, "", "remove every trace; flows go on in the kernel"},
	{"reload", cmd_reload, "", "have the daemon read the configuration anew"},
	{"status", cmd_status, "[-j]", "what is attached, and whether it is in step"},
	{"stats", cmd_stats, "[-j | --prometheus] [-i SECONDS] [--once]", "live counters"},
	{"route", cmd_route, "show | get ADDRESS [-j]", "the routes that the programs use"},
	{"nat", cmd_nat, "show | flush | hosts | ports | block [...] [-j]",
	 "translated flows, and their ports"},
	{"import", cmd_import, "[-j]", "print the configuration that this host implies"},
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(FILE *out)
{
	fprintf(out, "usage: erxdp VERB [OPTIONS]\n\n");
	for (size_t i = 0; i < NVERBS; i++)
		fprintf(out, "  %-7s %-42s %s\n", verbs[i].name, verbs[i].args, verbs[i].help);
	fprintf(out, "\nMODE is auto, native, generic or tc. erxdp(8) tells the rest.\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < NVERBS; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	log_init();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("erxdp %s\n", ERXDP_VERSION);
		return EXIT_DONE;
	}
	verb = find_verb(argv[1]);
	if (!verb) {
		log_err("no verb \"%s\"; `erxdp --help` lists them", argv[1]);
		return EXIT_USAGE;
	}
	return verb->run(argc - 1, argv + 1);
}
