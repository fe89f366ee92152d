/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_READ_HOST_H
#define ERXDP_READ_HOST_H

#include "rule.h"

/* Links, addresses and the default route, from rtnetlink. 0 or a negative errno. */
int read_host(struct obstack *mem, struct import_host *host);

#endif
