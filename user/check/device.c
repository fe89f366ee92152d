// SPDX-License-Identifier: GPL-2.0-only
/* What the NICs that frames come by can do: native XDP, and frames of the size that is set. */
#include <unistd.h>

#include "check.h"
#include "config.h"
#include "rib.h"
#include "xdp_support.h"

/* A frame for XDP lies in one page with 256 bytes of headroom before it and the kernel's
 * skb_shared_info, 320 bytes, behind; Ethernet's header, a tag and the checksum come on top. */
#define XDP_OVERHEAD (256 + 320 + 22)

static const char *instead(const struct check *c)
{
	return c->config->mode == MODE_AUTO ? "so TC will serve it, which is slower"
					    : "`--mode auto` would use TC there";
}

static void check_driver(struct check *c, unsigned int port, const struct plan_slave *dev)
{
	struct xdp_driver driver;
	struct finding *finding;

	xdp_driver_look(dev->name, dev->ifindex, &driver);
	if (driver.support == XDP_SUPPORT_NATIVE)
		return;
	if (driver.support == XDP_SUPPORT_UNKNOWN) {
		finding = finding_add(&c->found, SEVERITY_NOTE, "xdp-unknown", dev->name);
		finding_say(finding,
			    "this kernel does not tell whether the driver %s has native XDP; the "
			    "attach will, and %s where it has none",
			    *driver.name ? driver.name : "of the device",
			    c->config->mode == MODE_AUTO ? "takes TC" : "fails");
		return;
	}
	finding = check_no_native(c, port, "xdp-none", dev->name);
	finding_say(finding, "no native XDP in the driver%s%s as it is set now, %s",
		    *driver.name ? " " : "", driver.name, instead(c));
	finding_remedy(finding, "erxdp attach --mode tc  # or a NIC whose driver has native XDP");
}

static void check_mtu(struct check *c, unsigned int port, const struct plan_slave *dev)
{
	const struct rib_link *link = rib_find_link(c->rib, dev->ifindex);
	long most = sysconf(_SC_PAGESIZE) - XDP_OVERHEAD;
	struct finding *finding;

	if (!link || link->is.mtu <= (unsigned long)most)
		return;
	/* Some drivers take more; so it is for the driver to refuse. */
	c->no_xdp[port] |= c->config->mode == MODE_AUTO;
	finding = finding_add(&c->found, SEVERITY_WARNING, "mtu", dev->name);
	finding_say(finding,
		    "the MTU is %u, and most drivers take native XDP up to %ld only; where this "
		    "one refuses, %s",
		    link->is.mtu, most,
		    c->config->mode == MODE_AUTO ? "TC will serve it, which is slower"
						 : "the attach fails");
	finding_remedy(finding, "ip link set dev %s mtu %ld", dev->name, most < 1500 ? most : 1500);
}

void check_devices(struct check *c)
{
	for (unsigned int i = 0; check_wants_native(c) && i < c->plan->nports; i++) {
		struct plan_slave dev[PLAN_MAX_SLAVES];
		unsigned int n = plan_receivers(&c->plan->port[i], dev);

		for (unsigned int j = 0; j < n; j++) {
			check_driver(c, i, &dev[j]);
			check_mtu(c, i, &dev[j]);
		}
	}
}
