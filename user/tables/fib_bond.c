// SPDX-License-Identifier: GPL-2.0-only
/*
 * By which slaves the programs may send the tagged frames of a bond: those that the bond would
 * choose from (bond_update_slave_arr() in drivers/net/bonding/bond_main.c). Whatever is not known
 * to be so leaves the choice to the bond.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fib_parts.h"

/* Behind <net/if.h>, which it makes room for, and not before it. */
#include <linux/if_bonding.h>

/* The other policies see all there is to see: layer2 the MACs, encap* also behind a tag;
 * vlan+srcmac runs no XDP. */
static bool choose_hash(const struct event_bond *bond, struct bond *is)
{
	if (bond->mode != BOND_MODE_8023AD && bond->mode != BOND_MODE_XOR)
		return false;
	is->hash = bond->policy == BOND_XMIT_POLICY_LAYER34 ? BOND_HASH_L34 : BOND_HASH_L23;
	return bond->policy == BOND_XMIT_POLICY_LAYER34 || bond->policy == BOND_XMIT_POLICY_LAYER23;
}

static bool is_aggregated(const struct event_bond *bond, const struct event_bond *slave)
{
	if (bond->mode != BOND_MODE_8023AD)
		return true;
	return bond->aggregator && bond->aggregator == slave->aggregator;
}

static bool may_send(const struct rib_link *bond, const struct rib_link *slave)
{
	const uint32_t up = IFF_UP | IFF_LOWER_UP;

	if (!slave || slave->is.master != bond->ifindex || (slave->is.flags & up) != up)
		return false;
	return slave->is.bond.active && is_aggregated(&bond->is.bond, &slave->is.bond);
}

static int compare(const void *a, const void *b)
{
	const __u32 *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* The bond has them in the order in which they were enslaved, which is seldom another one. */
static void list_slaves(const struct fib *fib, const struct plan_port *port,
			const struct rib_link *bond, struct bond *is)
{
	for (unsigned int i = 0; i < port->nslaves; i++) {
		__u32 ifindex = port->slave[i].ifindex;

		if (may_send(bond, rib_find_link(fib->rib, ifindex)))
			is->slave[is->count++] = ifindex;
	}
	qsort(is->slave, is->count, sizeof(is->slave[0]), compare);
}

static void fill(const struct fib *fib, const struct plan_iface *iface, struct bond *is)
{
	const struct plan_port *port = fib_port_of(fib, iface);
	const struct rib_link *bond = rib_find_link(fib->rib, iface->port);

	if (!iface->tag[0].tpid || !port || port->tc_only || !bond)
		return;
	if (bond->is.kind != LINK_BOND || !choose_hash(&bond->is.bond, is))
		return;
	is->port = iface->port;
	list_slaves(fib, port, bond, is);
}

static void write_slot(struct bond *at, const struct bond *is)
{
	const size_t from = offsetof(struct bond, port), len = offsetof(struct bond, seen) - from;

	if (!(at->seq & 1) && !memcmp(&at->port, &is->port, len))
		return;
	fib_seq_begin(&at->seq);
	memcpy(&at->port, &is->port, len);
	fib_seq_end(&at->seq);
}

void fib_apply_bonds(struct fib *fib)
{
	static const struct bond none;
	const struct plan_iface *by_slot[ERXDP_MAX_IFACES] = {0};

	for (unsigned int i = 0; i < fib->plan.nifaces; i++)
		by_slot[fib->plan.iface[i].slot] = &fib->plan.iface[i];
	for (unsigned int slot = 0; slot < ERXDP_MAX_IFACES; slot++) {
		struct bond is = none;

		if (by_slot[slot])
			fill(fib, by_slot[slot], &is);
		write_slot(&fib->maps->bond[slot], &is);
		fib->maps->bond[slot].seen = fib->now / 1000;
	}
}
