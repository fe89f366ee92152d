/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mirror keeps the programs' tables equal to the kernel's: netlink socket -> message parser ->
 * rib (model) -> fib (difference) -> maps. It owns the sockets; the daemon's loop calls it.
 */
#ifndef ERXDP_MIRROR_H
#define ERXDP_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct mapset;
struct mirror;
struct plan;
struct rib;

struct mirror_status {
	bool trusted;	   /* CONTROL_TRUSTED as set */
	char why[160];	   /* when not trusted: the reason, a sentence */
	uint64_t resyncs;  /* full resynchronisations after the first */
	uint64_t overruns; /* ENOBUFS seen */
	uint64_t messages; /* notifications taken */
	uint32_t routes;   /* in the kernel's tables, as modelled */
	uint32_t prefixes; /* installed in the programs' table */
	uint32_t nexthops, groups, neighbours;
	uint32_t unresolved; /* gateways without a usable neighbour entry */
};

/* Opens the sockets (subscribes first). The config must outlive the mirror. 0 or a negative errno.
 */
int mirror_open(struct mirror **m, const struct config *config);
/* Full dump into the rib; nothing is written to maps yet. 0 or a negative errno. */
int mirror_dump(struct mirror *m);
const struct rib *mirror_rib(const struct mirror *m);
/* Gives the mirror its plan and maps, writes every table whole by difference and sets
 * CONTROL_TRUSTED. Works on empty maps and on maps found pinned with old contents. */
int mirror_start(struct mirror *m, const struct plan *plan, struct mapset *maps);
/* The descriptor to poll, and what to call when it is readable: takes every waiting message,
 * applies the difference; on ENOBUFS or an interrupted dump clears CONTROL_TRUSTED, resynchronises
 * and sets it again. */
int mirror_fd(const struct mirror *m);
int mirror_dispatch(struct mirror *m);
/* Once a second: resolve and refresh neighbours that only the fast path uses (NTF_USE), finish
 * postponed work. */
int mirror_tick(struct mirror *m);
void mirror_get_status(const struct mirror *m, struct mirror_status *status);
/* True once after the interfaces of the plan may have changed (VLAN made or removed, bond member
 * pulled); the daemon derives the plan anew and calls mirror_replan(). */
bool mirror_plan_changed(struct mirror *m);
int mirror_replan(struct mirror *m, const struct plan *plan);
/* The configuration says something else by now: fib_reconfigure(). mirror_replan() must follow. */
int mirror_reconfigure(struct mirror *m);
/* The receive buffer of the notifications, in bytes; tests make it overflow. 0 or a negative errno.
 */
int mirror_set_buffer(struct mirror *m, int bytes);
void mirror_close(struct mirror *m);

#endif
