// SPDX-License-Identifier: GPL-2.0-only
#include "iface_names.h"

#include <stdio.h>
#include <string.h>

#include "map_walk.h"
#include "mapset.h"

void iface_name(unsigned int ifindex, char *name)
{
	if (!if_indextoname(ifindex, name))
		snprintf(name, IFNAMSIZ, "if-%u", ifindex);
}

static int note_iface(const void *key, const void *value, void *arg)
{
	const struct iface *iface = value;
	struct iface_names *names = arg;
	struct iface_entry *e;

	(void)key;
	if (!iface->slot || iface->slot >= ERXDP_MAX_IFACES)
		return 0;
	e = &names->slot[iface->slot];
	e->known = true;
	e->ifindex = iface->ifindex;
	e->port = iface->port;
	e->flags = iface->flags;
	iface_name(iface->ifindex, e->name);
	return 0;
}

int iface_names_read(const struct mapset *maps, struct iface_names *names)
{
	memset(names, 0, sizeof(*names));
	for (unsigned int i = 0; i < ERXDP_MAX_IFACES; i++)
		snprintf(names->slot[i].name, IFNAMSIZ, "slot-%u", i);
	strcpy(names->slot[0].name, "other");
	return map_walk(maps->ifaces, sizeof(struct iface_key), sizeof(struct iface), note_iface,
			names);
}

const char *iface_names_get(const struct iface_names *names, unsigned int slot)
{
	return slot < ERXDP_MAX_IFACES ? names->slot[slot].name : "invalid";
}
