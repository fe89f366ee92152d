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
	/* Not turned off by erxdp, and told of: frames put together by the NIC. */
	OFFLOAD_LRO = 1 << 2,
	OFFLOAD_GRO_HW = 1 << 3,
};
#define OFFLOAD_TAGS (OFFLOAD_CTAG | OFFLOAD_STAG)

/* Which of all are on, and which cannot be changed, as bit masks; none for a device without
 * features to ask for. 0 or a negative errno. */
int offload_look(const char *device, unsigned int *on, unsigned int *fixed);
/* Which of OFFLOAD_TAGS are on, as a bit mask; 0 for a device without features to ask for; or a
 * negative errno. */
int offload_get(const char *device);
/* Turns those of the mask on or off. -EOPNOTSUPP where the device does not let it be changed. */
int offload_set(const char *device, unsigned int features, int on, struct error *e);

#endif
