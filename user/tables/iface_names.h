/* SPDX-License-Identifier: GPL-2.0-only */
/* The logical interfaces that the programs know, by slot, with the kernel's names for them. */
#ifndef ERXDP_IFACE_NAMES_H
#define ERXDP_IFACE_NAMES_H

#include <net/if.h>
#include <stdbool.h>

#include <erxdp/maps.h>

struct mapset;

struct iface_entry {
	bool known;
	unsigned int ifindex;
	unsigned int port;
	unsigned int flags; /* enum iface_flags */
	char name[IFNAMSIZ];
};

struct iface_names {
	struct iface_entry slot[ERXDP_MAX_IFACES];
};

/* Reads `ifaces`, where several keys may stand for one interface. 0 or a negative errno. */
int iface_names_read(const struct mapset *maps, struct iface_names *names);
/* The name for a slot: "other" for 0, "removed" for ERXDP_SLOT_REMOVED, "slot-N" where nothing is
 * known. */
const char *iface_names_get(const struct iface_names *names, unsigned int slot);
/* The hook that sees every packet of a slot first. */
enum hook iface_names_entry(const struct iface_names *names, unsigned int slot);

/* Writes the name of a device, "if-N" where it is gone, into name[IFNAMSIZ]. */
void iface_name(unsigned int ifindex, char *name);

#endif
