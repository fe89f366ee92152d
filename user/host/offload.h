/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receive VLAN offload. A NIC that takes the tag out of the frame hides it from XDP: packets of a
 * VLAN would look like the untagged network's. So it is off while XDP is attached.
 */
#ifndef ERXDP_OFFLOAD_H
#define ERXDP_OFFLOAD_H

struct error;

enum offload_feature {
	OFFLOAD_CTAG = 1 << 0, /* rx-vlan-offload: 802.1Q */
	OFFLOAD_STAG = 1 << 1, /* rx-vlan-stag-hw-parse: 802.1ad */
};

/* Which of the two are on, as a bit mask; 0 for a device without features to ask for; or a negative
 * errno. */
int offload_get(const char *device);
/* Turns those of the mask on or off. -EOPNOTSUPP where the device does not let it be changed. */
int offload_set(const char *device, unsigned int features, int on, struct error *e);

#endif
