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
	if (!iface->slot || iface->slot >= ERXDP_SLOT_REMOVED)
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
	strcpy(names->slot[ERXDP_SLOT_REMOVED].name, "removed");
	return map_walk(maps->ifaces, sizeof(struct iface_key), sizeof(struct iface), note_iface,
			names);
}

/* Packets of no known interface came in by XDP wherever it runs, and TC ingress sees them again. */
static enum hook unknown_entry(const struct iface_names *names)
{
	bool tc_only = false;

	for (unsigned int i = 1; i < ERXDP_MAX_IFACES; i++) {
		if (names->slot[i].known && !(names->slot[i].flags & IFACE_TC_ONLY))
			return HOOK_XDP;
		tc_only |= names->slot[i].known;
	}
	return tc_only ? HOOK_TC_INGRESS : HOOK_XDP;
}

enum hook iface_names_entry(const struct iface_names *names, unsigned int slot)
{
	if (!slot)
		return unknown_entry(names);
	return names->slot[slot].flags & IFACE_TC_ONLY ? HOOK_TC_INGRESS : HOOK_XDP;
}

const char *iface_names_get(const struct iface_names *names, unsigned int slot)
{
	return slot < ERXDP_MAX_IFACES ? names->slot[slot].name : "invalid";
}
