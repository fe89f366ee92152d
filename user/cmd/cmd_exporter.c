// SPDX-License-Identifier: GPL-2.0-only
/* erxdp exporter: the metrics for Prometheus by HTTP, attached or not. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "cmd.h"
#include "cmd_common.h"
#include "exporter_http.h"
#include "exporter_listen.h"
#include "exporter_page.h"
#include "log.h"

static const char help[] =
	"usage: erxdp exporter [-l ADDRESS:PORT | -l PATH]\n"
	"\n"
	"Serves metrics for Prometheus at /metrics, in the foreground, whether erxdp is attached "
	"or "
	"not.\n"
	"\n"
	"  -l, --listen ADDRESS:PORT   where (" EXPORTER_LISTEN_DEFAULT
	"); IPv6 as [ADDRESS]:PORT;\n"
	"                              or the path of a Unix socket, beginning with /\n"
	"  -h, --help                  print this\n";

static const struct option long_options[] = {
	{"listen", required_argument, NULL, 'l'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* -1 to go on, or the exit code. */
static int parse_args(int argc, char **argv, const char **listen)
{
	int opt;

	argv[0] = "erxdp"; /* for getopt's own messages */
	while ((opt = getopt_long(argc, argv, "l:h", long_options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			*listen = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		default:
			return cmd_usage("exporter", NULL);
		}
	}
	return cmd_no_more("exporter", argc, argv);
}

/* What would keep every page from being made is better told at once. */
static int try_maps(void)
{
	struct mapset maps;
	int ret = cmd_try_open_maps(&maps);

	if (ret == EXIT_DONE)
		mapset_close(&maps);
	return ret == CMD_DETACHED ? EXIT_DONE : ret;
}

static int cannot_listen(const char *where, int err)
{
	if (err == -EINVAL)
		return cmd_usage("exporter",
				 "-l: '%s' is neither ADDRESS:PORT, with the address in digits, "
				 "nor a path",
				 where);
	log_err("listening at %s: %s%s", where, strerror(-err),
		err == -EADDRINUSE ? "; choose another one by --listen" : "");
	return EXIT_FAILED;
}

/* Before there is a thread, so that it leaves them to us too. */
static void block_signals(sigset_t *stop)
{
	sigemptyset(stop);
	sigaddset(stop, SIGTERM);
	sigaddset(stop, SIGINT);
	sigprocmask(SIG_BLOCK, stop, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void wait_for_end(const sigset_t *stop, struct exporter_page *page)
{
	const struct timespec second = {.tv_sec = 1};

	while (sigtimedwait(stop, NULL, &second) < 0)
		exporter_page_look(page);
}

static int serve(const char *where, int fd)
{
	struct exporter_page *page = exporter_page_new();
	struct MHD_Daemon *http;
	sigset_t stop;

	if (!page)
		return cmd_failed("serving", -ENOMEM);
	block_signals(&stop);
	http = exporter_http_start(fd, page);
	if (http) {
		log_info("metrics at %s%s/metrics", *where == '/' ? "unix:" : "http://", where);
		sd_notifyf(0, "READY=1\nSTATUS=metrics at %s", where);
		wait_for_end(&stop, page);
		sd_notify(0, "STOPPING=1");
		exporter_http_stop(http);
	} else {
		log_err("serving HTTP at %s failed", where);
	}
	exporter_page_free(page);
	return http ? EXIT_DONE : EXIT_FAILED;
}

int cmd_exporter(int argc, char **argv)
{
	const char *where = EXPORTER_LISTEN_DEFAULT;
	int fd, ret = parse_args(argc, argv, &where);

	if (ret >= 0)
		return ret;
	ret = try_maps();
	if (ret)
		return ret;
	fd = exporter_listen(where);
	if (fd < 0)
		return cannot_listen(where, fd);
	ret = serve(where, fd);
	exporter_unlisten(where);
	return ret;
}
