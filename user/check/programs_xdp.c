// SPDX-License-Identifier: GPL-2.0-only
/* XDP programs of others: on a port, on a bond's slaves, on a device above, which the kernel takes
 * for one on the port (dev_xdp_attach()). */
#include "attach.h"
#include "check.h"
#include "config.h"
#include "programs.h"
#include "rib.h"

/* What every finding about a program that is in the way says. */
static void blocked(struct check *c, unsigned int port, const char *device,
		    const struct xdp_occupant *o, const char *why)
{
	struct finding *finding = check_no_native(c, port, "xdp-program", device);

	finding_say(finding, "%s has the XDP program %s, %s; %s", device,
		    *o->main ? o->main : "of no name", why,
		    c->config->mode == MODE_AUTO ? "so TC will serve it, which is slower"
						 : "native XDP cannot be attached beside it");
	finding_remedy(finding, "ip link set dev %s %s off", device,
		       o->mode == XDP_MODE_SKB ? "xdpgeneric" : "xdp");
}

static void share(struct check *c, const char *device, const struct xdp_occupant *o)
{
	struct finding *finding = finding_add(&c->found, SEVERITY_NOTE, "xdp-dispatcher", device);

	finding_say(finding,
		    "other XDP programs are in libxdp's dispatcher on %s (%s); erxdp joins them, "
		    "and those behind it see only the packets that it passes",
		    device, o->main);
	finding_remedy(finding, "xdp-loader status %s", device);
}

/* Where erxdp's own program will be. */
static void check_place(struct check *c, unsigned int port, const char *device,
			unsigned int ifindex)
{
	struct xdp_occupant o;

	if (xdp_look(ifindex, &o) || !o.any || o.ours)
		return;
	if (o.alone)
		blocked(c, port, device, &o, "outside libxdp's dispatcher");
	else if (o.mode == XDP_MODE_SKB)
		blocked(c, port, device, &o, "in generic mode");
	else
		share(c, device, &o);
}

/* Where there must be none. */
static void check_beside(struct check *c, unsigned int port, const char *device,
			 unsigned int ifindex, const char *why)
{
	struct xdp_occupant o;

	if (!xdp_look(ifindex, &o) && o.any && !o.ours)
		blocked(c, port, device, &o, why);
}

static bool is_above(const struct rib *rib, const struct rib_link *link, unsigned int port)
{
	for (unsigned int depth = 0; link && depth < 8; depth++) {
		if (link->is.parent == port)
			return true;
		link = rib_find_link(rib, link->is.parent);
	}
	return false;
}

static void check_above(struct check *c, unsigned int port)
{
	unsigned int ifindex = c->plan->port[port].ifindex;
	struct hnode *node;

	hash_for_each(node, &c->rib->links) {
		const struct rib_link *link = hentry(node, struct rib_link, node);

		if (link->present && link->is.kind == LINK_VLAN && is_above(c->rib, link, ifindex))
			check_beside(c, port, link->is.name, link->ifindex,
				     "and is above the device that XDP is for");
	}
}

void check_programs_xdp(struct check *c)
{
	if (!check_wants_native(c))
		return;
	for (unsigned int i = 0; i < c->plan->nports; i++) {
		const struct plan_port *port = &c->plan->port[i];

		check_place(c, i, port->name, port->ifindex);
		/* The bond's own program is on each of its slaves too. */
		if (!c->attached)
			for (unsigned int j = 0; j < port->nslaves; j++)
				check_beside(c, i, port->slave[j].name, port->slave[j].ifindex,
					     "and is a slave of the bond");
		check_above(c, i);
	}
}
