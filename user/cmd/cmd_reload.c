// SPDX-License-Identifier: GPL-2.0-only
/* erxdp reload: the daemon reads its configuration anew. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "cmd.h"
#include "cmd_common.h"
#include "daemon_client.h"
#include "log.h"

static const char help[] =
	"usage: erxdp reload\n"
	"\n"
	"Have the daemon read its configuration anew and put it into force, without\n"
	"losing a packet or a session. Exit code 1: it is refused, and what was in\n"
	"force stays. SIGHUP does the same, with the answer in the log alone.\n"
	"\n"
	"  -h, --help   print this\n";

static int print_answer(struct json_object *answer)
{
	const char *config = json_object_get_string(json_object_object_get(answer, "config"));
	const char *why = json_object_get_string(json_object_object_get(answer, "why"));
	bool done = json_object_get_boolean(json_object_object_get(answer, "done"));

	if (done)
		printf("%s is in force\n", config);
	else
		log_err("%s; what was in force stays in force", why);
	json_object_put(answer);
	return done ? EXIT_DONE : EXIT_FAILED;
}

static int reload(void)
{
	struct json_object *answer;
	int err = daemon_ask_reload(&answer);

	if (!err)
		return print_answer(answer);
	if (err != -ECONNREFUSED)
		return cmd_failed("asking the daemon", err);
	log_err("no daemon is there to read the configuration; `erxdp attach` starts one");
	return EXIT_FAILED;
}

int cmd_reload(int argc, char **argv)
{
	int ret = cmd_no_options("reload", argc, argv, help);

	return ret >= 0 ? ret : reload();
}
