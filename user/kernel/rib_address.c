// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of a link, in the order of the kernel's ifa_list, which decides inet_select_addr(). */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"

static int find(const struct rib_link *link, const struct event_address *is)
{
	for (unsigned int i = 0; i < link->naddress; i++)
		if (link->address[i].local == is->local &&
		    link->address[i].address == is->address && link->address[i].len == is->len)
			return i;
	return -1;
}

static void drop(struct rib *rib, struct rib_link *link, unsigned int at)
{
	memmove(&link->address[at], &link->address[at + 1],
		(link->naddress - at - 1) * sizeof(*link->address));
	link->naddress--;
	rib->changed |= RIB_ADDRESSES;
}

/*
 * __inet_insert_ifa(): a primary address goes behind the last primary one of a scope not narrower
 * than its own, a secondary one to the end.
 */
static unsigned int place(const struct rib_link *link, const struct event_address *is)
{
	unsigned int at = 0;

	if (is->secondary)
		return link->naddress;
	for (unsigned int i = 0; i < link->naddress; i++)
		if (!link->address[i].secondary && is->scope <= link->address[i].scope)
			at = i + 1;
	return at;
}

static int insert(struct rib *rib, struct rib_link *link, const struct event_address *is,
		  unsigned int at)
{
	struct rib_address *address =
		realloc(link->address, (link->naddress + 1) * sizeof(*address));

	if (!address)
		return -ENOMEM;
	link->address = address;
	memmove(&address[at + 1], &address[at], (link->naddress - at) * sizeof(*address));
	address[at] = (struct rib_address){.local = is->local,
					   .address = is->address,
					   .len = is->len,
					   .scope = is->scope,
					   .secondary = is->secondary,
					   .gen = rib->gen};
	link->naddress++;
	rib->changed |= RIB_ADDRESSES;
	return 0;
}

static void refresh(struct rib *rib, struct rib_address *address, const struct event_address *is)
{
	if (address->scope != is->scope || address->secondary != is->secondary)
		rib->changed |= RIB_ADDRESSES;
	address->scope = is->scope;
	address->secondary = is->secondary;
	address->gen = rib->gen;
}

/* A dump has the kernel's order: what it mentions goes to the end. */
static int take_dumped(struct rib *rib, struct rib_link *link, const struct event_address *is,
		       int at)
{
	unsigned int changed = rib->changed;
	int err;

	if (at < 0)
		return insert(rib, link, is, link->naddress);
	refresh(rib, &link->address[at], is);
	if (at == (int)link->naddress - 1)
		return 0;
	/* Going round is no change where the whole list goes round; only another order is one,
	 * and the fib compares what it writes anyway. */
	drop(rib, link, at);
	err = insert(rib, link, is, link->naddress);
	rib->changed = changed | RIB_ADDRESSES;
	return err;
}

int rib_apply_address(struct rib *rib, const struct event *event)
{
	const struct event_address *is = &event->address;
	struct rib_link *link = rib_get_link(rib, is->ifindex);
	int at;

	if (!link)
		return -ENOMEM;
	at = find(link, is);
	if (rib_is_dumping(rib, EVENT_ADDRESS))
		return take_dumped(rib, link, is, at);
	rib->stale |= KIND_BIT(EVENT_ADDRESS);
	if (event->removal) {
		/* fib_sync_down_addr(), fib_disable_ip(): routes go with it, unannounced. */
		rib->stale |= KIND_BIT(EVENT_ROUTE) | KIND_BIT(EVENT_NEXTHOP);
		if (at >= 0)
			drop(rib, link, at);
		rib_drop_link(rib, link);
		return 0;
	}
	/* fib_inetaddr_event(): the first address revives hops that the loss of the last one
	 * killed, unannounced too. */
	if (rib->ndead)
		rib->stale |= KIND_BIT(EVENT_ROUTE);
	if (at < 0)
		return insert(rib, link, is, place(link, is));
	refresh(rib, &link->address[at], is);
	return 0;
}

void rib_sweep_addresses(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		struct rib_link *link = hentry(node, struct rib_link, node);

		for (unsigned int i = link->naddress; i-- > 0;)
			if (link->address[i].gen != rib->gen)
				drop(rib, link, i);
	}
}
