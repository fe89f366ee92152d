// SPDX-License-Identifier: GPL-2.0-only
#include "rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free  free

void nat_ruleset_begin(struct nat_ruleset *set)
{
	memset(set, 0, sizeof(*set));
	obstack_init(&set->mem);
}

void nat_ruleset_free(struct nat_ruleset *set)
{
	obstack_free(&set->mem, NULL);
}

struct nat_chain *nat_ruleset_find(const struct nat_ruleset *set, const char *table,
				   const char *name)
{
	struct nat_chain *chain = set->chains;

	while (chain && (strcmp(chain->table, table) || strcmp(chain->name, name)))
		chain = chain->next;
	return chain;
}

struct nat_chain *nat_ruleset_chain(struct nat_ruleset *set, const char *table, const char *name)
{
	struct nat_chain *chain = obstack_alloc(&set->mem, sizeof(*chain));

	*chain = (struct nat_chain){.table = nat_ruleset_text(set, "%s", table),
				    .name = nat_ruleset_text(set, "%s", name)};
	if (set->last)
		set->last->next = chain;
	else
		set->chains = chain;
	set->last = chain;
	return chain;
}

struct nat_rule *nat_ruleset_rule(struct nat_ruleset *set, struct nat_chain *chain)
{
	struct nat_rule *rule = obstack_alloc(&set->mem, sizeof(*rule));

	*rule = (struct nat_rule){.chain = chain, .box = box_all(), .text = ""};
	rule->number = chain->last ? chain->last->number + 1 : 1;
	if (chain->last)
		chain->last->next = rule;
	else
		chain->rules = rule;
	chain->last = rule;
	return rule;
}

/* Chains are visited once, so a loop ends (the kernel refuses them anyway). */
static void mark(struct nat_chain *chain, bool own)
{
	bool *seen = own ? &chain->own : &chain->forwards;

	if (*seen)
		return;
	*seen = true;
	for (struct nat_rule *rule = chain->rules; rule; rule = rule->next)
		if (rule->to_chain)
			mark(rule->to_chain, own);
}

static void find_target(struct nat_ruleset *set, struct nat_rule *rule)
{
	rule->to_chain = nat_ruleset_find(set, rule->chain->table, rule->target);
	if (!rule->to_chain)
		rule_unknown(
			set, rule,
			nat_ruleset_text(set, "a chain %s, which was not found", rule->target));
}

void nat_ruleset_link(struct nat_ruleset *set)
{
	for (struct nat_chain *chain = set->chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			if (rule->target)
				find_target(set, rule);
	for (struct nat_chain *chain = set->chains; chain; chain = chain->next)
		if (chain->hook != HOOK_NONE)
			mark(chain, chain->hook == HOOK_INPUT || chain->hook == HOOK_OUTPUT);
}

const char *nat_ruleset_text(struct nat_ruleset *set, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	obstack_vprintf(&set->mem, fmt, ap);
	va_end(ap);
	obstack_1grow(&set->mem, '\0');
	return obstack_finish(&set->mem);
}

void rule_match(struct nat_ruleset *set, struct nat_rule *rule, enum dim dim, struct ranges values,
		bool invert)
{
	struct obstack *mem = &set->mem;

	if (invert)
		values = ranges_not(mem, values);
	rule->box.dim[dim] = ranges_and(mem, rule->box.dim[dim], values);
}

void rule_unknown(struct nat_ruleset *set, struct nat_rule *rule, const char *what)
{
	rule->unknown = rule->unknown ? nat_ruleset_text(set, "%s, %s", rule->unknown, what)
				      : nat_ruleset_text(set, "%s", what);
}

/* The first reason stays. */
void rule_refuse(struct nat_rule *rule, const char *why, const char *remedy)
{
	if (rule->fate == FATE_REFUSED)
		return;
	rule->fate = FATE_REFUSED;
	rule->why = why;
	rule->remedy = remedy;
}

struct ranges host_devices(struct obstack *mem, const struct import_host *host, const char *name,
			   bool wildcard)
{
	struct ranges found = ranges_none;

	for (unsigned int i = 0; i < host->ndevices; i++) {
		const char *device = host->device[i].name;

		if (wildcard ? !strncmp(device, name, strlen(name)) : !strcmp(device, name))
			found = ranges_or(mem, found, ranges_of(mem, i, i));
	}
	return found;
}

struct ranges host_local(struct obstack *mem, const struct import_host *host)
{
	struct ranges local = ranges_of(mem, 0x7f000000, 0x7fffffff);

	for (unsigned int i = 0; i < host->naddresses; i++) {
		uint32_t addr = host->address[i].addr;

		local = ranges_or(mem, local, ranges_of(mem, addr, addr));
	}
	return local;
}

static struct range network_of(const struct host_address *address)
{
	uint32_t hosts = address->len ? ~(~0u << (32 - address->len)) : UINT32_MAX;

	if (address->len == 32)
		hosts = 0;
	return (struct range){address->addr & ~hosts, address->addr | hosts};
}

struct ranges host_networks(struct obstack *mem, const struct import_host *host,
			    unsigned int device)
{
	struct ranges found = ranges_none;

	for (unsigned int i = 0; i < host->naddresses; i++) {
		struct range network = network_of(&host->address[i]);

		if (host->address[i].device == device)
			found = ranges_or(mem, found, ranges_of(mem, network.first, network.last));
	}
	return found;
}

const struct host_device *host_device_of(const struct import_host *host, uint32_t addr)
{
	const struct host_address *longest = NULL;

	for (unsigned int i = 0; i < host->naddresses; i++) {
		const struct host_address *at = &host->address[i];
		struct range network = network_of(at);

		if (addr < network.first || addr > network.last)
			continue;
		if (!longest || at->len > longest->len)
			longest = at;
	}
	return longest ? &host->device[longest->device] : NULL;
}

struct ranges host_served(struct obstack *mem, const struct import_host *host)
{
	struct ranges served = ranges_none;

	for (unsigned int i = 0; i < host->ndevices; i++)
		if (host->device[i].uplink || host->device[i].inside)
			served = ranges_or(mem, served, ranges_of(mem, i, i));
	return served;
}
