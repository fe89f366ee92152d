/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything `erxdp status` tells, gathered from the maps, the state file and the daemon. */
#ifndef ERXDP_STATUS_H
#define ERXDP_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "confirm.h"
#include "mapset.h"
#include "state.h"

struct json_object;

struct status {
	struct mapset maps;
	struct state state;
	bool has_state;			 /* the state file was there and readable */
	bool other_netns;		 /* attached in another network namespace than ours */
	bool xdp_missing[STATE_MAX_XDP]; /* somebody took the program off the device */
	bool trusted;
	uint64_t sessions, max_sessions;
	uint64_t prefixes, neighbours; /* as counted in the maps */
	bool sockets_counted;	       /* else the next one is 0, and only lookups find them */
	uint64_t reserved_ports;       /* that sockets of this host are bound to, TCP and UDP */
	uint64_t sockets_no_room;      /* how often one was not counted, LOCAL_PORTS_NO_ROOM */
	enum confirm_phase confirm;    /* does it undo itself unless it is confirmed? */
	uint64_t confirm_left;	       /* seconds until then, rounded up */
	struct json_object *daemon;    /* its answer, NULL without one */
	int daemon_error;	       /* why there is no answer */
};

/* The maps are open already, everything else zeroed. 0 or a negative errno. */
int status_read(struct status *s);
/* Frees and zeroes what was read; the maps stay open, and it may be read again. */
void status_forget(struct status *s);
/* The same, and closes the maps. */
void status_close(struct status *s);
/* Attached, in step with the kernel, and every program in its place. */
bool status_good(const struct status *s);
/* The reason why not, a sentence; never NULL. */
const char *status_why(const struct status *s);

/* A number of the daemon's answer, 0 where it has none. */
uint64_t status_daemon_number(const struct status *s, const char *key);

void status_print(const struct status *s);
struct json_object *status_json(const struct status *s);
/* Its part of what metrics.h prints. */
void status_prometheus(FILE *out, const struct status *s);
void status_prometheus_detached(FILE *out);

#endif
