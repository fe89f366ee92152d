// SPDX-License-Identifier: GPL-2.0-only
#include "text_append.h"

#include <stdarg.h>
#include <stdio.h>

void text_append(char *text, size_t size, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (*len >= size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text + *len, size - *len, fmt, ap);
	va_end(ap);
	*len += n > 0 ? n : 0;
}
