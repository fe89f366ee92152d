// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "confirm.h"
#include "error.h"
#include "log.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *help;
	enum {
		/* What is overdue (confirm.h) is undone before the verb does its work. */
		BEHIND_UNDO,
		/* The same, and then the verb is not done: nobody has asked again since. */
		UNLESS_UNDO,
		WITHOUT_UNDO, /* it changes nothing, or sees to that itself */
	} overdue;
} verbs[] = {
	{"check", cmd_check, "[-c FILE] [-j]", "what would be attached, and what is in the way",
	 WITHOUT_UNDO},
	{"attach", cmd_attach, "[-c FILE] [--mode MODE] [...]",
	 "synchronise and attach; the daemon stays in the background", UNLESS_UNDO},
	{"run", cmd_run, "[-c FILE] [--mode MODE] [...]", "the same in the foreground, for systemd",
	 UNLESS_UNDO},
	{"confirm", cmd_confirm, "", "keep an attach that was made with --confirm", WITHOUT_UNDO},
	{"detach", cmd_detach, "", "remove every trace; flows go on in the kernel", WITHOUT_UNDO},
	{"reload", cmd_reload, "", "have the daemon read the configuration anew", BEHIND_UNDO},
	{"status", cmd_status, "[-j]", "what is attached, and whether it is in step", BEHIND_UNDO},
	{"stats", cmd_stats, "[-j | --prometheus] [-i SECONDS] [--once]", "live counters",
	 BEHIND_UNDO},
	{"route", cmd_route, "show | get ADDRESS [-j]", "the routes that the programs use",
	 BEHIND_UNDO},
	{"nat", cmd_nat, "show | flush | hosts | ports | block [...] [-j]",
	 "translated flows, and their ports", BEHIND_UNDO},
	{"exporter", cmd_exporter, "[-l ADDRESS:PORT | PATH]", "metrics for Prometheus by HTTP",
	 BEHIND_UNDO},
	{"import", cmd_import, "[-j]", "print the configuration that this host implies",
	 WITHOUT_UNDO},
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(FILE *out)
{
	fprintf(out, "usage: erxdp VERB [OPTIONS]\n\n");
	for (size_t i = 0; i < NVERBS; i++)
		fprintf(out, "  %-8s %-42s %s\n", verbs[i].name, verbs[i].args, verbs[i].help);
	fprintf(out, "\nMODE is auto, native, generic or tc. erxdp(8) and erxdp.conf(5) tell the "
		     "rest.\n");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < NVERBS; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* Completion asks for help, too, with every key. */
static bool only_help(int argc, char **argv)
{
	return argc > 2 && (!strcmp(argv[argc - 1], "--help") || !strcmp(argv[argc - 1], "-h"));
}

/* An attach that nobody confirmed, and whose watchdog and daemon have both been killed. Whether the
 * verb is to be done. */
static bool see_to_overdue(const struct verb *verb)
{
	bool undone = false;
	struct error e;
	uint64_t left;

	if (verb->overdue == WITHOUT_UNDO || confirm_look(&left) != CONFIRM_OVERDUE)
		return true;
	if (confirm_enforce(&undone, &e))
		log_warn("%s", e.text);
	else if (undone)
		log_warn("nobody confirmed the attach in time, and it is undone now");
	return verb->overdue != UNLESS_UNDO;
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
	if (!only_help(argc, argv) && !see_to_overdue(verb))
		return EXIT_FAILED;
	return verb->run(argc - 1, argv + 1);
}
