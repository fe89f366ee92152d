/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of report.c that have a file of their own. */
#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include "results.h"

/* A column of a multiple; 0: there is none. */
void report_print_times(double times);

/* Packets that were paced: columns of the table, and a row without its end. */
void latency_print_columns(void);
void latency_print_row(const struct row *row);

/* Cost against the size of tables and the number of cores, for each suite that was run with more
 * than one. */
void scaling_print(const struct results *results);

#endif
