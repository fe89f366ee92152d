/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: which devices erxdp works on, worked out from the configuration and from what the host
 * has (rib). Attach carries it out, check prints it, the fib takes the interfaces from it.
 *
 * An interface is what the kernel routes by (bond0, bond0.1000); its port is the device at the
 * bottom of it, where XDP runs (bond0), with the slaves of a bond behind.
 */
#ifndef ERXDP_PLAN_H
#define ERXDP_PLAN_H

#include <net/if.h>
#include <stdbool.h>

#include <erxdp/maps.h>

#define PLAN_MAX_IFACES (ERXDP_SLOT_REMOVED - 1)
#define PLAN_MAX_PORTS	16
#define PLAN_MAX_SLAVES ERXDP_MAX_SLAVES

struct plan_iface {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	unsigned int port; /* ifindex of its port */
	struct vlan_tag tag[2];
	unsigned int slot; /* 1.. ; stable while the interface stays in the plan */
	bool uplink;
};

struct plan_slave {
	char name[IFNAMSIZ];
	unsigned int ifindex;
};

struct plan_port {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	bool bond;
	bool tc_only; /* no XDP program runs on it; plan_derive() leaves it false, attach sets it */
	unsigned int nslaves; /* of a bond */
	struct plan_slave slave[PLAN_MAX_SLAVES];
};

struct plan {
	unsigned int nifaces;
	struct plan_iface iface[PLAN_MAX_IFACES];
	unsigned int nports;
	struct plan_port port[PLAN_MAX_PORTS];
};

struct config;
struct rib;

/*
 * Fills *plan. 0, or a negative errno with a sentence for the user (what is wrong, and the remedy)
 * in err: no default route and no uplink named, a named device that does not exist, and so on.
 */
int plan_derive(struct plan *plan, const struct rib *rib, const struct config *config, char *err,
		size_t errlen);
/* The interface, or the port, with that device; or NULL. */
const struct plan_iface *plan_find_iface(const struct plan *plan, unsigned int ifindex);
const struct plan_port *plan_find_port(const struct plan *plan, unsigned int ifindex);
/* The devices that a port receives by: a bond's slaves, or the port itself; their number. */
unsigned int plan_receivers(const struct plan_port *port, struct plan_slave dev[PLAN_MAX_SLAVES]);

#endif
