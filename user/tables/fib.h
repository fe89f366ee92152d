/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs read, kept equal to what the model (rib), the plan and the configuration imply:
 * the one place that computes a difference and writes it to the maps.
 *
 * Structures and owners
 *
 *   fib ── nexthops ── fib_nexthop   one slot of `nexthops` for each kernel nexthop object (and
 *       │                            route MTU), or for each distinct device and gateway of routes
 *       │                            that bring their own hops. So a gateway, MAC or device that
 *       │                            changes is one write, for however many prefixes.
 *       ├─ groups ──── fib_group     one slot of `groups`; holds its members' fib_nexthops
 *       ├─ table ───── dir24         what is looked up, by address
 *       ├─ records ─── fib_record    what is in force, by prefix
 *       └─ sets ────── fib_set       shadows of the small hashes and tries
 *
 *   What a prefix has in the table is remembered in its rib_prefix (cookie), which also holds a
 *   reference on the fib_nexthop or fib_group behind it.
 *
 * Flow of fib_apply()
 *
 *   addresses of uplinks -> interfaces -> slaves of bonds -> contents of slots in use -> members of
 *   groups -> changed prefixes (new slots are written before the route that names them; all
 *   additions before the first removal) -> on-link neighbours. A slot that lost its last reference
 *   rests before it is used again, since a program may just have read its number from a route.
 *
 * fib_start() adopts what it finds in the maps: slots that an installed route names are taken over
 * by the first owner with the same device and gateway; those that nobody takes over live on until
 * their last route has been rewritten. The programs meanwhile read either the old answer or the new
 * one, each whole.
 */
#ifndef ERXDP_FIB_H
#define ERXDP_FIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct config;
struct fib;
struct mapset;
struct plan;
struct rib;

/* The way to the maps that are not memory-mapped; tests bring their own. 0 or a negative errno. */
struct fib_io {
	int (*update)(int fd, const void *key, const void *value);
	int (*lookup)(int fd, const void *key, void *value);
	int (*remove)(int fd, const void *key);
	int (*next)(int fd, const void *key, void *next); /* key NULL: the first; -ENOENT: none */
	uint64_t (*now)(void);				  /* milliseconds, monotonic */
};
extern const struct fib_io fib_io_bpf;

/* The rest that a slot takes before it is used again, in milliseconds. */
#define FIB_SLOT_REST 1000

struct fib *fib_new(struct rib *rib, const struct config *config, struct mapset *maps,
		    const struct fib_io *io);
void fib_free(struct fib *fib);

/* Adopts the maps' contents and makes them equal to the model; 0 or a negative errno. */
int fib_start(struct fib *fib, const struct plan *plan);
int fib_replan(struct fib *fib, const struct plan *plan);
/* The configuration, which fib_new() was given, says something else by now: takes over its
 * policies, ports and timeouts. The rest comes with the fib_replan() that must follow. 0 or a
 * negative errno. */
int fib_reconfigure(struct fib *fib);
/* Applies what changed in the model. 0, or a negative errno: fib_trouble() says what, and the
 * next call tries again. */
int fib_apply(struct fib *fib);
/* The same, once a second: also tries again what found no free slot. */
int fib_retry(struct fib *fib);
/* What the tables lack, as a sentence; empty: nothing. */
const char *fib_trouble(const struct fib *fib);

/* What the programs may rely on: CONTROL_TRUSTED, the tables are whole; CONTROL_HASH_L4, paths are
 * chosen by ports too. */
void fib_set_trusted(struct fib *fib, bool on);
void fib_set_hash_l4(struct fib *fib, bool on);

/* The gateways of installed nexthops that erxdp sends to, and whose entry is missing, failed or
 * stale; and on-link neighbours that are stale but in use. */
typedef void (*fib_resolve_fn)(uint32_t ifindex, __be32 addr, void *arg);
void fib_list_unresolved(struct fib *fib, fib_resolve_fn visit, void *arg);
void fib_list_used_neighbours(struct fib *fib, fib_resolve_fn visit, void *arg);
/* True once after gateways were installed that the kernel knows no neighbour entry of. */
bool fib_wants_resolution(struct fib *fib);

struct fib_counts {
	uint32_t prefixes, nexthops, groups, neighbours, unresolved;
};
void fib_count(const struct fib *fib, struct fib_counts *counts);

#endif
