/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_SYSCTL_H
#define ERXDP_SYSCTL_H

#include <stdbool.h>

/* The number in a file of /proc/sys; false, and *value as it was, where it has none. */
bool sysctl_read(const char *path, long *value);

#endif
