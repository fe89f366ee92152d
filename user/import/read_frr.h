/* SPDX-License-Identifier: GPL-2.0-only */
/* FRR's running configuration. Nothing in it is NAT's: it is told what of it meets the uplinks and
 * inside interfaces, as notes. */
#ifndef ERXDP_READ_FRR_H
#define ERXDP_READ_FRR_H

#include "import.h"

/* Asks vtysh, where there is one. One that fails is told in a note. */
void read_frr(struct import *im);
/* Reads one line of the configuration; adds what is worth telling as a note. */
void frr_read_line(struct import *im, const char *line);

#endif
