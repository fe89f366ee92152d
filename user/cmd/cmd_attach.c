// SPDX-License-Identifier: GPL-2.0-only
/* erxdp attach: the daemon goes to the background when traffic is being handled. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "attach_options.h"
#include "attach_report.h"
#include "cmd.h"
#include "daemon.h"
#include "error.h"
#include "host.h"
#include "log.h"

static const char help[] =
	"usage: erxdp attach [OPTIONS]\n"
	"\n"
	"Read the routes, load the programs and attach them; return when traffic is\n"
	"being handled. The daemon stays in the background.\n"
	"\n" ATTACH_OPTIONS_HELP;

static volatile sig_atomic_t child;

/* An interrupted attach is undone by the process that makes it. */
static void pass_on(int sig)
{
	(void)sig;
	if (child > 0)
		kill(child, SIGTERM);
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fflush(stdout);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	setsid();
	log_to_syslog();
}

static void ready(const struct host *h, void *arg)
{
	int *pipe_end = arg;
	char text[1024];

	attach_report(h, text, sizeof(text));
	puts(text);
	takeover_text(&h->took, "taken over from the kernel", text, sizeof(text));
	if (*text)
		puts(text);
	leave_terminal();
	if (chdir("/") || write(*pipe_end, "", 1) != 1)
		log_warn("nobody waited for the attach");
	close(*pipe_end);
}

static int run_child(struct host *h, int pipe_end)
{
	struct error e = {};

	if (!daemon_serve(h, ready, &pipe_end, &e))
		return EXIT_DONE;
	log_err("%s", e.text);
	return EXIT_FAILED;
}

static int wait_for_child(int pipe_end)
{
	int status;
	char byte;
	ssize_t n;

	do
		n = read(pipe_end, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return EXIT_DONE;
	/* It said why. */
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return EXIT_FAILED;
}

static int attach(struct host *h)
{
	struct sigaction act = {.sa_handler = pass_on}, def = {.sa_handler = SIG_DFL};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		log_err("pipe: %s", strerror(errno));
		return EXIT_FAILED;
	}
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	child = fork();
	if (child < 0) {
		log_err("fork: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (child > 0) {
		close(ends[1]);
		return wait_for_child(ends[0]);
	}
	sigaction(SIGINT, &def, NULL);
	sigaction(SIGTERM, &def, NULL);
	close(ends[0]);
	return run_child(h, ends[1]);
}

int cmd_attach(int argc, char **argv)
{
	struct host *h = malloc(sizeof(*h));
	int ret;

	if (!h)
		return EXIT_FAILED;
	ret = attach_options(h, argc, argv, help);
	if (ret < 0)
		ret = attach(h);
	free(h);
	return ret;
}
