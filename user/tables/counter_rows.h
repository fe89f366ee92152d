/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of `counters` and `sent` as the commands read them and the daemon moves them. */
#ifndef ERXDP_COUNTER_ROWS_H
#define ERXDP_COUNTER_ROWS_H

#include <erxdp/maps.h>

#define SLOT_CELLS (HOOK_MAX * VERDICT_MAX) /* of `counters`: all rows of a slot, contiguous */

/* Reads n elements of a per-CPU array of counters from `first` on: percpu[i * ncpus + cpu]. 0 or a
 * negative errno. */
int rows_read(int fd, __u32 first, unsigned int n, struct counter *percpu, int ncpus);

/*
 * Who reads the totals while the daemon gives slots to other interfaces would see what an
 * interface counted twice or not at all. The lock is worth a short wait and no more: a process that
 * was stopped with it in its hands keeps nobody for long.
 */
enum rows_use { ROWS_READ, ROWS_MOVE };
/* A descriptor for rows_unlock(), which also takes the -1 of who could not have it. */
int rows_lock(enum rows_use use);
void rows_unlock(int lock);

#endif
