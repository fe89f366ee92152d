/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_ATTACH_REPORT_H
#define ERXDP_ATTACH_REPORT_H

#include <stddef.h>

struct host;

/* One line: what is attached where, and how many routes are in. */
void attach_report(const struct host *h, char *text, size_t size);

#endif
