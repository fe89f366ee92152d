/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions in an order, and no more of them than are wanted: the options of `erxdp nat show`. Of
 * each session that is gathered 16 bytes are kept; it is read again when its turn comes, and left
 * out if it has ended by then.
 */
#ifndef ERXDP_SESSION_SORT_H
#define ERXDP_SESSION_SORT_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sessions.h"

enum session_order { SORT_NONE, SORT_AGE, SORT_IDLE, SORT_EXPIRES, SORT_BYTES };

/* Zeroed: as the table has them, all. */
struct session_sort {
	enum session_order order;
	bool reverse;	/* the least first */
	uint32_t limit; /* 0: all */
	/* Its own: */
	struct sort_item *item;
	size_t n, room;
};

#define SESSION_SORT_SHORT "S:rn:"
#define SESSION_SORT_LONG                                                            \
	{"sort", required_argument, NULL, 'S'}, {"reverse", no_argument, NULL, 'r'}, \
	{                                                                            \
		"limit", required_argument, NULL, 'n'                                \
	}
#define SESSION_SORT_HELP                                                               \
	"  -S, --sort age|idle|expires|bytes\n"                                         \
	"                               those with the most of it first; bytes: with\n" \
	"                               accounting = yes\n"                             \
	"  -r, --reverse                these last\n"                                   \
	"  -n, --limit N                N sessions at most\n"

/* Takes one option. 0, 1 when it is none of these, or -EINVAL with what was expected in err. */
int session_sort_set(struct session_sort *sort, int option, const char *arg, char *err,
		     size_t errlen);
/* Gathers a session. 0 or -ENOMEM. */
int session_sort_add(struct session_sort *sort, const struct session *s, const struct control *ctl,
		     uint32_t now);
/* Visits what was gathered, in its order, up to the limit, until visit returns other than 0;
 * returns that, or 0. */
int session_sort_walk(struct session_sort *sort, const struct mapset *maps, session_visit_fn visit,
		      void *arg);
void session_sort_free(struct session_sort *sort);

#endif
