/* SPDX-License-Identifier: GPL-2.0-only */
/* What takeover.c and handback.c share. */
#ifndef ERXDP_TAKEOVER_PARTS_H
#define ERXDP_TAKEOVER_PARTS_H

#include <stdint.h>

struct mapset;

/* Changes flags of the programs (enum control_flags), some set and others cleared at once. */
void takeover_set_flags(const struct mapset *maps, uint32_t set, uint32_t clear);

#endif
