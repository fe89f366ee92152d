/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An attach that undoes itself unless somebody confirms it: `erxdp attach --confirm SECONDS`.
 *
 * ERXDP_RUN_DIR/confirm is there for as long as nobody has, with the deadline in it. A process of
 * its own waits for that, the watchdog: so it makes no difference whether the daemon lives by then.
 * Where the watchdog has gone, the daemon starts another one; where both have, the next command or
 * the next daemon sees the file and undoes what is overdue. Whoever undoes or confirms holds a lock
 * on the file meanwhile, so that it is one or the other.
 */
#ifndef ERXDP_CONFIRM_H
#define ERXDP_CONFIRM_H

#include <stdbool.h>
#include <stdint.h>

struct error;

#define CONFIRM_MAX 86400 /* seconds */

enum confirm_phase {
	CONFIRM_NONE, /* nothing waits for a confirmation */
	CONFIRM_ATTACHING,
	CONFIRM_PENDING,
	CONFIRM_OVERDUE, /* or the attach was killed midway */
	CONFIRM_UNKNOWN, /* the file cannot be opened: something may wait */
};

/* How it stands; *left: milliseconds until the deadline, of CONFIRM_PENDING, else 0. */
enum confirm_phase confirm_look(uint64_t *left);

/* The daemon, which holds the lock of rundir.h. */

/* Before anything is attached: writes the file and starts the watchdog. 0 or a negative errno with
 * its sentence. */
int confirm_begin(unsigned int seconds, struct error *e);
/* The attach is complete: the time runs from now on. 0 or a negative errno with its sentence. */
int confirm_arm(struct error *e);
/* Once a second. */
void confirm_mend(void);

/* Commands. */

/* Keeps the attach. 0, or a negative errno with its sentence: -ENOENT, nothing waits for it;
 * -EBUSY, too early or too late. What is overdue is undone. */
int confirm_keep(struct error *e);
/* Undoes what is overdue. 0, with *undone: whether there was anything; or a negative errno with its
 * sentence: -EBUSY where another process is at it. */
int confirm_enforce(bool *undone, struct error *e);
/* Nothing is attached any more: detached, or the attach failed and has undone itself. */
void confirm_remove(void);

#endif
