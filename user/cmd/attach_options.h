/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of attach and of run. */
#ifndef ERXDP_ATTACH_OPTIONS_H
#define ERXDP_ATTACH_OPTIONS_H

struct host;

/*
 * Reads the options and the configuration into a fresh *h. Negative: go on; else the exit code to
 * leave with, the message is printed.
 */
int attach_options(struct host *h, int argc, char **argv, const char *help);

#define ATTACH_OPTIONS_HELP                                                                    \
	"  -c, --config FILE   configuration instead of " ERXDP_CONFIG_FILE "\n"               \
	"  -m, --mode MODE     auto: native XDP, and TC where a driver has none (default)\n"   \
	"                      native: native XDP or nothing\n"                                \
	"                      generic: XDP behind the driver, slow; for tests\n"              \
	"                      tc: the TC programs alone\n"                                    \
	"  --dry-run [-j]      print what would be loaded, attached and changed, and change\n" \
	"                      nothing; -j: as JSON\n"                                         \
	"  --confirm SECONDS   undo the attach unless `erxdp confirm` comes in time\n"         \
	"  -h, --help          print this\n"

#endif
