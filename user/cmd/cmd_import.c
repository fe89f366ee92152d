// SPDX-License-Identifier: GPL-2.0-only
/* erxdp import: the configuration that this host implies. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "cmd_common.h"
#include "error.h"
#include "explain.h"
#include "import.h"
#include "log.h"
#include "read_frr.h"
#include "read_host.h"
#include "read_legacy.h"
#include "read_nft.h"

static const char help[] =
	"usage: erxdp import [-j]   print the configuration that this host implies: its links, "
	"its\n"
	"                           default route, and what its NAT rules really do\n"
	"\n"
	"  -j, --json   print JSON\n"
	"  -h, --help   print this\n"
	"\n"
	"It changes nothing. Exit code 0: the configuration means the same as the rules; 1: some\n"
	"cannot be expressed, and are named with the reason.\n";

/* EXIT_DONE, or EXIT_FAILED after a message. */
static int read_all(struct import *im)
{
	struct error e;
	int err = read_host(&im->set.mem, &im->host);

	if (err)
		return cmd_failed("reading links and routes", err);
	if (read_nft(&im->set, &im->host, &e)) {
		log_err("%s", e.text);
		return EXIT_FAILED;
	}
	err = read_legacy(&im->set, &im->host);
	if (err)
		return cmd_failed("reading the rules of iptables-legacy", err);
	nat_ruleset_link(&im->set);
	return EXIT_DONE;
}

static int print(const struct import *im, bool json)
{
	int err = 0;

	if (json)
		err = explain_json(im);
	else
		explain_text(stdout, im);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = -EIO;
	if (err)
		return cmd_failed("printing the configuration", err);
	return import_refused(im) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_import(int argc, char **argv)
{
	static struct config config;
	struct import im = {.config = &config};
	bool json = false;
	int ret = cmd_only_json_option("import", argc, argv, help, &json);

	if (ret >= 0)
		return ret;
	nat_ruleset_begin(&im.set);
	ret = read_all(&im);
	if (!ret) {
		import_evaluate(&im);
		read_frr(&im);
		ret = print(&im, json);
	}
	nat_ruleset_free(&im.set);
	return ret;
}
