// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "forwards.h"
#include "host.h"
#include "listeners.h"
#include "log.h"
#include "mirror.h"
#include "rib.h"

static bool link_has(const struct rib_link *link, __be32 addr)
{
	for (unsigned int i = 0; link && i < link->naddress; i++)
		if (link->address[i].local == addr)
			return true;
	return false;
}

static bool host_has(const struct rib *rib, __be32 addr)
{
	struct hnode *node;

	hash_for_each(node, &rib->links)
		if (link_has(hentry(node, struct rib_link, node), addr))
			return true;
	return false;
}

/* Is this uplink meant by a line that names a device? */
static bool means_uplink(const struct config_forward *forward, const struct plan_iface *iface)
{
	if (!iface->uplink || !*forward->device)
		return false;
	return !strcmp(forward->device, CONFIG_ANY_UPLINK) || !strcmp(forward->device, iface->name);
}

/* Would what the peer sends to the listener's port reach the inside host instead? */
static bool clashes(const struct host *h, const struct config_forward *forward,
		    const struct listener *listener)
{
	const struct rib *rib = mirror_rib(h->mirror);

	if (listener->proto != forward->proto || listener->port < forward->first ||
	    listener->port > forward->last)
		return false;
	if (!*forward->device)
		return listener->addr ? listener->addr == forward->addr
				      : host_has(rib, forward->addr);
	for (unsigned int i = 0; i < h->plan.nifaces; i++) {
		const struct plan_iface *iface = &h->plan.iface[i];

		if (means_uplink(forward, iface) &&
		    (!listener->addr ||
		     link_has(rib_find_link(rib, iface->ifindex), listener->addr)))
			return true;
	}
	return false;
}

static bool is_forwarded(const struct host *h, const struct listener *listener, __be32 addr)
{
	struct endpoint key = {
		.addr = addr, .port = htons(listener->port), .proto = listener->proto};
	struct endpoint_owner owner;

	return !bpf_map_lookup_elem(h->maps.endpoints, &key, &owner) &&
	       owner.kind == ENDPOINT_FORWARD;
}

/* Is the port forwarded already? The service appeared since. */
static bool in_force(const struct host *h, const struct config_forward *forward,
		     const struct listener *listener)
{
	const struct rib *rib = mirror_rib(h->mirror);

	if (!*forward->device)
		return is_forwarded(h, listener, forward->addr);
	for (unsigned int i = 0; i < h->plan.nifaces; i++) {
		const struct rib_link *link = rib_find_link(rib, h->plan.iface[i].ifindex);

		for (unsigned int j = 0; link && j < link->naddress; j++)
			if (means_uplink(forward, &h->plan.iface[i]) &&
			    is_forwarded(h, listener, link->address[j].local))
				return true;
	}
	return false;
}

/* This host's, read once for all the lines. */
struct services {
	struct listener *listener;
	size_t n, room;
};

static int note_service(const struct listener *listener, void *arg)
{
	struct services *services = arg;
	struct listener *more = services->listener;

	if (services->n == services->room) {
		services->room = services->room ? 2 * services->room : 64;
		more = reallocarray(more, services->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		services->listener = more;
	}
	more[services->n++] = *listener;
	return 0;
}

/* One that the line would take the port away from, or NULL. */
static const struct listener *find_victim(const struct host *h, const struct services *services,
					  const struct config_forward *forward,
					  enum forwards_when when)
{
	for (size_t i = 0; i < services->n; i++) {
		const struct listener *listener = &services->listener[i];

		if (clashes(h, forward, listener) &&
		    (when == FORWARDS_ATTACH || !in_force(h, forward, listener)))
			return listener;
	}
	return NULL;
}

static int check_device(const struct host *h, const struct config_forward *forward, struct error *e)
{
	char text[64];

	if (!*forward->device)
		return 0;
	for (unsigned int i = 0; i < h->plan.nifaces; i++)
		if (means_uplink(forward, &h->plan.iface[i]))
			return 0;
	return error_set(e, -EINVAL,
			 "%s:%u: %s: %s is not an uplink; name one, or an address, or \"uplink\"",
			 h->config_path, forward->line, config_forward_name(forward, text),
			 forward->device);
}

/* An address that comes later is followed then. */
static void warn_address(const struct host *h, const struct config *config,
			 const struct config_forward *forward)
{
	const struct rib *rib = mirror_rib(h->mirror);
	char text[64];

	if (*forward->device)
		return;
	for (unsigned int i = 0; i < config->nuplink_sections; i++) {
		const struct config_uplink *uplink = &config->uplink_section[i];

		for (unsigned int j = 0; j < uplink->npool; j++)
			if (uplink->pool[j] == forward->addr)
				return;
	}
	for (unsigned int i = 0; i < h->plan.nifaces; i++)
		if (h->plan.iface[i].uplink &&
		    link_has(rib_find_link(rib, h->plan.iface[i].ifindex), forward->addr))
			return;
	log_warn("%s:%u: %s: no uplink has that address now; forwarded once one has",
		 h->config_path, forward->line, config_forward_name(forward, text));
}

static int check_service(const struct host *h, const struct services *services,
			 const struct config_forward *forward, enum forwards_when when,
			 struct error *e)
{
	const struct listener *victim = find_victim(h, services, forward, when);
	char text[64];

	if (!victim)
		return 0;
	return error_set(e, -EADDRINUSE,
			 "%s:%u: %s: a service of this host's own listens on port %u, and nobody "
			 "could reach it any more; forward another port, or end the service",
			 h->config_path, forward->line, config_forward_name(forward, text),
			 victim->port);
}

static int check_lines(const struct host *h, const struct services *services, struct config *config,
		       enum forwards_when when, struct error *e)
{
	unsigned int kept = 0;
	int err = 0;

	for (unsigned int i = 0; i < config->nforwards && !err; i++) {
		const struct config_forward forward = config->forward[i];

		err = check_device(h, &forward, e);
		if (!err)
			err = check_service(h, services, &forward, when, e);
		if (err && when == FORWARDS_ADOPT) {
			log_warn("%s; left out", e->text);
			err = 0;
			continue;
		}
		warn_address(h, config, &forward);
		config->forward[kept++] = forward;
	}
	if (!err)
		config->nforwards = kept;
	return err;
}

int forwards_check(const struct host *h, struct config *config, enum forwards_when when,
		   struct error *e)
{
	struct services services = {};
	int err = config->nforwards ? listeners_walk(note_service, &services) : 0;

	if (!err)
		err = check_lines(h, &services, config, when, e);
	else
		error_set(e, err, "the sockets of this host cannot be listed: %s", strerror(-err));
	free(services.listener);
	if (!err || when != FORWARDS_ADOPT)
		return err;
	log_warn("%s; [forward] is left out", e->text);
	config->nforwards = 0;
	return 0;
}
