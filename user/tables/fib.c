// SPDX-License-Identifier: GPL-2.0-only
/* The fib as a whole: made, started, applied, freed. fib.h has the overview. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fib_parts.h"
#include "log.h"

static void init_sets(struct fib *fib)
{
	const struct mapset *maps = fib->maps;

	fib_set_init(&fib->ifaces, fib->io, maps->ifaces, "ifaces", sizeof(struct iface_key),
		     sizeof(struct iface));
	fib_set_init(&fib->tx_ports, fib->io, maps->tx_ports, "tx_ports", sizeof(__u32),
		     sizeof(__u32));
	fib_init_policy(fib);
	fib_init_forwards(fib);
	fib_init_neighbours(fib);
}

struct fib *fib_new(struct rib *rib, const struct config *config, struct mapset *maps,
		    const struct fib_io *io)
{
	struct fib *fib = calloc(1, sizeof(*fib));

	if (!fib)
		return NULL;
	fib->rib = rib;
	fib->config = config;
	fib->maps = maps;
	fib->io = io;
	fib->now = io->now();
	init_sets(fib);
	fib->nexthop_at = calloc(ERXDP_MAX_NEXTHOPS, sizeof(*fib->nexthop_at));
	fib->group_at = calloc(ERXDP_MAX_GROUPS, sizeof(*fib->group_at));
	if (fib_slots_init(&fib->nexthop_slots, ERXDP_MAX_NEXTHOPS) < 0 ||
	    fib_slots_init(&fib->group_slots, ERXDP_MAX_GROUPS) < 0 ||
	    dir24_init(&fib->table, maps->route, maps->route_chunk, ERXDP_MAX_ROUTE_CHUNKS,
		       fib_find_shorter, fib) < 0 ||
	    fib_records_init(&fib->records, maps->prefix, ERXDP_MAX_ROUTES) < 0 ||
	    !fib->nexthop_at || !fib->group_at) {
		fib_free(fib);
		return NULL;
	}
	return fib;
}

void fib_free(struct fib *fib)
{
	if (!fib)
		return;
	fib_free_groups(fib);
	fib_free_nexthops(fib);
	fib_slots_free(&fib->nexthop_slots);
	fib_slots_free(&fib->group_slots);
	dir24_free(&fib->table);
	fib_records_free(&fib->records);
	fib_set_free(&fib->ifaces);
	fib_set_free(&fib->tx_ports);
	fib_set_free(&fib->exempt_dst);
	fib_set_free(&fib->exempt_src);
	fib_set_free(&fib->inside_policies);
	fib_set_free(&fib->endpoints);
	fib_set_free(&fib->inside_endpoints);
	fib_set_free(&fib->neighbours);
	free(fib->nexthop_at);
	free(fib->group_at);
	free(fib);
}

/* A running flow waits for no more writes than these until it heeds one. */
#define DECIDED_AT_ONCE 1024

static void raise_generation(struct fib *fib)
{
	if (fib->decided)
		__atomic_fetch_add(&fib->maps->ctl->generation, 1, __ATOMIC_RELEASE);
	fib->decided = 0;
}

void fib_decided(struct fib *fib)
{
	if (++fib->decided == DECIDED_AT_ONCE)
		raise_generation(fib);
}

void fib_set_flag(struct fib *fib, uint32_t flag, bool on)
{
	if (on)
		__atomic_fetch_or(&fib->maps->ctl->flags, flag, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(&fib->maps->ctl->flags, ~flag, __ATOMIC_RELEASE);
}

void fib_set_trusted(struct fib *fib, bool on)
{
	fib_set_flag(fib, CONTROL_TRUSTED, on);
}

void fib_set_hash_l4(struct fib *fib, bool on)
{
	bool was = fib->maps->ctl->flags & CONTROL_HASH_L4;

	fib_set_flag(fib, CONTROL_HASH_L4, on);
	if (on != was)
		fib_decided(fib);
	raise_generation(fib);
}

static int adopt(struct fib *fib)
{
	struct fib_set *sets[] = {&fib->ifaces,	    &fib->tx_ports,   &fib->exempt_dst,
				  &fib->exempt_src, &fib->neighbours, &fib->inside_policies,
				  &fib->endpoints};

	for (unsigned int i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		int err = fib_set_adopt(sets[i]);

		if (err < 0)
			return err;
	}
	return fib_adopt_routes(fib);
}

/* Neighbours that a former daemon installed and that exist no longer are on no list of the
 * model's. */
static void apply_all_neighbours(struct fib *fib)
{
	rib_mark_neighbours(fib->rib);
	fib_set_begin(&fib->neighbours);
	fib_apply_neighbours(fib);
	fib_set_end(&fib->neighbours);
}

int fib_start(struct fib *fib, const struct plan *plan)
{
	int err;

	/* What a former daemon has written last, sessions may not have been told. */
	fib_decided(fib);
	raise_generation(fib);
	err = adopt(fib);
	if (!err)
		err = fib_apply_policy(fib);
	if (err < 0)
		return err;
	rib_mark_prefixes(fib->rib);
	err = fib_replan(fib, plan);
	apply_all_neighbours(fib);
	return err;
}

int fib_replan(struct fib *fib, const struct plan *plan)
{
	fib->plan = *plan;
	fib->replanned = true;
	return fib_apply(fib);
}

int fib_reconfigure(struct fib *fib)
{
	fib_decided(fib);
	return fib_apply_policy(fib);
}

static int apply(struct fib *fib, unsigned int changed)
{
	const unsigned int own = RIB_LINKS | RIB_ADDRESSES | RIB_NEIGHBOURS | RIB_NEXTHOPS;
	int err;

	if (fib->replanned || (changed & (RIB_LINKS | RIB_ADDRESSES)))
		fib_decided(fib);
	if (fib->replanned) {
		changed |= own;
		rib_mark_neighbours(fib->rib);
		/* Before a device is an uplink to the programs, which would translate what is
		 * exempt. */
		err = fib_apply_exemptions(fib);
		if (err < 0)
			return err;
	}
	fib->rib->changed &= ~own;
	fib->replanned = false;
	if (changed & (RIB_ADDRESSES | RIB_LINKS)) {
		fib_apply_uplinks(fib);
		fib_apply_forwards(fib);
	}
	if (changed & RIB_LINKS) {
		fib_apply_ifaces(fib);
		fib_apply_bonds(fib);
	}
	if (changed & (RIB_LINKS | RIB_NEIGHBOURS | RIB_NEXTHOPS)) {
		fib_refresh_nexthops(fib);
		fib_refresh_groups(fib);
	}
	err = fib_apply_routes(fib);
	fib_apply_neighbours(fib);
	return err;
}

int fib_apply(struct fib *fib)
{
	int err;

	fib->now = fib->io->now();
	err = apply(fib, fib->rib->changed);
	raise_generation(fib);
	return err;
}

/* Not wrong, only slow: said once, until there is room again. */
static void note_incomplete(struct fib *fib)
{
	if (fib->incomplete && !fib->told_incomplete)
		log_warn("too many gateways (there is room for %u) or groups of them (%u): the "
			 "kernel forwards for the routes by those that are too many",
			 ERXDP_MAX_NEXTHOPS - 1, ERXDP_MAX_GROUPS - 1);
	fib->told_incomplete = fib->incomplete;
}

int fib_retry(struct fib *fib)
{
	note_incomplete(fib);
	/* Slots were short: those that have rested since may do. */
	if (fib->incomplete) {
		fib->incomplete = false;
		rib_mark_prefixes(fib->rib);
		fib->rib->changed |= RIB_NEXTHOPS;
	}
	fib->now = fib->io->now();
	fib_apply_bonds(fib);
	dir24_retry(&fib->table, fib->now);
	return fib_apply(fib);
}

const char *fib_trouble(const struct fib *fib)
{
	return fib->trouble;
}
