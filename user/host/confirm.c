// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "clock.h"
#include "confirm.h"
#include "daemon.h"
#include "error.h"
#include "log.h"
#include "rundir.h"
#include "takeover.h"

#define FILE_NAME     ERXDP_RUN_DIR "/confirm"
#define WATCHDOG_LOCK ERXDP_RUN_DIR "/watchdog"
#define LOOK_MS	      1000 /* between two looks of the watchdog's */
#define RETRY_MS      5000 /* after an undoing that failed */

/* Of the file: "DEADLINE SECONDS", the deadline by CLOCK_BOOTTIME in milliseconds, 0 while
 * attaching. Of one length, so that it is written over by one write and found whole by whoever
 * reads. */
struct deadline {
	unsigned long long at;
	unsigned int seconds;
};
#define DEADLINE_FORMAT "%020llu %010u\n"

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* The file. */

static int open_file(void)
{
	int fd = open(FILE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* What cannot be read is of an attach that was killed when it had just made the file. */
static struct deadline read_deadline(int fd)
{
	struct deadline d = {};
	char text[64] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0 ||
	    sscanf(text, "%llu %u", &d.at, &d.seconds) != 2)
		d = (struct deadline){};
	return d;
}

static int write_deadline(int fd, const struct deadline *d)
{
	char text[64];
	int n = snprintf(text, sizeof(text), DEADLINE_FORMAT, d->at, d->seconds);
	ssize_t written = pwrite(fd, text, n, 0);

	return written == n ? 0 : written < 0 ? -errno : -EIO;
}

static enum confirm_phase phase_of(const struct deadline *d, uint64_t *left)
{
	uint64_t now = now_ms();

	*left = 0;
	if (!d->at)
		return rundir_daemon() ? CONFIRM_ATTACHING : CONFIRM_OVERDUE;
	if (d->at <= now)
		return CONFIRM_OVERDUE;
	*left = d->at - now;
	return CONFIRM_PENDING;
}

enum confirm_phase confirm_look(uint64_t *left)
{
	struct deadline d;
	int fd = open_file();

	*left = 0;
	if (fd < 0)
		return fd == -ENOENT ? CONFIRM_NONE : CONFIRM_UNKNOWN;
	d = read_deadline(fd);
	close(fd);
	return phase_of(&d, left);
}

/* The lock of whoever confirms or undoes: its descriptor; -ENOENT where there is nothing to, -EBUSY
 * where somebody else is at it. */
static int lock_file(void)
{
	struct stat opened, linked;
	int fd = open_file();

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -EBUSY;
	}
	if (!fstat(fd, &opened) && !stat(FILE_NAME, &linked) && opened.st_ino == linked.st_ino)
		return fd;
	close(fd);
	return -ENOENT;
}

void confirm_remove(void)
{
	unlink(FILE_NAME);
	unlink(WATCHDOG_LOCK);
}

/* Undoing. */

static int undo_locked(int fd, bool *undone, struct error *e)
{
	struct deadline d = read_deadline(fd);
	struct takeover given = {};
	char text[1024];
	uint64_t left;
	bool found;
	int err;

	if (phase_of(&d, &left) != CONFIRM_OVERDUE)
		return 0;
	err = daemon_detach(&found, &given, e);
	takeover_text(&given, "handed over to the kernel", text, sizeof(text));
	if (*text)
		log_info("%s", text);
	if (err)
		return err;
	confirm_remove(); /* where there was nothing else in the directory to go with */
	*undone = true;
	return 0;
}

int confirm_enforce(bool *undone, struct error *e)
{
	int fd = lock_file(), err;

	*undone = false;
	if (fd == -EBUSY)
		return error_set(e, fd,
				 "nobody confirmed the attach in time, and it is being undone");
	if (fd < 0)
		return 0;
	err = undo_locked(fd, undone, e);
	close(fd);
	return err;
}

static int keep_locked(int fd, struct error *e)
{
	struct deadline d = read_deadline(fd);
	bool undone = false;
	uint64_t left;
	int err;

	switch (phase_of(&d, &left)) {
	case CONFIRM_PENDING:
		confirm_remove();
		return 0;
	case CONFIRM_ATTACHING:
		return error_set(e, -EBUSY, "the attach is not complete yet; confirm it then");
	default:
		err = undo_locked(fd, &undone, e);
		return err ? err
			   : error_set(e, -EBUSY,
				       "too late: nobody confirmed the attach in time, and it is "
				       "undone");
	}
}

int confirm_keep(struct error *e)
{
	int fd = lock_file(), err;

	if (fd == -EBUSY)
		return error_set(e, fd, "too late: the attach is being undone");
	if (fd == -ENOENT)
		return error_set(e, fd,
				 "nothing waits for a confirmation; `erxdp status` shows what is "
				 "attached");
	if (fd < 0)
		return error_set(e, fd, FILE_NAME " cannot be opened: %s", strerror(-fd));
	err = keep_locked(fd, e);
	close(fd);
	return err;
}

/* The watchdog. */

static bool watchdog_lives(void)
{
	int fd = open(WATCHDOG_LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool lives = false;

	if (fd < 0)
		return false;
	lives = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return lives;
}

static void try_to_undo(void)
{
	static char said[sizeof(((struct error *)0)->text)];
	struct error e = {};
	bool undone;
	int err = confirm_enforce(&undone, &e);

	if (undone)
		log_warn("nobody confirmed the attach in time: it is undone");
	if (!err || err == -EBUSY)
		return;
	if (strcmp(said, e.text))
		log_err("nobody confirmed the attach in time, but it cannot be undone: %s; trying "
			"again",
			e.text);
	memcpy(said, e.text, sizeof(said));
	sleep_ms(RETRY_MS);
}

static void watch(void)
{
	enum confirm_phase phase;
	uint64_t left;

	while ((phase = confirm_look(&left)) != CONFIRM_NONE) {
		if (phase == CONFIRM_OVERDUE) {
			try_to_undo();
			left = LOOK_MS / 10; /* or another process is at it */
		}
		sleep_ms(phase == CONFIRM_ATTACHING || phase == CONFIRM_UNKNOWN || left > LOOK_MS
				 ? LOOK_MS
				 : left);
	}
}

/* Nothing of the daemon's: its locks would be held for longer than it lives, and whoever reads its
 * standard output would wait. */
static void leave_daemon(void)
{
	sigset_t none;
	int null;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	close_range(0, ~0U, 0);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	log_to_syslog();
	if (chdir("/"))
		log_debug("chdir: %s", strerror(errno));
}

static void run_watchdog(void)
{
	int lock;

	leave_daemon();
	lock = open(WATCHDOG_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	/* Another one is there. */
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB))
		_exit(1);
	watch();
	_exit(0);
}

/* By way of a child that ends at once, so that the watchdog is init's and not the daemon's to wait
 * for. */
static int start_watchdog(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		pid = fork();
		if (!pid)
			run_watchdog();
		_exit(pid < 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EAGAIN;
}

/* The daemon. */

int confirm_begin(unsigned int seconds, struct error *e)
{
	const struct deadline d = {.seconds = seconds};
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : write_deadline(fd, &d);

	if (fd >= 0)
		close(fd);
	if (!err)
		err = start_watchdog();
	if (!err)
		return 0;
	confirm_remove();
	return error_set(e, err, "nothing is attached, since it could not be undone: %s",
			 strerror(-err));
}

int confirm_arm(struct error *e)
{
	int fd = open_file(), err = fd < 0 ? fd : 0;
	struct deadline d;

	if (!err) {
		d = read_deadline(fd);
		d.at = now_ms() + d.seconds * 1000ULL;
		err = write_deadline(fd, &d);
		close(fd);
	}
	return err ? error_set(e, err, FILE_NAME " cannot be written: %s", strerror(-err)) : 0;
}

void confirm_mend(void)
{
	if (access(FILE_NAME, F_OK) || watchdog_lives())
		return;
	if (start_watchdog())
		log_warn("the attach waits for a confirmation, and nobody watches its time");
}
