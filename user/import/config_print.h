/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_CONFIG_PRINT_H
#define ERXDP_CONFIG_PRINT_H

#include <stdio.h>

struct config;

/* Prints what an import can set, as config_load() reads it: [interfaces], [nat] (exemptions and
 * ports), [uplink], [forward]. */
void config_print(FILE *out, const struct config *config);
/* Prints text as comment lines that are short enough for the reader, and none of which can be
 * anything else, whatever is in the text. */
void comment_print(FILE *out, const char *text);

#endif
