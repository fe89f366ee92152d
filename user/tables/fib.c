// SPDX-License-Identifier: GPL-2.0-only
/* The fib as a whole: made, started, applied, freed; and the control element. fib.h has the
 * overview. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <erxdp/abi.h>

#include "config.h"
#include "fib_parts.h"

static void init_sets(struct fib *fib)
{
	const struct mapset *maps = fib->maps;

	fib_set_init(&fib->ifaces, fib->io, maps->ifaces, "ifaces", sizeof(struct iface_key),
		     sizeof(struct iface));
	fib_set_init(&fib->tx_ports, fib->io, maps->tx_ports, "tx_ports", sizeof(__u32),
		     sizeof(__u32));
	fib_set_init(&fib->exempt_dst, fib->io, maps->exempt_dst, "exempt_dst",
		     sizeof(struct prefix_key), sizeof(__u32));
	fib_set_init(&fib->exempt_src, fib->io, maps->exempt_src, "exempt_src",
		     sizeof(struct prefix_key), sizeof(__u32));
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
	    fib_slots_init(&fib->group_slots, ERXDP_MAX_GROUPS) < 0 || !fib->nexthop_at ||
	    !fib->group_at) {
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
	fib_set_free(&fib->ifaces);
	fib_set_free(&fib->tx_ports);
	fib_set_free(&fib->exempt_dst);
	fib_set_free(&fib->exempt_src);
	fib_set_free(&fib->neighbours);
	free(fib->nexthop_at);
	free(fib->group_at);
	free(fib);
}

static void set_flag(struct fib *fib, uint32_t flag, bool on)
{
	if (on)
		__atomic_fetch_or(&fib->maps->ctl->flags, flag, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(&fib->maps->ctl->flags, ~flag, __ATOMIC_RELEASE);
}

void fib_set_trusted(struct fib *fib, bool on)
{
	set_flag(fib, CONTROL_TRUSTED, on);
}

void fib_set_hash_l4(struct fib *fib, bool on)
{
	set_flag(fib, CONTROL_HASH_L4, on);
}

static void write_control(struct fib *fib)
{
	const struct config *config = fib->config;
	struct control *ctl = fib->maps->ctl;

	memcpy(ctl->timeout, config->timeout, sizeof(ctl->timeout));
	ctl->port_min = config->port_min;
	ctl->port_max = config->port_max;
	ctl->max_sessions = config->max_sessions;
	ctl->mark_shift = config->mark_shift;
	/* Drawn once: another seed would move every flow of a group to another path. */
	while (!ctl->hash_seed)
		if (getrandom(&ctl->hash_seed, sizeof(ctl->hash_seed), 0) < 0)
			ctl->hash_seed = fib->io->now() | 1;
	set_flag(fib, CONTROL_HANDBACK, false); /* a detach that was broken off */
	/* Sessions know the generation they were made under; 0 is nobody's. */
	if (!ctl->addr_gen)
		ctl->addr_gen = 1;
	__atomic_store_n(&ctl->abi, ERXDP_ABI, __ATOMIC_RELEASE);
}

static int apply_prefixes(struct fib_set *set, const struct config_prefix *prefix, unsigned int n)
{
	const __u32 value = 1;

	fib_set_begin(set);
	for (unsigned int i = 0; i < n; i++) {
		struct prefix_key key = {.prefixlen = prefix[i].len, .addr = prefix[i].addr};
		int err = fib_set_put(set, &key, &value);

		if (err < 0)
			return err;
	}
	fib_set_end(set);
	return 0;
}

/* Configuration: exemptions before the flag that has the programs look them up. */
int fib_apply_policy(struct fib *fib)
{
	const struct config *config = fib->config;
	int err = apply_prefixes(&fib->exempt_dst, config->exempt_dst, config->nexempt_dst);

	if (!err)
		err = apply_prefixes(&fib->exempt_src, config->exempt_src, config->nexempt_src);
	if (err < 0)
		return err;
	write_control(fib);
	set_flag(fib, CONTROL_EXEMPT_SRC, config->nexempt_src);
	return 0;
}

static int adopt(struct fib *fib)
{
	struct fib_set *sets[] = {&fib->ifaces, &fib->tx_ports, &fib->exempt_dst, &fib->exempt_src,
				  &fib->neighbours};

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
	int err = adopt(fib);

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

int fib_apply(struct fib *fib)
{
	const unsigned int own = RIB_LINKS | RIB_ADDRESSES | RIB_NEIGHBOURS | RIB_NEXTHOPS;
	unsigned int changed = fib->rib->changed;
	int err;

	fib->now = fib->io->now();
	if (fib->replanned) {
		changed |= own;
		rib_mark_neighbours(fib->rib);
	}
	fib->rib->changed &= ~own;
	fib->replanned = false;
	if (changed & (RIB_ADDRESSES | RIB_LINKS))
		fib_apply_uplinks(fib);
	if (changed & RIB_LINKS)
		fib_apply_ifaces(fib);
	if (changed & (RIB_LINKS | RIB_NEIGHBOURS | RIB_NEXTHOPS)) {
		fib_refresh_nexthops(fib);
		fib_refresh_groups(fib);
	}
	err = fib_apply_routes(fib);
	fib_apply_neighbours(fib);
	return err;
}

int fib_retry(struct fib *fib)
{
	/* Slots were short: those that have rested since may do. */
	if (fib->incomplete) {
		fib->incomplete = false;
		rib_mark_prefixes(fib->rib);
		fib->rib->changed |= RIB_NEXTHOPS;
	}
	return fib_apply(fib);
}

const char *fib_trouble(const struct fib *fib)
{
	return fib->trouble;
}
