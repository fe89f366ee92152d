/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs' routes, written by the daemon's own code. */
#ifndef TEST_ROUTES_H
#define TEST_ROUTES_H

#include <stdint.h>

/* Over the bench's maps, which are empty. */
void routes_open(void);
void routes_close(void);
void routes_clear(void);
/* "10.0.0.0/8", or a host's address. */
void route_set(const char *prefix, uint16_t value);
void route_remove(const char *prefix);

#endif
