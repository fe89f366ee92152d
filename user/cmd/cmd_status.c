// SPDX-License-Identifier: GPL-2.0-only
/* erxdp status: is it attached, and can its tables be relied on? */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "cmd_common.h"
#include "output.h"
#include "status.h"

static const char help[] = "usage: erxdp status [-j]\n"
			   "\n"
			   "What is attached, and whether it is in step with the kernel. Exit code "
			   "0: attached, the fast\n"
			   "path is on, and a daemon follows the kernel; 1: not.\n"
			   "\n"
			   "  -j, --json   print JSON\n"
			   "  -h, --help   print this\n";

static int print_detached(bool json)
{
	struct json_object *obj;

	if (!json) {
		puts("not attached; `erxdp attach` does it");
		return EXIT_FAILED;
	}
	obj = json_object_new_object();
	json_add_bool(obj, "attached", false);
	json_add_bool(obj, "good", false);
	json_print(obj);
	return EXIT_FAILED;
}

static int print_status(struct status *s, bool json)
{
	int err = status_read(s);

	if (err)
		err = cmd_failed("reading the status", err);
	else if (json)
		json_print(status_json(s));
	else
		status_print(s);
	if (!err && !status_good(s))
		err = EXIT_FAILED;
	status_close(s);
	return err;
}

static int status(bool json)
{
	struct status *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return cmd_failed("reading the status", -ENOMEM);
	ret = cmd_try_open_maps(&s->maps);
	if (ret == CMD_DETACHED)
		ret = print_detached(json);
	else if (ret == EXIT_DONE)
		ret = print_status(s, json);
	free(s);
	return ret;
}

int cmd_status(int argc, char **argv)
{
	bool json = false;
	int ret = cmd_only_json_option("status", argc, argv, help, &json);

	return ret >= 0 ? ret : status(json);
}
