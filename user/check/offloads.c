// SPDX-License-Identifier: GPL-2.0-only
/* What NICs do to frames before XDP sees them: taking tags out, putting frames together. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "offload.h"

static void check_tags(struct check *c, unsigned int port, const char *device, unsigned int on,
		       unsigned int fixed)
{
	const char *name = on & OFFLOAD_CTAG ? "rxvlan" : "rx-vlan-stag-hw-parse";
	struct finding *finding;

	if (!(on & OFFLOAD_TAGS))
		return;
	if (on & fixed & OFFLOAD_TAGS && c->config->mode != MODE_GENERIC) {
		finding = check_no_native(c, port, "tag-stripping", device);
		finding_say(finding, "the NIC takes VLAN tags out of the frames, so that XDP does "
				     "not see them, and its driver does not let that be changed");
		finding_remedy(finding, "erxdp attach --mode tc");
		return;
	}
	finding = finding_add(&c->found, on & fixed & OFFLOAD_TAGS ? SEVERITY_ERROR : SEVERITY_NOTE,
			      "tag-stripping", device);
	finding_say(finding,
		    "the NIC takes VLAN tags out of the frames; attach turns that off, which some "
		    "NICs restart for, and detach turns it on again");
	finding_remedy(finding, "ethtool -K %s %s off  # beforehand, at a time of your choice",
		       device, name);
}

static void check_merging(struct check *c, const char *device, unsigned int on)
{
	static const struct {
		unsigned int feature;
		const char *what, *key;
	} merging[] = {{OFFLOAD_LRO, "LRO", "lro"}, {OFFLOAD_GRO_HW, "hardware GRO", "rx-gro-hw"}};

	for (size_t i = 0; i < sizeof(merging) / sizeof(merging[0]); i++) {
		struct finding *finding;

		if (!(on & merging[i].feature))
			continue;
		finding = finding_add(&c->found, SEVERITY_WARNING, merging[i].key, device);
		finding_say(finding,
			    "%s is on: the NIC puts frames together, which XDP cannot take, so its "
			    "driver turns it off or refuses XDP",
			    merging[i].what);
		finding_remedy(finding, "ethtool -K %s %s off", device, merging[i].key);
	}
}

static void check_device(struct check *c, unsigned int port, const char *device)
{
	unsigned int on, fixed;
	int err = offload_look(device, &on, &fixed);
	struct finding *finding;

	if (!err) {
		check_tags(c, port, device, on, fixed);
		if (c->config->mode != MODE_GENERIC)
			check_merging(c, device, on);
		return;
	}
	finding = finding_add(&c->found, SEVERITY_WARNING, "offloads-unknown", device);
	finding_say(finding, "the offloads cannot be read (%s)", strerror(-err));
	finding_remedy(finding, "ethtool -k %s", device);
}

void check_offloads(struct check *c)
{
	if (c->config->mode == MODE_TC)
		return;
	for (unsigned int i = 0; i < c->plan->nports; i++) {
		struct plan_slave dev[PLAN_MAX_SLAVES];
		unsigned int n = plan_receivers(&c->plan->port[i], dev);

		for (unsigned int j = 0; j < n; j++)
			check_device(c, i, dev[j].name);
	}
}
