/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came out of a router, made comparable: an outside port becomes the flow's inside port, with
 * every checksum that covers it changed by as much (so that a wrong one stays as wrong); the IP id
 * of a packet that the router made itself becomes 0.
 */
#ifndef ORACLE_NORMAL_H
#define ORACLE_NORMAL_H

#include "flow.h"

/* True where a port was put back. */
bool normal_frame(struct flows *flows, enum router r, struct frame *frame);

#endif
