// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "error.h"

int error_set(struct error *e, int code, const char *fmt, ...)
{
	/* Arguments may point into e->text, when one sentence is put inside another. */
	char text[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(e->text, sizeof(e->text), "%s", text);
	return code;
}
