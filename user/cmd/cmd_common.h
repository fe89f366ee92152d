/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs that read the pinned maps share: opening them, and saying why that failed. */
#ifndef ERXDP_CMD_COMMON_H
#define ERXDP_CMD_COMMON_H

#include "mapset.h"

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
