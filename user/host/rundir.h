/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ERXDP_RUN_DIR and the lock in it. Who holds the lock is the daemon (or a detach): its pid is in
 * the file, and is to be believed only while the lock is held. The kernel drops the lock with the
 * process, however it ends.
 */
#ifndef ERXDP_RUNDIR_H
#define ERXDP_RUNDIR_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

/*
 * Makes the directory and takes the lock. The descriptor, or a negative errno: -EBUSY with the
 * holder's pid in *holder when somebody else has it.
 */
int rundir_lock(pid_t *holder, struct error *e);
/* The pid of the daemon that runs now; 0: none. */
pid_t rundir_daemon(void);
/* Removes the directory, unless there is a state: then something is attached. The caller holds the
 * lock. */
void rundir_remove(void);

#endif
