/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ERXDP_RUN_DIR and the lock in it. Who holds the lock is the daemon, whose pid is in the file, or
 * a detach, which is 0 there: nobody may end it as he would a daemon. It is to be believed only
 * while the lock is held. The kernel drops the lock with the process, however it ends.
 */
#ifndef ERXDP_RUNDIR_H
#define ERXDP_RUNDIR_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

/*
 * Makes the directory and takes the lock, as the daemon with this pid or, 0, for a detach. The
 * descriptor, or a negative errno with its sentence: -EBUSY where somebody else has it.
 */
int rundir_lock(pid_t pid, struct error *e);
/* The pid of the daemon that runs now; 0: none. */
pid_t rundir_daemon(void);
/* Removes the directory, unless there is a state: then something is attached. The caller holds the
 * lock. */
void rundir_remove(void);

#endif
