/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics for Prometheus: what `erxdp stats --prometheus` prints and `erxdp exporter` serves,
 * from the readers of `erxdp stats` and `erxdp status`. */
#ifndef ERXDP_METRICS_H
#define ERXDP_METRICS_H

#include <stdio.h>

struct mapset;

/* 0, -ENOENT when erxdp was detached meanwhile, or another negative errno; then nothing was
 * printed. The work does not grow with the number of sessions. */
int metrics_print(FILE *out, const struct mapset *maps);
/* The same where nothing is attached. */
void metrics_print_detached(FILE *out);

#endif
