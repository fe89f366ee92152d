// SPDX-License-Identifier: GPL-2.0-only
/* erxdp run: attach, and stay in the foreground, for systemd (Type=notify). */
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include <erxdp/abi.h>

#include "attach_options.h"
#include "attach_report.h"
#include "cmd.h"
#include "daemon.h"
#include "error.h"
#include "host.h"
#include "log.h"

static const char help[] =
	"usage: erxdp run [OPTIONS]\n"
	"\n"
	"Attach as `erxdp attach` does, and stay in the foreground. SIGTERM ends the\n"
	"daemon and leaves everything attached; `erxdp detach` removes it.\n"
	"\n" ATTACH_OPTIONS_HELP;

static void ready(const struct host *h, void *arg)
{
	char text[512], connections[1024];

	(void)arg;
	attach_report(h, text, sizeof(text));
	log_info("%s", text);
	sd_notifyf(0, "READY=1\nSTATUS=%s", text);
	takeover_text(&h->took, "taken over from the kernel", connections, sizeof(connections));
	if (*connections)
		log_info("%s", connections);
}

int cmd_run(int argc, char **argv)
{
	struct host *h = malloc(sizeof(*h));
	struct error e = {};
	int ret;

	if (!h)
		return EXIT_FAILED;
	ret = attach_options(h, argc, argv, help);
	if (ret < 0) {
		ret = daemon_serve(h, ready, NULL, &e) ? EXIT_FAILED : EXIT_DONE;
		sd_notify(0, "STOPPING=1");
		if (ret)
			log_err("%s", e.text);
	}
	free(h);
	return ret;
}
