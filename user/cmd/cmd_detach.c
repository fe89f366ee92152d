// SPDX-License-Identifier: GPL-2.0-only
/* erxdp detach: removes every trace, with or without a daemon. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "cmd_common.h"
#include "daemon.h"
#include "error.h"
#include "host.h"
#include "log.h"
#include "preflight.h"
#include "rundir.h"

static const char help[] =
	"usage: erxdp detach\n"
	"\n"
	"End the daemon and remove the programs, maps, pins, qdiscs and the nft table\n"
	"of erxdp's; restore offloads. Flows go on in the kernel.\n"
	"\n"
	"  -h, --help   print this\n";

static const struct option long_options[] = {
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int detach(struct error *e)
{
	bool found = false;
	pid_t holder;
	int err, lock;

	err = preflight(e);
	if (!err)
		err = host_check_netns(e);
	if (!err)
		err = daemon_stop(e);
	if (err)
		return err;
	lock = rundir_lock(&holder, e);
	if (lock < 0)
		return lock;
	err = host_detach(&found, e);
	rundir_remove();
	close(lock);
	if (!err)
		puts(found ? "detached; the kernel forwards every packet"
			   : "not attached; nothing to remove");
	return err;
}

int cmd_detach(int argc, char **argv)
{
	struct error e = {};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (opt != 'h')
			return cmd_usage("detach", NULL);
		fputs(help, stdout);
		return EXIT_DONE;
	}
	if (cmd_no_more("detach", argc, argv) >= 0)
		return EXIT_USAGE;
	if (!detach(&e))
		return EXIT_DONE;
	log_err("%s", e.text);
	return EXIT_FAILED;
}
