/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a device's driver has native XDP, asked without attaching anything. */
#ifndef ERXDP_XDP_SUPPORT_H
#define ERXDP_XDP_SUPPORT_H

/* Kernels from 6.3 on tell; of older ones it is known by the drivers' names. */
enum xdp_support { XDP_SUPPORT_UNKNOWN, XDP_SUPPORT_NONE, XDP_SUPPORT_NATIVE };

struct xdp_driver {
	enum xdp_support support;
	char name[32]; /* "virtio_net"; "": not known */
};

void xdp_driver_look(const char *device, unsigned int ifindex, struct xdp_driver *driver);

#endif
