// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "plan.h"
#include "rib.h"

#define MAX_TAGS     2
#define MAX_UPLINKS  16
#define NAMES_UPLINK "name the uplink in the configuration (uplink = DEVICE)"

/* What one derivation works with. */
struct draft {
	struct plan *plan;
	struct plan old; /* for the slots */
	const struct rib *rib;
	const struct config *config;
	char *err;
	size_t errlen;
};

static int __attribute__((format(printf, 3, 4)))
refuse(struct draft *draft, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(draft->err, draft->errlen, fmt, args);
	va_end(args);
	return code;
}

/* Where a device's frames travel: the port, and the tags on it, outermost first. */
struct stack {
	const struct rib_link *port;
	struct vlan_tag tag[MAX_TAGS];
};

static int walk_down(const struct rib *rib, const struct rib_link *link, struct stack *stack)
{
	unsigned int depth = 0;

	memset(stack, 0, sizeof(*stack));
	for (; link && link->is.kind == LINK_VLAN; link = rib_find_link(rib, link->is.parent)) {
		if (depth++ == MAX_TAGS)
			return -E2BIG;
		/* Seen from above the inner tag comes first. */
		stack->tag[1] = stack->tag[0];
		stack->tag[0] = link->is.tag;
	}
	stack->port = link;
	return link ? 0 : -ENODEV;
}

static struct plan_iface *find_iface(struct plan *plan, unsigned int ifindex)
{
	for (unsigned int i = 0; i < plan->nifaces; i++)
		if (plan->iface[i].ifindex == ifindex)
			return &plan->iface[i];
	return NULL;
}

const struct plan_iface *plan_find_iface(const struct plan *plan, unsigned int ifindex)
{
	return find_iface((struct plan *)plan, ifindex);
}

const struct plan_port *plan_find_port(const struct plan *plan, unsigned int ifindex)
{
	for (unsigned int i = 0; i < plan->nports; i++)
		if (plan->port[i].ifindex == ifindex)
			return &plan->port[i];
	return NULL;
}

unsigned int plan_receivers(const struct plan_port *port, struct plan_slave dev[PLAN_MAX_SLAVES])
{
	if (port->bond) {
		memcpy(dev, port->slave, port->nslaves * sizeof(*dev));
		return port->nslaves;
	}
	dev[0].ifindex = port->ifindex;
	memcpy(dev[0].name, port->name, sizeof(dev[0].name));
	return 1;
}

static int add_slaves(struct draft *draft, struct plan_port *port)
{
	struct hnode *node;

	hash_for_each(node, &draft->rib->links) {
		const struct rib_link *link = hentry(node, struct rib_link, node);
		struct plan_slave *slave;

		if (!link->present || link->is.master != port->ifindex)
			continue;
		if (port->nslaves == PLAN_MAX_SLAVES)
			return refuse(draft, -E2BIG,
				      "%s has more than %d slaves, which erxdp cannot "
				      "serve",
				      port->name, PLAN_MAX_SLAVES);
		slave = &port->slave[port->nslaves++];
		slave->ifindex = link->ifindex;
		memcpy(slave->name, link->is.name, sizeof(slave->name));
	}
	return 0;
}

static int add_port(struct draft *draft, const struct rib_link *link)
{
	struct plan *plan = draft->plan;
	struct plan_port *port;

	if (plan_find_port(plan, link->ifindex))
		return 0;
	if (plan->nports == PLAN_MAX_PORTS)
		return refuse(draft, -E2BIG,
			      "more than %d ports: name fewer interfaces in the "
			      "configuration (inside = DEVICE ...)",
			      PLAN_MAX_PORTS);
	port = &plan->port[plan->nports++];
	port->ifindex = link->ifindex;
	memcpy(port->name, link->is.name, sizeof(port->name));
	port->bond = link->is.kind == LINK_BOND;
	return port->bond ? add_slaves(draft, port) : 0;
}

static int add_iface(struct draft *draft, const struct rib_link *link, const struct stack *stack,
		     bool uplink)
{
	struct plan *plan = draft->plan;
	struct plan_iface *iface = find_iface(plan, link->ifindex);

	if (iface) {
		iface->uplink |= uplink;
		return 0;
	}
	if (plan->nifaces == PLAN_MAX_IFACES)
		return refuse(draft, -E2BIG,
			      "more than %d interfaces: name those that matter in the "
			      "configuration (inside = DEVICE ...)",
			      PLAN_MAX_IFACES);
	iface = &plan->iface[plan->nifaces++];
	iface->ifindex = link->ifindex;
	memcpy(iface->name, link->is.name, sizeof(iface->name));
	iface->port = stack->port->ifindex;
	memcpy(iface->tag, stack->tag, sizeof(iface->tag));
	iface->uplink = uplink;
	return add_port(draft, stack->port);
}

/* A device that somebody named, or that the default route names: everything must be in order. */
static int add_chosen(struct draft *draft, const struct rib_link *link, bool uplink)
{
	const struct rib_link *master = rib_find_link(draft->rib, link->is.master);
	const char *name = link->is.name;
	struct stack stack;

	if (master)
		return refuse(draft, -EINVAL,
			      "%s belongs to %s: name that device instead, or take %s "
			      "out of it",
			      name, master->is.name, name);
	switch (walk_down(draft->rib, link, &stack)) {
	case 0:
		break;
	case -E2BIG:
		return refuse(draft, -EINVAL,
			      "%s lies below more than %d VLAN tags, which erxdp "
			      "cannot serve",
			      name, MAX_TAGS);
	default:
		return refuse(draft, -ENODEV,
			      "the device below %s is in another network namespace: "
			      "run erxdp there, or name another interface",
			      name);
	}
	if (!stack.port->is.has_mac || stack.port->is.flags & IFF_LOOPBACK)
		return refuse(draft, -EINVAL, "%s is not an Ethernet device: %s", name,
			      uplink ? NAMES_UPLINK : "take it out of the configuration");
	return add_iface(draft, link, &stack, uplink);
}

static int add_named(struct draft *draft, const char names[][IFNAMSIZ], unsigned int n, bool uplink)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct rib_link *link = rib_find_link_named(draft->rib, names[i]);
		int err;

		if (!link)
			return refuse(draft, -ENODEV,
				      "there is no interface %s, which the "
				      "configuration names as %s: create it or correct the name",
				      names[i], uplink ? "uplink" : "inside");
		err = add_chosen(draft, link, uplink);
		if (err < 0)
			return err;
	}
	return 0;
}

static int add_uplinks(struct draft *draft)
{
	uint32_t ifindex[MAX_UPLINKS];
	unsigned int n;

	if (draft->config->nuplinks)
		return add_named(draft, draft->config->uplink, draft->config->nuplinks, true);
	n = rib_default_devices(draft->rib, ifindex, MAX_UPLINKS);
	if (!n)
		return refuse(draft, -ENODEV,
			      "there is no default route, so the uplink is unknown: "
			      "add one, or " NAMES_UPLINK);
	for (unsigned int i = 0; i < n; i++) {
		const struct rib_link *link = rib_find_link(draft->rib, ifindex[i]);
		int err = link ? add_chosen(draft, link, true)
			       : refuse(draft, -ENODEV,
					"the default route leaves by a device that is "
					"gone: " NAMES_UPLINK);

		if (err < 0)
			return err;
	}
	return 0;
}

/* Every VLAN on an uplink's port; what cannot be served (three tags, a bridge's port) is left to
 * the kernel. */
static int add_vlans(struct draft *draft)
{
	struct hnode *node;

	hash_for_each(node, &draft->rib->links) {
		const struct rib_link *link = hentry(node, struct rib_link, node);
		struct stack stack;
		int err;

		if (!link->present || link->is.kind != LINK_VLAN || link->is.master ||
		    walk_down(draft->rib, link, &stack) < 0 ||
		    !plan_find_port(draft->plan, stack.port->ifindex))
			continue;
		err = add_iface(draft, link, &stack, false);
		if (err < 0)
			return err;
	}
	return 0;
}

static int compare_ifaces(const void *a, const void *b)
{
	const struct plan_iface *left = a, *right = b;

	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/* Of a slot. */
enum slot_use {
	SLOT_FREE,
	SLOT_LEFT, /* by an interface of the old plan; its rows are still to be moved away */
	SLOT_TAKEN,
};

static void keep_slots(struct draft *draft, enum slot_use use[ERXDP_MAX_IFACES])
{
	struct plan *plan = draft->plan;

	for (unsigned int i = 0; i < draft->old.nifaces; i++)
		if (draft->old.iface[i].slot < ERXDP_SLOT_REMOVED)
			use[draft->old.iface[i].slot] = SLOT_LEFT;
	use[0] = use[ERXDP_SLOT_REMOVED] = SLOT_TAKEN;
	for (unsigned int i = 0; i < plan->nifaces; i++) {
		const struct plan_iface *old = find_iface(&draft->old, plan->iface[i].ifindex);

		plan->iface[i].slot = old && old->slot < ERXDP_SLOT_REMOVED ? old->slot : 0;
		use[plan->iface[i].slot] = SLOT_TAKEN;
	}
}

/* There is always one, since PLAN_MAX_IFACES leaves out slot 0 and the last. */
static unsigned int find_slot(const enum slot_use use[ERXDP_MAX_IFACES])
{
	for (enum slot_use wanted = SLOT_FREE; wanted < SLOT_TAKEN; wanted++)
		for (unsigned int slot = 1; slot < ERXDP_SLOT_REMOVED; slot++)
			if (use[slot] == wanted)
				return slot;
	return 0;
}

/* A newcomer gets the slot of one that has just left only where no other is free: the programs
 * would count both there for a moment. */
static void assign_slots(struct draft *draft)
{
	enum slot_use use[ERXDP_MAX_IFACES] = {0};
	struct plan *plan = draft->plan;

	keep_slots(draft, use);
	for (unsigned int i = 0; i < plan->nifaces; i++) {
		if (plan->iface[i].slot)
			continue;
		plan->iface[i].slot = find_slot(use);
		use[plan->iface[i].slot] = SLOT_TAKEN;
	}
}

int plan_derive(struct plan *plan, const struct rib *rib, const struct config *config, char *err,
		size_t errlen)
{
	static struct plan made;
	static struct draft draft;
	int code;

	memset(&made, 0, sizeof(made));
	draft = (struct draft){.plan = &made,
			       .old = *plan,
			       .rib = rib,
			       .config = config,
			       .err = err,
			       .errlen = errlen};
	code = add_uplinks(&draft);
	if (!code && config->ninside)
		code = add_named(&draft, config->inside, config->ninside, false);
	else if (!code)
		code = add_vlans(&draft);
	if (code < 0)
		return code;
	/* The model's order is a hash's; users and tests want one that stays. */
	qsort(made.iface, made.nifaces, sizeof(made.iface[0]), compare_ifaces);
	assign_slots(&draft);
	*plan = made;
	return 0;
}
