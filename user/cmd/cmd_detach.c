// SPDX-License-Identifier: GPL-2.0-only
/* erxdp detach: removes every trace, with or without a daemon. */
#include <stdbool.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_common.h"
#include "daemon.h"
#include "error.h"
#include "log.h"
#include "takeover.h"

static const char help[] =
	"usage: erxdp detach\n"
	"\n"
	"End the daemon and remove the programs, maps, pins, qdiscs and the nft table\n"
	"of erxdp's; restore offloads. Flows go on in the kernel.\n"
	"\n"
	"  -h, --help   print this\n";

static int detach(struct error *e)
{
	struct takeover given = {};
	bool found = false;
	char text[1024];
	int err = daemon_detach(&found, &given, e);

	takeover_text(&given, "handed over to the kernel", text, sizeof(text));
	if (*text)
		puts(text);
	if (!err)
		puts(found ? "detached; the kernel forwards every packet"
			   : "not attached; nothing to remove");
	return err;
}

int cmd_detach(int argc, char **argv)
{
	struct error e = {};
	int ret = cmd_no_options("detach", argc, argv, help);

	if (ret >= 0)
		return ret;
	if (!detach(&e))
		return EXIT_DONE;
	log_err("%s", e.text);
	return EXIT_FAILED;
}
