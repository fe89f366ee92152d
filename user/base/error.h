/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A failure on its way up: a negative errno as the return value, and beside it the sentence for the
 * user. The command layer prints it, once.
 */
#ifndef ERXDP_ERROR_H
#define ERXDP_ERROR_H

struct error {
	char text[640];
};

/* Records the sentence and returns code, so that `return error_set(e, -EBUSY, ...)` reads well. */
int error_set(struct error *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
