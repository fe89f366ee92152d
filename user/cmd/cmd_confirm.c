// SPDX-License-Identifier: GPL-2.0-only
/* erxdp confirm: keeps an attach that would undo itself. */
#include <getopt.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_common.h"
#include "confirm.h"
#include "error.h"
#include "log.h"
#include "preflight.h"

static const char help[] =
	"usage: erxdp confirm\n"
	"\n"
	"Keep an attach that was made with --confirm, and would undo itself otherwise.\n"
	"Exit code 1: there is none, or it is too late.\n"
	"\n"
	"  -h, --help   print this\n";

static int confirm(void)
{
	struct error e;

	if (preflight(&e) || confirm_keep(&e)) {
		log_err("%s", e.text);
		return EXIT_FAILED;
	}
	puts("confirmed; what is attached stays");
	return EXIT_DONE;
}

int cmd_confirm(int argc, char **argv)
{
	int ret = cmd_no_options("confirm", argc, argv, help);

	return ret >= 0 ? ret : confirm();
}
