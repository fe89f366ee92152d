// SPDX-License-Identifier: GPL-2.0-only
/* Settings of the kernel's that decide over forwarded packets. */
#include <stdio.h>

#include "check.h"
#include "rib.h"
#include "sysctl.h"

#define FORWARD	  "/proc/sys/net/ipv4/ip_forward"
#define RP_ALL	  "/proc/sys/net/ipv4/conf/all/rp_filter"
#define RP_STRICT 1
#define RP_LOOSE  2

static void check_forwarding(struct check *c)
{
	struct finding *finding;
	long on;

	if (!sysctl_read(FORWARD, &on) || on)
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "ip-forward", "net.ipv4.ip_forward");
	finding_say(finding, "the kernel does not forward, and so erxdp will not either");
	finding_remedy(finding, "sysctl -w net.ipv4.ip_forward=1");
}

static void check_iface_forwarding(struct check *c, const struct plan_iface *iface)
{
	const struct rib_link *link = rib_find_link(c->rib, iface->ifindex);
	struct finding *finding;
	long all;

	if (!sysctl_read(FORWARD, &all) || !all || !link || !link->has_conf || link->forwarding)
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "forwarding", iface->name);
	finding_say(finding, "the kernel does not forward what enters by this interface, and so "
			     "erxdp will not either");
	finding_remedy(finding, "sysctl -w net/ipv4/conf/%s/forwarding=1", iface->name);
}

/* The greater of the two holds (IN_DEV_RPFILTER()). */
static long rp_filter(const char *device)
{
	long all = 0, own = 0;
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", device);
	sysctl_read(RP_ALL, &all);
	sysctl_read(path, &own);
	return all > own ? all : own;
}

static void check_rp_filter(struct check *c, const struct plan_iface *iface)
{
	long how = rp_filter(iface->name);
	struct finding *finding;

	if (how != RP_STRICT && how != RP_LOOSE)
		return;
	finding = finding_add(&c->found, how == RP_STRICT ? SEVERITY_WARNING : SEVERITY_NOTE,
			      "rp-filter", iface->name);
	finding_say(finding,
		    "rp_filter is %s here: the kernel drops packets whose source it would not "
		    "route back%s, and the fast path does not look",
		    how == RP_STRICT ? "strict" : "loose",
		    how == RP_STRICT ? " by this interface" : " at all");
	finding_remedy(finding,
		       "sysctl -w net/ipv4/conf/all/rp_filter=0 net/ipv4/conf/%s/rp_filter=0  # "
		       "the same on both paths",
		       iface->name);
}

void check_sysctls(struct check *c)
{
	check_forwarding(c);
	for (unsigned int i = 0; i < c->plan->nifaces; i++) {
		check_iface_forwarding(c, &c->plan->iface[i]);
		check_rp_filter(c, &c->plan->iface[i]);
	}
}
