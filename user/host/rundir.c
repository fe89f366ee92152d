// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "confirm.h"
#include "control_socket.h"
#include "dispatcher.h"
#include "error.h"
#include "rundir.h"
#include "state.h"

#define LOCK_FILE ERXDP_RUN_DIR "/lock"

static pid_t read_pid(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return 0;
	return atoi(text);
}

static int write_pid(int fd, pid_t pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d\n", pid);

	if (ftruncate(fd, 0) || pwrite(fd, text, n, 0) != n)
		return -errno;
	return 0;
}

/* A detach may have unlinked the file between open() and flock(): then it is nobody's lock. */
static bool still_linked(int fd)
{
	struct stat opened, linked;

	return !fstat(fd, &opened) && !stat(LOCK_FILE, &linked) && opened.st_ino == linked.st_ino &&
	       opened.st_dev == linked.st_dev;
}

static int take_lock(pid_t *holder)
{
	int fd, err;

	for (;;) {
		if (mkdir(ERXDP_RUN_DIR, 0700) && errno != EEXIST)
			return -errno;
		fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			err = errno == EWOULDBLOCK ? -EBUSY : -errno;
			*holder = read_pid(fd);
			close(fd);
			return err;
		}
		if (still_linked(fd))
			return fd;
		close(fd);
	}
}

static int refuse(pid_t holder, struct error *e)
{
	if (!holder)
		return error_set(e, -EBUSY, "another detach is under way; wait for its end");
	return error_set(e, -EBUSY,
			 "attached already, the daemon is process %d; `erxdp status` "
			 "shows it, `erxdp detach` ends it",
			 holder);
}

int rundir_lock(pid_t pid, struct error *e)
{
	pid_t holder = 0;
	int err, fd = take_lock(&holder);

	if (fd == -EBUSY)
		return refuse(holder, e);
	if (fd < 0)
		return error_set(e, fd, LOCK_FILE " cannot be locked: %s", strerror(-fd));
	err = write_pid(fd, pid);
	if (err) {
		close(fd);
		return error_set(e, err, LOCK_FILE " cannot be written: %s", strerror(-err));
	}
	return fd;
}

pid_t rundir_daemon(void)
{
	int fd = open(LOCK_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK)
		pid = read_pid(fd);
	close(fd);
	return pid;
}

void rundir_remove(void)
{
	if (state_exists())
		return;
	dispatcher_remove();
	confirm_remove();
	unlink(CONTROL_SOCKET);
	unlink(LOCK_FILE);
	rmdir(ERXDP_RUN_DIR);
}
