// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static forwardings: for each outside address that a line of [forward] means now, and for each of
 * its ports, an entry of `endpoints`. They follow the uplinks' addresses; dynamic mappings in the
 * same map are the programs'.
 */
#include <errno.h>
#include <string.h>

#include <arpa/inet.h>

#include "config.h"
#include "fib_parts.h"
#include "log.h"

static bool is_forward(const void *value)
{
	return ((const struct endpoint_owner *)value)->kind == ENDPOINT_FORWARD;
}

/* What the programs write into an entry. */
static void forget(void *value)
{
	struct endpoint_owner *owner = value;

	owner->last_out = owner->addr_gen = owner->uses = 0;
}

static void carry(const void *old, void *value)
{
	const struct endpoint_owner *was = old;
	struct endpoint_owner *owner = value;

	if (!is_forward(was))
		return;
	owner->last_out = was->last_out;
	owner->addr_gen = was->addr_gen;
	owner->uses = was->uses;
}

void fib_init_forwards(struct fib *fib)
{
	fib_set_init(&fib->endpoints, fib->io, fib->maps->endpoints, "endpoints",
		     sizeof(struct endpoint), sizeof(struct endpoint_owner));
	fib->endpoints.ours = is_forward;
	fib->endpoints.forget = forget;
	fib->endpoints.carry = carry;
}

/* A mapping that has the endpoint gives way: its inside endpoint gets another one. */
static void remove_mapping(struct fib *fib, const struct endpoint *key)
{
	struct endpoint_owner owner;
	struct inside_endpoint inside = {.outside = key->addr};

	if (fib_set_has(&fib->endpoints, key) ||
	    fib->io->lookup(fib->maps->endpoints, key, &owner) || owner.kind != ENDPOINT_MAPPING)
		return;
	inside.inside = owner.inside;
	fib->io->remove(fib->maps->inside_endpoints, &inside);
	log_warn("an address and port that a line of [forward] takes was an inside host's mapping, "
		 "which ends");
}

static void put_ports(struct fib *fib, const struct config_forward *forward,
		      const struct plan_iface *uplink, __be32 addr)
{
	struct endpoint_owner owner = {
		.inside = {.addr = forward->inside, .proto = forward->proto},
		.policy = config_policy_of(fib->config, uplink->name, forward->inside),
		.kind = ENDPOINT_FORWARD,
		.uplink = uplink->slot,
	};

	for (unsigned int port = forward->first; port <= forward->last; port++) {
		struct endpoint key = {.addr = addr, .port = htons(port), .proto = forward->proto};

		if (fib_set_has_put(&fib->endpoints, &key))
			continue; /* a line that is more specific was before */
		owner.inside.port = htons(forward->inside_first + port - forward->first);
		remove_mapping(fib, &key);
		fib_set_put(&fib->endpoints, &key, &owner);
	}
}

/* The uplink's addresses that the line means. */
static void put_on_uplink(struct fib *fib, const struct config_forward *forward,
			  const struct plan_iface *uplink)
{
	const struct uplink *has = &fib->maps->uplink[uplink->slot];

	for (unsigned int i = 0; i < has->count; i++)
		if (!forward->addr || forward->addr == has->addr[i].addr)
			put_ports(fib, forward, uplink, has->addr[i].addr);
	for (unsigned int i = 0; i < has->npool; i++)
		if (!forward->addr || forward->addr == has->pool[i])
			put_ports(fib, forward, uplink, has->pool[i]);
}

enum specific { BY_ADDRESS, BY_DEVICE, BY_ANY_UPLINK, SPECIFIC_MAX };

static enum specific specific_of(const struct config_forward *forward)
{
	if (!*forward->device)
		return BY_ADDRESS;
	return strcmp(forward->device, CONFIG_ANY_UPLINK) ? BY_DEVICE : BY_ANY_UPLINK;
}

static void put_forward(struct fib *fib, const struct config_forward *forward)
{
	bool by_device = specific_of(forward) == BY_DEVICE;

	for (unsigned int i = 0; i < fib->plan.nifaces; i++) {
		const struct plan_iface *iface = &fib->plan.iface[i];

		if (!iface->uplink || (by_device && strcmp(iface->name, forward->device)))
			continue;
		put_on_uplink(fib, forward, iface);
	}
}

void fib_apply_forwards(struct fib *fib)
{
	const struct config *config = fib->config;

	fib_set_begin(&fib->endpoints);
	for (enum specific specific = 0; specific < SPECIFIC_MAX; specific++)
		for (unsigned int i = 0; i < config->nforwards; i++)
			if (specific_of(&config->forward[i]) == specific)
				put_forward(fib, &config->forward[i]);
	fib_set_end(&fib->endpoints);
}
