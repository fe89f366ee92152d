/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_PROGRAMS_H
#define ERXDP_PROGRAMS_H

struct check;

void check_programs_xdp(struct check *c);
void check_programs_tc(struct check *c);

#endif
