/* SPDX-License-Identifier: GPL-2.0-only */
/* What every attach needs, asked before anything is touched. */
#ifndef ERXDP_PREFLIGHT_H
#define ERXDP_PREFLIGHT_H

struct error;

/* 0, or a negative errno with a sentence that says what is missing and how to get it. */
int preflight(struct error *e);

#endif
