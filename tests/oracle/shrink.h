/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a failing sequence smaller while it still fails: fewer steps, then plainer ones. */
#ifndef ORACLE_SHRINK_H
#define ORACLE_SHRINK_H

#include "run.h"

/* Each try begins from a fresh state; ends after `seconds`. Leaves the run after the last failure.
 */
int shrink(struct run *run, struct sequence *sequence, double seconds);

#endif
