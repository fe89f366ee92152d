/* SPDX-License-Identifier: GPL-2.0-only */
/* What found no port and no room, said in the log. */
#ifndef ERXDP_REFUSALS_H
#define ERXDP_REFUSALS_H

struct mapset;

/* For the daemon once a second: one line, with the last packet that was refused, where any was
 * since the call before. The first call only learns where the counters stand. */
void refusals_tick(const struct mapset *maps);

#endif
