/* SPDX-License-Identifier: GPL-2.0-only */
/* The packet that anew.bpf.c hands to a program, as tags.c gives it. */
#ifndef BENCH_ANEW_H
#define BENCH_ANEW_H

#include "frame.h"

/* What is written each time, of a frame without a tag the first bytes behind it too; behind that is
 * padding, so that frames may shrink or grow by a tag again and again. */
#define ANEW_WRITTEN (sizeof(struct bench_frame) + BENCH_TAG)
#define ANEW_MIDDLE  (ANEW_WRITTEN + 32 * BENCH_TAG)
#define ANEW_LONGEST (ANEW_WRITTEN + 64 * BENCH_TAG)

#endif
