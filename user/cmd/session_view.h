/* SPDX-License-Identifier: GPL-2.0-only */
/* A session on its way to the user: a row of the table, or a JSON object. */
#ifndef ERXDP_SESSION_VIEW_H
#define ERXDP_SESSION_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct iface_names;
struct session_rows;

struct session_view {
	bool json;
	bool age;	/* has a column in the table (JSON always has it) */
	bool bytes;	/* are counted: a column, and in JSON */
	uint64_t count; /* printed so far */
	const struct control *ctl;
	const struct iface_names *names;
	uint32_t now;		   /* session_clock() */
	struct session_rows *rows; /* gathered for the table; its own */
	bool headed;
};

/* Lists may be long: sessions are printed as they come, few are kept. 0 or a negative errno, -EIO
 * where nobody reads. */
int session_view_begin(struct session_view *view);
int session_view_add(struct session_view *view, const struct session *s);
int session_view_end(struct session_view *view);

#endif
