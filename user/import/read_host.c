// SPDX-License-Identifier: GPL-2.0-only
#include "read_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "nlmsg.h"
#include "rib.h"

#define ATTEMPTS    5
#define MOST_ROUTES 16 /* the default route's ways */

/* Of the routes the default one is wanted; others may be a million. */
static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct rib *rib = arg;
	struct event event = {0};
	int err = nlmsg_parse(nlh, &event);

	if (err < 0 || (event.kind == EVENT_ROUTE && event.route.len))
		return err;
	return rib_apply(rib, &event);
}

static int dump(struct nl *nl, struct rib *rib)
{
	static const enum event_kind kinds[] = {EVENT_LINK, EVENT_ADDRESS, EVENT_NEXTHOP,
						EVENT_ROUTE};
	int err = 0;

	rib_begin(rib, KIND_ALL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !err; i++)
		err = nl_dump(nl, kinds[i], take, rib);
	return err;
}

static int try_dump(struct rib *rib)
{
	struct nl nl;
	int err = nl_open_requests(&nl);

	if (err < 0)
		return err;
	err = dump(&nl, rib);
	nl_close(&nl);
	return err;
}

/* What a plan accepts (plan.c): Ethernet, and in its own right. */
static bool can_plan(const struct rib_link *link)
{
	return link->is.has_mac && !(link->is.flags & IFF_LOOPBACK) && !link->is.master;
}

/* And leads somewhere else: not to a bridge of this host's own, nor nowhere, as a dummy does. */
static bool is_ethernet(const struct rib_link *link)
{
	return can_plan(link) && !(link->is.flags & IFF_NOARP) && link->is.kind != LINK_BRIDGE &&
	       link->is.kind != LINK_VRF;
}

/* What may hold inside hosts. */
static bool is_inside(const struct rib_link *link)
{
	return is_ethernet(link) && link->is.flags & IFF_UP &&
	       (link->is.kind == LINK_VLAN || link->naddress);
}

static int by_index(const void *a, const void *b)
{
	const struct host_device *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

static void put_devices(struct obstack *mem, const struct rib *rib, struct import_host *host)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		const struct rib_link *link = hentry(node, struct rib_link, node);
		struct host_device device = {.ifindex = link->ifindex};

		if (!link->present)
			continue;
		memcpy(device.name, link->is.name, sizeof(device.name));
		device.ethernet = is_ethernet(link);
		device.inside = is_inside(link);
		obstack_grow(mem, &device, sizeof(device));
		host->ndevices++;
	}
	host->device = obstack_finish(mem);
	qsort(host->device, host->ndevices, sizeof(host->device[0]), by_index);
}

static void put_addresses(struct obstack *mem, const struct rib *rib, struct import_host *host)
{
	for (unsigned int i = 0; i < host->ndevices; i++) {
		const struct rib_link *link = rib_find_link(rib, host->device[i].ifindex);

		for (unsigned int j = 0; j < link->naddress; j++) {
			struct host_address address = {
				.addr = ntohl(link->address[j].local),
				.len = link->address[j].len,
				.device = i,
			};

			obstack_grow(mem, &address, sizeof(address));
			host->naddresses++;
		}
	}
	host->address = obstack_finish(mem);
}

static void put_uplinks(const struct rib *rib, struct import_host *host)
{
	uint32_t ifindex[MOST_ROUTES];
	unsigned int n = rib_default_devices(rib, ifindex, MOST_ROUTES);

	for (unsigned int i = 0; i < n; i++) {
		const struct rib_link *link = rib_find_link(rib, ifindex[i]);

		for (unsigned int j = 0; link && j < host->ndevices; j++)
			if (host->device[j].ifindex == link->ifindex)
				host->device[j].uplink = can_plan(link);
	}
}

int read_host(struct obstack *mem, struct import_host *host)
{
	struct rib *rib = NULL;
	int err = -EINTR;

	/* EINTR: something changed meanwhile. */
	for (int i = 0; i < ATTEMPTS && err == -EINTR; i++) {
		rib_free(rib);
		rib = rib_new();
		err = rib ? try_dump(rib) : -ENOMEM;
	}
	if (!err) {
		put_devices(mem, rib, host);
		put_addresses(mem, rib, host);
		put_uplinks(rib, host);
	}
	rib_free(rib);
	return err;
}
