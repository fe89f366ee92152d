/* SPDX-License-Identifier: GPL-2.0-only */
/* What the figures were had on: a line of JSON, {"machine": {...}}. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdio.h>

void machine_write(FILE *out);

#endif
