// SPDX-License-Identifier: GPL-2.0-only
/* Bonds that the kernel gives no XDP to (bond_xdp_check()), and those without slaves. */
#include <linux/if_link.h>

#include "check.h"
#include "rib.h"

/* Behind <net/if.h>, which it makes room for, and not before it. */
#include <linux/if_bonding.h>

static const char *const modes[] = {
	"balance-rr", "active-backup", "balance-xor", "broadcast",
	"802.3ad",    "balance-tlb",   "balance-alb",
};

static bool has_xdp(unsigned int mode)
{
	return mode == BOND_MODE_ROUNDROBIN || mode == BOND_MODE_ACTIVEBACKUP ||
	       mode == BOND_MODE_XOR || mode == BOND_MODE_8023AD;
}

static void check_mode(struct check *c, unsigned int port, unsigned int mode)
{
	const char *name = c->plan->port[port].name;
	struct finding *finding;

	if (has_xdp(mode))
		return;
	finding = check_no_native(c, port, "bond-mode", name);
	finding_say(finding,
		    "the bond's mode is %s, and the kernel has native XDP on balance-rr, "
		    "active-backup, balance-xor and 802.3ad only",
		    mode < sizeof(modes) / sizeof(modes[0]) ? modes[mode] : "not known");
	/* The mode of a bond with slaves cannot be changed. */
	finding_remedy(finding,
		       "ip link set dev %s down; ip link set dev %s type bond mode 802.3ad  # "
		       "without slaves, the far end too",
		       name, name);
}

static void check_policy(struct check *c, unsigned int port, const struct event_bond *bond)
{
	const char *name = c->plan->port[port].name;
	struct finding *finding;

	if (bond->policy != BOND_XMIT_POLICY_VLAN_SRCMAC ||
	    (bond->mode != BOND_MODE_XOR && bond->mode != BOND_MODE_8023AD))
		return;
	finding = check_no_native(c, port, "bond-hash-policy", name);
	finding_say(finding, "the bond's xmit_hash_policy is vlan+srcmac, with which the kernel "
			     "gives it no native XDP");
	finding_remedy(finding, "ip link set dev %s type bond xmit_hash_policy layer3+4", name);
}

static void check_slaves(struct check *c, const struct plan_port *port)
{
	struct finding *finding;

	if (port->nslaves)
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "bond-empty", port->name);
	finding_say(finding, "the bond has no slaves, so it carries nothing");
	finding_remedy(finding, "ip link set dev DEVICE down; ip link set dev DEVICE master %s",
		       port->name);
}

void check_bonds(struct check *c)
{
	for (unsigned int i = 0; i < c->plan->nports; i++) {
		const struct plan_port *port = &c->plan->port[i];
		const struct rib_link *link = rib_find_link(c->rib, port->ifindex);

		if (!port->bond || !link)
			continue;
		check_mode(c, i, link->is.bond.mode);
		check_policy(c, i, &link->is.bond);
		check_slaves(c, port);
	}
}
