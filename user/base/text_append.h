/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_TEXT_APPEND_H
#define ERXDP_TEXT_APPEND_H

#include <stddef.h>

/* printf() behind the first *len bytes of `text`, which grow by what there was to say; what is
 * beyond `size` is cut off. */
void __attribute__((format(printf, 4, 5)))
text_append(char *text, size_t size, size_t *len, const char *fmt, ...);

#endif
