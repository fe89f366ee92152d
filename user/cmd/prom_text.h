/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prometheus's text exposition format 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/ and /docs/practices/naming/
 */
#ifndef ERXDP_PROM_TEXT_H
#define ERXDP_PROM_TEXT_H

#include <stdint.h>
#include <stdio.h>

/* As HTTP has it in Content-Type. */
#define PROM_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The lines of help and type that come before a metric's values. type: counter or gauge. */
void prom_head(FILE *out, const char *name, const char *type, const char *help);
/* NAME="VALUE", with what must be escaped escaped: a device may be named with any character but '/'
 * and blanks. */
void prom_label(FILE *out, const char *name, const char *value);
/* A metric without labels, whole. */
void prom_gauge(FILE *out, const char *name, const char *help, uint64_t value);
void prom_counter(FILE *out, const char *name, const char *help, uint64_t value);

#endif
