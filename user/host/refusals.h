/* SPDX-License-Identifier: GPL-2.0-only */
/* What found no port and no room, said in the log. */
#ifndef ERXDP_REFUSALS_H
#define ERXDP_REFUSALS_H

struct mapset;

/* Learns where the counters stand: what was refused before is a former daemon's to say. */
void refusals_begin(const struct mapset *maps);

/* For the daemon once a second: one line, with the last packet that was refused, where any was
 * since the call before. */
void refusals_tick(const struct mapset *maps);

#endif
