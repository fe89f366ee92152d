// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static forwardings: for each outside address that a line of [forward] means now, and for each of
 * its ports, an entry of `endpoints`, and one of `inside_endpoints` for what the server begins
 * itself (RFC 4787 REQ-1). They follow the uplinks' addresses; dynamic mappings in the same maps
 * are the programs'.
 *
 * Entries of `inside_endpoints` come after those of `endpoints` that they lead to, and go before
 * them: one that leads to nobody's endpoint the programs replace by a mapping. What a former daemon
 * entered and nobody wants any more leads nowhere, and is removed as such (endpoints.c).
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
	fib_set_init(&fib->inside_endpoints, fib->io, fib->maps->inside_endpoints,
		     "inside_endpoints", sizeof(struct inside_endpoint), sizeof(struct endpoint));
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

static struct endpoint inside_of(const struct config_forward *forward, unsigned int port)
{
	return (struct endpoint){
		.addr = forward->inside,
		.port = htons(forward->inside_first + port - forward->first),
		.proto = forward->proto,
	};
}

/* What the server begins itself, where it would get `addr`, has the outside endpoint of the first
 * line. */
static void put_inside(struct fib *fib, const struct endpoint *inside, __be32 addr,
		       const struct endpoint *outside)
{
	struct inside_endpoint key = {.inside = *inside, .outside = addr};

	if (!fib_set_has_put(&fib->inside_endpoints, &key))
		fib_set_put(&fib->inside_endpoints, &key, outside);
}

static void put_ports(struct fib *fib, const struct config_forward *forward,
		      const struct plan_iface *uplink, __be32 addr)
{
	struct endpoint_owner owner = {
		.policy = config_policy_of(fib->config, uplink->name, forward->inside),
		.kind = ENDPOINT_FORWARD,
		.uplink = uplink->slot,
	};

	for (unsigned int port = forward->first; port <= forward->last; port++) {
		struct endpoint key = {.addr = addr, .port = htons(port), .proto = forward->proto};

		if (fib_set_has_put(&fib->endpoints, &key))
			continue; /* a line that is more specific was before */
		owner.inside = inside_of(forward, port);
		remove_mapping(fib, &key);
		if (!fib_set_put(&fib->endpoints, &key, &owner))
			put_inside(fib, &owner.inside, addr, &key);
	}
}

/* The addresses of an uplink that the line means, its pool's included: the first one from *i on,
 * with *i behind it; 0: no more. */
static __be32 next_address(const struct config_forward *forward, const struct uplink *has,
			   unsigned int *i)
{
	while (*i < has->count + has->npool) {
		unsigned int at = (*i)++;
		__be32 addr = at < has->count ? has->addr[at].addr : has->pool[at - has->count];

		if (!forward->addr || forward->addr == addr)
			return addr;
	}
	return 0;
}

static void put_on_uplink(struct fib *fib, const struct config_forward *forward,
			  const struct plan_iface *uplink)
{
	const struct uplink *has = &fib->maps->uplink[uplink->slot];
	unsigned int i = 0;
	__be32 addr;

	while ((addr = next_address(forward, has, &i)))
		put_ports(fib, forward, uplink, addr);
}

/* An outside endpoint on that uplink that the line, and no other one, gives to the inside one. */
static bool find_outside(struct fib *fib, const struct config_forward *forward,
			 const struct plan_iface *uplink, const struct endpoint *inside,
			 struct endpoint *outside)
{
	const struct uplink *has = &fib->maps->uplink[uplink->slot];
	struct endpoint_owner owner;
	unsigned int i = 0;

	while ((outside->addr = next_address(forward, has, &i)))
		if (!fib->io->lookup(fib->maps->endpoints, outside, &owner) && is_forward(&owner) &&
		    owner.uplink == uplink->slot && !memcmp(&owner.inside, inside, sizeof(*inside)))
			return true;
	return false;
}

/* Which of a pool's addresses a host has is nothing to its forwarding, which is at one of them. */
static void put_on_pool(struct fib *fib, const struct config_forward *forward,
			const struct plan_iface *uplink)
{
	const struct uplink *has = &fib->maps->uplink[uplink->slot];

	for (unsigned int port = forward->first; port <= forward->last; port++) {
		struct endpoint outside = {.port = htons(port), .proto = forward->proto};
		struct endpoint inside = inside_of(forward, port);

		for (unsigned int i = 0; i < has->npool; i++) {
			struct inside_endpoint key = {.inside = inside, .outside = has->pool[i]};

			if (fib_set_has_put(&fib->inside_endpoints, &key))
				continue;
			if (!outside.addr && !find_outside(fib, forward, uplink, &inside, &outside))
				break;
			put_inside(fib, &inside, has->pool[i], &outside);
		}
	}
}

enum specific { BY_ADDRESS, BY_DEVICE, BY_ANY_UPLINK, SPECIFIC_MAX };

static enum specific specific_of(const struct config_forward *forward)
{
	if (!*forward->device)
		return BY_ADDRESS;
	return strcmp(forward->device, CONFIG_ANY_UPLINK) ? BY_DEVICE : BY_ANY_UPLINK;
}

typedef void (*put_fn)(struct fib *fib, const struct config_forward *forward,
		       const struct plan_iface *uplink);

static void put_forward(struct fib *fib, const struct config_forward *forward, put_fn put)
{
	bool by_device = specific_of(forward) == BY_DEVICE;

	for (unsigned int i = 0; i < fib->plan.nifaces; i++) {
		const struct plan_iface *iface = &fib->plan.iface[i];

		if (!iface->uplink || (by_device && strcmp(iface->name, forward->device)))
			continue;
		put(fib, forward, iface);
	}
}

/* The more specific lines first. */
static void put_forwards(struct fib *fib, put_fn put)
{
	const struct config *config = fib->config;

	for (enum specific specific = 0; specific < SPECIFIC_MAX; specific++)
		for (unsigned int i = 0; i < config->nforwards; i++)
			if (specific_of(&config->forward[i]) == specific)
				put_forward(fib, &config->forward[i], put);
}

void fib_apply_forwards(struct fib *fib)
{
	fib_set_begin(&fib->endpoints);
	fib_set_begin(&fib->inside_endpoints);
	put_forwards(fib, put_on_uplink);
	put_forwards(fib, put_on_pool);
	fib_set_end(&fib->inside_endpoints);
	fib_set_end(&fib->endpoints);
}
