// SPDX-License-Identifier: GPL-2.0-only
#include "read_frr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VTYSH "/usr/bin/vtysh"

/* "neighbor 192.168.0.2 remote-as 12076": by which device its prefixes come. */
static void note_neighbour(struct import *im, const char *address, const char *as)
{
	const struct host_device *device;
	const char *place;
	struct in_addr in;

	if (inet_pton(AF_INET, address, &in) != 1)
		return;
	device = host_device_of(&im->host, ntohl(in.s_addr));
	place = !device ? "on no network of this host's"
			: nat_ruleset_text(&im->set, "on %s, %s", device->name,
					   device->uplink   ? "an uplink"
					   : device->inside ? "an inside interface"
							    : "which erxdp does not serve");
	import_note(im,
		    nat_ruleset_text(&im->set,
				     "FRR: BGP neighbour %s, AS %s, %s. The routes that it brings "
				     "are followed as the kernel has them.",
				     address, as, place));
}

void frr_read_line(struct import *im, const char *line)
{
	char address[64], word[64];

	if (sscanf(line, " neighbor %63s remote-as %63s", address, word) == 2)
		note_neighbour(im, address, word);
	else if (sscanf(line, " neighbor %63s %63s", address, word) == 2 &&
		 !strcmp(word, "default-originate"))
		import_note(im, nat_ruleset_text(
					&im->set,
					"FRR announces the default route to %s: what comes from "
					"there leaves by the uplink.",
					address));
}

static void read_lines(struct import *im, int fd)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		close(fd);
		return;
	}
	while (getline(&line, &room, file) > 0)
		frr_read_line(im, line);
	free(line);
	fclose(file);
}

/* No shell: the words are these. */
static int start(int out, pid_t *pid)
{
	static char *const argv[] = {"vtysh", "-c", "show running-config", NULL};
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return err;
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(pid, VTYSH, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

static void failed(struct import *im, const char *why)
{
	import_note(im, nat_ruleset_text(&im->set, "FRR's running configuration was not read: %s.",
					 why));
}

void read_frr(struct import *im)
{
	int ends[2], status, err;
	pid_t pid;

	if (access(VTYSH, X_OK))
		return;
	if (pipe2(ends, O_CLOEXEC)) {
		failed(im, strerror(errno));
		return;
	}
	err = start(ends[1], &pid);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		failed(im, strerror(err));
		return;
	}
	import_note(im, "FRR's running configuration was read (vtysh); nothing in it is NAT.");
	read_lines(im, ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		failed(im, "vtysh failed; is FRR running?");
}
