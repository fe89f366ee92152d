// SPDX-License-Identifier: GPL-2.0-only
/* Links with their IPv4 settings (netconf) and addresses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"

/* <linux/if.h> has it, and collides with <net/if.h>. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif
#define STATE_FLAGS (IFF_UP | IFF_RUNNING | IFF_LOWER_UP)

/* What the kernel may flush in silence when a link changes its state or loses an address. */
#define FLUSHED_BY_LINK (KIND_BIT(EVENT_ROUTE) | KIND_BIT(EVENT_NEXTHOP) | KIND_BIT(EVENT_ADDRESS))

static struct rib_link *find(const struct rib *rib, uint32_t ifindex)
{
	struct hnode *node = htable_first(&rib->links, ifindex);

	return node ? hentry(node, struct rib_link, node) : NULL;
}

const struct rib_link *rib_find_link(const struct rib *rib, uint32_t ifindex)
{
	struct rib_link *link = find(rib, ifindex);

	return link && link->present ? link : NULL;
}

const struct rib_link *rib_find_link_named(const struct rib *rib, const char *name)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		struct rib_link *link = hentry(node, struct rib_link, node);

		if (link->present && !strcmp(link->is.name, name))
			return link;
	}
	return NULL;
}

static bool has_carrier(const struct rib_link *link)
{
	/* As fib_netdev_event() sees it. */
	return link->is.flags & (IFF_RUNNING | IFF_LOWER_UP);
}

bool rib_link_is_up(const struct rib_link *link)
{
	return link && link->is.flags & IFF_UP && has_carrier(link);
}

bool rib_hop_is_usable(const struct rib *rib, const struct hop *hop)
{
	const struct rib_link *link = rib_find_link(rib, hop->oif);

	/* Dead may be so on a device that is up: by the removal of its last address. */
	if (hop->dead || !link || !(link->is.flags & IFF_UP))
		return false;
	return has_carrier(link) || !(rib->ignore_linkdown || link->ignore_linkdown);
}

struct rib_link *rib_get_link(struct rib *rib, uint32_t ifindex)
{
	struct rib_link *link = find(rib, ifindex);

	if (link)
		return link;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->ifindex = ifindex;
	/* The index is hash enough: links are numbered one after the other. */
	if (htable_insert(&rib->links, &link->node, ifindex) < 0) {
		free(link);
		return NULL;
	}
	return link;
}

void rib_drop_link(struct rib *rib, struct rib_link *link)
{
	if (link->present || link->has_conf)
		return;
	htable_remove(&rib->links, &link->node);
	free(link->address);
	free(link);
}

static void remove_link(struct rib *rib, struct rib_link *link)
{
	if (!link->present)
		return;
	link->present = false;
	link->naddress = 0;
	rib->changed |= RIB_LINKS | RIB_TOPOLOGY | RIB_ADDRESSES | RIB_FLAPPED;
	rib->stale |= FLUSHED_BY_LINK;
	rib_drop_link(rib, link);
}

static bool moved(const struct event_link *a, const struct event_link *b)
{
	return strcmp(a->name, b->name) || a->kind != b->kind || a->parent != b->parent ||
	       a->master != b->master || a->tag.vid != b->tag.vid || a->tag.tpid != b->tag.tpid;
}

static bool same_bond(const struct event_bond *a, const struct event_bond *b)
{
	return a->mode == b->mode && a->policy == b->policy && a->aggregator == b->aggregator &&
	       a->active == b->active;
}

static bool looks_the_same(const struct event_link *a, const struct event_link *b)
{
	return a->flags == b->flags && a->mtu == b->mtu && a->has_mac == b->has_mac &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac)) && same_bond(&a->bond, &b->bond);
}

static void update_link(struct rib *rib, struct rib_link *link, const struct event_link *is)
{
	if (!link->present || moved(&link->is, is)) {
		rib->changed |= RIB_LINKS | RIB_TOPOLOGY;
		rib->stale |= FLUSHED_BY_LINK;
	} else if (!looks_the_same(&link->is, is)) {
		rib->changed |= RIB_LINKS;
	}
	/* The flags show a carrier at once, the routes follow when linkwatch gets to it, up to a
	 * second later: then the operational state changes. */
	if ((link->is.flags ^ is->flags) & STATE_FLAGS || link->is.operstate != is->operstate) {
		rib->stale |= FLUSHED_BY_LINK;
		rib->changed |= RIB_FLAPPED;
		link->flapped = true;
	}
	/* Slaves announce that they join an aggregator or leave one, but a bond does not say that
	 * another aggregator is the active one. */
	if (is->master && !same_bond(&link->is.bond, &is->bond))
		rib->stale |= KIND_BIT(EVENT_LINK);
	/* A carrier that went and came back before linkwatch looked shows nothing but a message;
	 * a hop that a route got in between was born dead, and has been revived. */
	if (rib->ndead)
		rib->stale |= KIND_BIT(EVENT_ROUTE);
	link->present = true;
	link->is = *is;
}

int rib_apply_link(struct rib *rib, const struct event *event)
{
	const struct event_link *is = &event->link;
	struct rib_link *link = find(rib, is->ifindex);

	if (event->removal) {
		if (link)
			remove_link(rib, link);
		return 0;
	}
	if (!link)
		link = rib_get_link(rib, is->ifindex);
	if (!link)
		return -ENOMEM;
	update_link(rib, link, is);
	link->gen = rib->gen;
	return 0;
}

bool rib_link_flapped(const struct rib *rib, uint32_t ifindex)
{
	const struct rib_link *link = find(rib, ifindex);

	return !link || link->flapped;
}

void rib_clear_flaps(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->links)
		hentry(node, struct rib_link, node)->flapped = false;
}

void rib_sweep_links(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		struct rib_link *link = hentry(node, struct rib_link, node);

		if (link->gen != rib->gen)
			remove_link(rib, link);
	}
}

/* Which hops are usable, and which of them the kernel calls dead, is another matter now. */
static void note_ignore_linkdown(struct rib *rib)
{
	rib->changed |= RIB_LINKS;
	rib->stale |= KIND_BIT(EVENT_ROUTE);
	rib_mark_prefixes(rib);
}

static int apply_netconf_all(struct rib *rib, const struct event_netconf *conf)
{
	if (!conf->has_ignore_linkdown || conf->ignore_linkdown == rib->ignore_linkdown)
		return 0;
	rib->ignore_linkdown = conf->ignore_linkdown;
	note_ignore_linkdown(rib);
	return 0;
}

static void remove_netconf(struct rib *rib, struct rib_link *link)
{
	if (!link->has_conf)
		return;
	link->has_conf = false;
	link->forwarding = false;
	link->ignore_linkdown = false;
	rib->changed |= RIB_LINKS;
	rib_drop_link(rib, link);
}

static void update_netconf(struct rib *rib, struct rib_link *link, const struct event_netconf *conf)
{
	link->has_conf = true;
	if (conf->has_forwarding && conf->forwarding != link->forwarding) {
		link->forwarding = conf->forwarding;
		rib->changed |= RIB_LINKS;
	}
	if (conf->has_ignore_linkdown && conf->ignore_linkdown != link->ignore_linkdown) {
		link->ignore_linkdown = conf->ignore_linkdown;
		note_ignore_linkdown(rib);
	}
}

int rib_apply_netconf(struct rib *rib, const struct event *event)
{
	const struct event_netconf *conf = &event->netconf;
	struct rib_link *link;

	if (conf->is_default)
		return 0;
	if (!conf->ifindex)
		return apply_netconf_all(rib, conf);
	/* A device's settings are announced before the device itself. */
	link = event->removal ? find(rib, conf->ifindex) : rib_get_link(rib, conf->ifindex);
	if (event->removal) {
		if (link)
			remove_netconf(rib, link);
		return 0;
	}
	if (!link)
		return -ENOMEM;
	update_netconf(rib, link, conf);
	link->conf_gen = rib->gen;
	return 0;
}

void rib_sweep_netconf(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		struct rib_link *link = hentry(node, struct rib_link, node);

		if (link->conf_gen != rib->gen)
			remove_netconf(rib, link);
	}
}

void rib_free_links(struct rib *rib)
{
	struct hnode *node;

	hash_for_each(node, &rib->links) {
		struct rib_link *link = hentry(node, struct rib_link, node);

		free(link->address);
		free(link);
	}
	htable_free(&rib->links);
}
