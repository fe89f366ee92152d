/* SPDX-License-Identifier: GPL-2.0-only */
/* What was measured, as a line of JSON for each contender. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdio.h>

#include "measure.h"

void result_write(FILE *out, const struct measurement *m);

#endif
