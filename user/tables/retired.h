/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was counted for interfaces that have left. Totals must only grow, and the next interface in
 * the slot must begin at zero; so what an interface counted moves to ERXDP_SLOT_REMOVED when it
 * leaves, or when its entry hook becomes another one and its rows would mean something else.
 *
 * Who has which slot is read from `ifaces`, by which the programs count: before the tables follow a
 * new plan, and after it, when no program counts for an interface that has left. Between the two
 * the commands wait (counter_rows.h). Where a daemon died between the two, rows are left in slots
 * of nobody; the one that adopts looks for them first.
 */
#ifndef ERXDP_RETIRED_H
#define ERXDP_RETIRED_H

#include <stdbool.h>

#include "iface_names.h"

struct fib_io;
struct mapset;

struct retired {
	bool begun;
	int lock;
	struct iface_names before;
};

/* Before the interfaces change. adopt: moves what slots of nobody hold, too. 0 or a negative errno,
 * after which retired_end() does nothing. */
int retired_begin(struct retired *r, const struct mapset *maps, bool adopt);
/* After they have; does nothing where nothing was begun. 0 or a negative errno. */
int retired_end(struct retired *r, const struct mapset *maps);

/* Whether what the slot holds is of an interface that has left it, or of another entry hook. */
bool retired_has_left(const struct iface_names *before, const struct iface_names *after,
		      unsigned int slot);
/* Moves the rows of a slot whose entry hook was `entry`. The programs may count there meanwhile,
 * and a packet of theirs may be lost. */
int retired_move(const struct mapset *maps, const struct fib_io *io, int ncpus, unsigned int slot,
		 enum hook entry);

#endif
