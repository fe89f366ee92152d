/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs share: their options, opening the pinned maps, and saying why something failed. */
#ifndef ERXDP_CMD_COMMON_H
#define ERXDP_CMD_COMMON_H

#include <stdbool.h>

#include "mapset.h"

/* Reads the options of a verb that has none but -j and -h: sets *json, or prints help. -1 to go on
 * with the arguments from optind on, or the exit code. */
int cmd_json_option(const char *verb, int argc, char **argv, const char *help, bool *json);
/* The same for a verb without arguments. */
int cmd_only_json_option(const char *verb, int argc, char **argv, const char *help, bool *json);
/* For a verb that has nothing but -h: prints help, or -1 to go on, or the exit code. */
int cmd_no_options(const char *verb, int argc, char **argv, const char *help);
/* -1 where no argument is left at optind, or EXIT_USAGE after a message. */
int cmd_no_more(const char *verb, int argc, char **argv);

/* A verb's work on the maps, with its arguments as its own type; returns the exit code. */
typedef int cmd_on_maps(const struct mapset *maps, const void *args);
/* Opens the maps as cmd_open_maps does, has the work done and closes them; the exit code. */
int cmd_with_maps(cmd_on_maps *work, const void *args);

/* Opens and maps the pinned maps read-only. EXIT_DONE, or EXIT_FAILED after a message that says
 * what to do. */
int cmd_open_maps(struct mapset *maps);
/* The same, but where nothing is attached CMD_DETACHED, without a message. */
#define CMD_DETACHED -1
int cmd_try_open_maps(struct mapset *maps);
/* The message for a negative errno met while `doing` something, with its remedy where there is one;
 * returns EXIT_FAILED. */
int cmd_failed(const char *doing, int err);
/* Points at the verb's help and returns EXIT_USAGE; fmt (may be NULL) says what is wrong first. */
int cmd_usage(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
