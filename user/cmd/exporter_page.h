/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the exporter serves: metrics.h, and the ports in use.
 *
 * The maps stay open from one page to the next; an attach that comes, goes or is another one is
 * noticed by its pins. The ports in use take a walk over the sessions, of which each page does a
 * part: their numbers are those of the last walk that came to its end.
 */
#ifndef ERXDP_EXPORTER_PAGE_H
#define ERXDP_EXPORTER_PAGE_H

#include <stddef.h>

struct exporter_page;

/* NULL without memory. */
struct exporter_page *exporter_page_new(void);
void exporter_page_free(struct exporter_page *page);
/* Lets go of an attach that has gone, whose maps would stay in the kernel as long as they are open;
 * for once a second, from another thread too. */
void exporter_page_look(struct exporter_page *page);
/* Writes the text, to be freed. 0 or a negative errno, which has been logged. */
int exporter_page_make(struct exporter_page *page, char **text, size_t *len);

#endif
