// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"
#include "error.h"
#include "host.h"
#include "preflight.h"
#include "rundir.h"

#define PATIENCE_MS 5000

/* A pidfd stays with its process: the signal never goes to a later one with the same number. */
static int open_pid(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static int end_process(int pidfd, int sig)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0))
		return errno == ESRCH ? 0 : -errno;
	return poll(&p, 1, PATIENCE_MS) == 1 ? 0 : -ETIMEDOUT;
}

int daemon_stop(struct error *e)
{
	pid_t pid = rundir_daemon();
	int fd, err;

	if (!pid)
		return 0;
	fd = open_pid(pid);
	if (fd == -ESRCH)
		return 0;
	if (fd < 0)
		return error_set(e, fd, "the daemon, process %d, cannot be reached: %s", pid,
				 strerror(-fd));
	/* The lock still names it: so it is the daemon, and not a later process of that number. */
	err = rundir_daemon() == pid ? end_process(fd, SIGTERM) : 0;
	if (err == -ETIMEDOUT)
		err = end_process(fd, SIGKILL);
	close(fd);
	if (err)
		return error_set(e, err, "the daemon, process %d, does not end: %s", pid,
				 strerror(-err));
	return 0;
}

int daemon_detach(bool *found, struct takeover *given, struct error *e)
{
	int err, lock;

	err = preflight(e);
	if (!err)
		err = host_check_netns(e);
	if (!err)
		err = daemon_stop(e);
	if (err)
		return err;
	lock = rundir_lock(0, e);
	if (lock < 0)
		return lock;
	err = host_detach(found, given, e);
	rundir_remove();
	close(lock);
	return err;
}
