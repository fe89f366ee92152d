// SPDX-License-Identifier: GPL-2.0-only
/* The logical interfaces, the ports to transmit on, and the addresses of the uplinks. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>

#include "config.h"
#include "fib_parts.h"
#include "prefix_mask.h"

static void fill(const struct fib *fib, const struct plan_iface *planned, struct iface *is)
{
	const struct rib_link *link = rib_find_link(fib->rib, planned->ifindex);
	const struct plan_port *port = fib_port_of(fib, planned);

	*is = (struct iface){
		.ifindex = planned->ifindex, .port = planned->port, .slot = planned->slot};
	if (planned->uplink)
		is->flags |= IFACE_UPLINK;
	if (port && port->tc_only)
		is->flags |= IFACE_TC_ONLY;
	if (!link)
		return;
	/* What is down receives nothing in the kernel; XDP on the port below a VLAN does. */
	if (link->forwarding && link->is.flags & IFF_UP)
		is->flags |= IFACE_FORWARD;
	memcpy(is->mac, link->is.mac, sizeof(is->mac));
}

static void put(struct fib *fib, unsigned int ifindex, const struct vlan_tag *tag,
		const struct iface *is)
{
	struct iface_key key = {.ifindex = ifindex};

	if (tag)
		memcpy(key.tag, tag, sizeof(key.tag));
	fib_set_put(&fib->ifaces, &key, is);
}

/*
 * As XDP sees it (on the port, on each slave of a bond) and as TC does (on the device itself). A
 * key that finds no room, which the set logs, leaves its packets to the kernel.
 */
static void put_iface(struct fib *fib, const struct plan_iface *planned)
{
	const struct plan_port *port = fib_port_of(fib, planned);
	struct iface is;

	fill(fib, planned, &is);
	put(fib, planned->port, planned->tag, &is);
	for (unsigned int i = 0; port && i < port->nslaves; i++)
		put(fib, port->slave[i].ifindex, planned->tag, &is);
	put(fib, planned->ifindex, NULL, &is);
}

static void put_port(struct fib *fib, __u32 ifindex)
{
	fib_set_put(&fib->tx_ports, &ifindex, &ifindex);
}

static void apply_ports(struct fib *fib)
{
	fib_set_begin(&fib->tx_ports);
	for (unsigned int i = 0; i < fib->plan.nports; i++) {
		const struct plan_port *port = &fib->plan.port[i];

		/* The kernel takes any device into the map, and loses what is redirected to one
		 * whose driver has no transmit hook for XDP. What does not run XDP is such a one.
		 */
		if (port->tc_only)
			continue;
		put_port(fib, port->ifindex);
		for (unsigned int j = 0; j < port->nslaves; j++)
			put_port(fib, port->slave[j].ifindex);
	}
	fib_set_end(&fib->tx_ports);
}

void fib_apply_ifaces(struct fib *fib)
{
	apply_ports(fib);
	fib_set_begin(&fib->ifaces);
	for (unsigned int i = 0; i < fib->plan.nifaces; i++)
		put_iface(fib, &fib->plan.iface[i]);
	fib_set_end(&fib->ifaces);
}

static void add_address(struct uplink *is, __be32 addr, __be32 net, __be32 mask)
{
	if (is->count == ERXDP_MAX_ADDRS)
		return;
	is->addr[is->count].addr = addr;
	is->addr[is->count].net = net;
	is->addr[is->count].mask = mask;
	is->count++;
}

/*
 * What inet_select_addr() would look at for a destination beyond the link, with a peer's address
 * where there is one. Then the secondary ones, which it skips: nothing is in their subnet but
 * themselves, so they are never chosen, but forwardings may name them.
 */
static void list_addresses(const struct rib_link *link, struct uplink *is)
{
	for (unsigned int i = 0; i < link->naddress; i++) {
		const struct rib_address *address = &link->address[i];

		if (!address->secondary && address->scope <= RT_SCOPE_UNIVERSE)
			add_address(is, address->local, address->address,
				    prefix_mask(address->len));
	}
	for (unsigned int i = 0; is->count && i < link->naddress; i++) {
		const struct rib_address *address = &link->address[i];

		if (address->secondary && address->scope <= RT_SCOPE_UNIVERSE)
			add_address(is, address->local, address->local, prefix_mask(32));
	}
}

/* What the configuration says of an uplink. */
static void configure(const struct fib *fib, const char *name, struct uplink *is)
{
	const struct config_uplink *section = config_find_uplink(fib->config, name);

	if (!section)
		return;
	is->policy = section->policy;
	is->npool = section->npool;
	memcpy(is->pool, section->pool, section->npool * sizeof(is->pool[0]));
}

static bool has_address(const struct uplink *uplink, __be32 addr)
{
	for (unsigned int i = 0; i < uplink->count && i < ERXDP_MAX_ADDRS; i++)
		if (uplink->addr[i].addr == addr)
			return true;
	for (unsigned int i = 0; i < uplink->npool && i < ERXDP_MAX_POOL; i++)
		if (uplink->pool[i] == addr)
			return true;
	return false;
}

static bool has_lost_address(const struct uplink *old, const struct uplink *new)
{
	for (unsigned int i = 0; i < old->count && i < ERXDP_MAX_ADDRS; i++)
		if (!has_address(new, old->addr[i].addr))
			return true;
	for (unsigned int i = 0; i < old->npool && i < ERXDP_MAX_POOL; i++)
		if (!has_address(new, old->pool[i]))
			return true;
	return false;
}

static bool write_uplink(struct fib *fib, unsigned int slot, const struct uplink *is)
{
	struct uplink *at = &fib->maps->uplink[slot];
	const size_t behind_seq = offsetof(struct uplink, count);
	bool lost = has_lost_address(at, is);

	/* An odd count: a daemon was killed while it wrote. */
	if (!(at->seq & 1) && !memcmp(&at->count, &is->count, sizeof(*at) - behind_seq))
		return false;
	fib_seq_begin(&at->seq);
	memcpy(&at->count, &is->count, sizeof(*at) - behind_seq);
	fib_seq_end(&at->seq);
	return lost;
}

void fib_apply_uplinks(struct fib *fib)
{
	static const struct uplink none;
	const struct plan_iface *by_slot[ERXDP_MAX_IFACES] = {0};
	bool lost = false;

	for (unsigned int i = 0; i < fib->plan.nifaces; i++)
		if (fib->plan.iface[i].uplink)
			by_slot[fib->plan.iface[i].slot] = &fib->plan.iface[i];
	for (unsigned int slot = 0; slot < ERXDP_MAX_IFACES; slot++) {
		const struct rib_link *link = NULL;
		struct uplink is = none;

		if (by_slot[slot])
			link = rib_find_link(fib->rib, by_slot[slot]->ifindex);
		if (link)
			list_addresses(link, &is);
		if (by_slot[slot])
			configure(fib, by_slot[slot]->name, &is);
		lost |= write_uplink(fib, slot, &is);
	}
	/* Sessions translated to an address that is gone are decided anew. */
	if (lost)
		__atomic_fetch_add(&fib->maps->ctl->addr_gen, 1, __ATOMIC_RELEASE);
}
