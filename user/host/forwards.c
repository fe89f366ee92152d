// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
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

struct search {
	const struct host *h;
	enum forwards_when when;
	const struct config_forward *forward;
	struct listener found;
};

static int look(const struct listener *listener, void *arg)
{
	struct search *search = arg;

	if (!clashes(search->h, search->forward, listener) ||
	    (search->when != FORWARDS_ATTACH && in_force(search->h, search->forward, listener)))
		return 0;
	search->found = *listener;
	return 1;
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

static int check_service(const struct host *h, const struct config_forward *forward,
			 enum forwards_when when, struct error *e)
{
	struct search search = {.h = h, .when = when, .forward = forward};
	int ret = listeners_walk(look, &search);
	char text[64];

	if (ret <= 0)
		return ret ? error_set(e, ret, "the sockets of this host cannot be listed: %s",
				       strerror(-ret))
			   : 0;
	return error_set(e, -EADDRINUSE,
			 "%s:%u: %s: a service of this host's own listens on port %u, and nobody "
			 "could reach it any more; forward another port, or end the service",
			 h->config_path, forward->line, config_forward_name(forward, text),
			 search.found.port);
}

int forwards_check(const struct host *h, struct config *config, enum forwards_when when,
		   struct error *e)
{
	unsigned int kept = 0;
	int err = 0;

	for (unsigned int i = 0; i < config->nforwards && !err; i++) {
		const struct config_forward forward = config->forward[i];

		err = check_device(h, &forward, e);
		if (!err)
			err = check_service(h, &forward, when, e);
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
