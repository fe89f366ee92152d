/* SPDX-License-Identifier: GPL-2.0-only */
/* What an attach loads, told without loading it. */
#ifndef ERXDP_LOAD_LIST_H
#define ERXDP_LOAD_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct load_map {
	const char *name, *type;
	unsigned int entries;
	unsigned int key, value; /* bytes of one; of a map by processor, of one processor's */
};

struct load_visitor {
	/* section: the ELF section, which says what kind of program it is: "xdp", "tc" and so on */
	void (*program)(const char *name, const char *section, void *arg);
	void (*map)(const struct load_map *map, void *arg);
};

/* Each program, and each map once however many objects share it, for tables of so many sessions;
 * xdp: the XDP program, too. The strings are good until the visitor returns. 0 or a negative errno.
 */
int load_list(unsigned int sessions, bool xdp, const struct load_visitor *visitor, void *arg);

#endif
