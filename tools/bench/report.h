/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "results.h"

/* A table for each suite and load. */
void report_print(const struct results *results);

/* The same with stable keys: {"machine": {}, "results": []}. */
void report_print_json(const struct results *results);

#endif
