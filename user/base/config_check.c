// SPDX-License-Identifier: GPL-2.0-only
/* What follows from the file as a whole: sections take from [nat] what they leave out; and what
 * contradicts itself is told with the line that it stands in. */
#include <arpa/inet.h>
#include <string.h>

#include <erxdp/portblock.h>

#include "config_parts.h"

/* What a section leaves out is [nat]'s. */
static void inherit(struct parser *p, unsigned int i)
{
	const struct policy *from = &p->config.policy[0];
	struct policy *to = &p->config.policy[i];

	if (!config_given(p, i, "behaviour"))
		to->behaviour = from->behaviour;
	if (!config_given(p, i, "filtering"))
		to->filtering = from->filtering;
	if (!config_given(p, i, "max-sessions-per-host"))
		to->max_sessions = from->max_sessions;
	if (!config_given(p, i, "new-sessions-per-second"))
		to->max_rate = from->max_rate;
	if (config_given(p, i, "port-block-prefix") || config_given(p, i, "port-block-size"))
		return;
	to->block_prefix = from->block_prefix;
	to->block_prefixlen = from->block_prefixlen;
	to->block_size = from->block_size;
}

/* RFC 4787 REQ-6 lets inbound packets prolong a mapping or not; netfilter lets them. */
static void set_refresh(struct parser *p, unsigned int i)
{
	const struct policy *from = &p->config.policy[0];
	struct policy *to = &p->config.policy[i];
	bool on = to->behaviour == BEHAVIOUR_COMPAT;

	if (config_given(p, i, "inbound-refresh"))
		return;
	if (config_given(p, 0, "inbound-refresh"))
		on = from->flags & POLICY_INBOUND_REFRESH;
	to->flags = on ? POLICY_INBOUND_REFRESH : 0;
}

static void fail_at(struct parser *p, unsigned int line, const char *what)
{
	p->line = line;
	config_error(p, "%s", what);
}

static bool any_rfc(const struct config *config)
{
	for (unsigned int i = 0; i < config->npolicies; i++) {
		if (config->policy[i].behaviour == BEHAVIOUR_RFC)
			return true;
	}
	return false;
}

/* [nat]'s filtering may be meant for the sections that take it. */
static void check_filtering(struct parser *p, unsigned int i)
{
	unsigned int line = config_given(p, i, "filtering");
	bool rfc = i ? p->config.policy[i].behaviour == BEHAVIOUR_RFC : any_rfc(&p->config);

	if (line && !rfc)
		fail_at(p, line,
			"filtering: means something with behaviour = rfc only; add that, or take "
			"filtering out");
}

static const struct config_inside *inside_of(const struct config *config, unsigned int policy)
{
	for (unsigned int i = 0; i < config->ninside_sections; i++) {
		if (config->inside_section[i].policy == policy)
			return &config->inside_section[i];
	}
	return NULL;
}

/* Of [inside PREFIX] the blocks are that prefix's. */
static void set_block_prefix(struct parser *p, unsigned int i)
{
	const struct config_inside *inside = inside_of(&p->config, i);
	struct policy *policy = &p->config.policy[i];

	if (!inside || config_given(p, i, "port-block-prefix"))
		return;
	policy->block_prefix = inside->prefix.addr;
	policy->block_prefixlen = inside->prefix.len;
}

/* On how many outside addresses may the blocks lie? On those of an uplink's own `source`; elsewhere
 * nobody knows by which uplink they leave. */
static unsigned int addresses_of(const struct config *config, unsigned int policy)
{
	for (unsigned int i = 0; i < config->nuplink_sections; i++) {
		if (config->uplink_section[i].policy == policy && config->uplink_section[i].npool)
			return config->uplink_section[i].npool;
	}
	return 1;
}

static void check_blocks(struct parser *p, unsigned int i)
{
	unsigned int prefix = config_given(p, i, "port-block-prefix");
	unsigned int size = config_given(p, i, "port-block-size");
	struct policy *policy = &p->config.policy[i];
	const struct control ctl = {.port_min = p->config.port_min, .port_max = p->config.port_max};
	struct portblock_plan plan;
	uint64_t hosts, room;

	if (size)
		set_block_prefix(p, i);
	if (prefix && !size)
		fail_at(p, prefix, "port-block-prefix: expected port-block-size with it");
	else if (size && !prefix && !inside_of(&p->config, i))
		fail_at(p, size, "port-block-size: expected port-block-prefix with it");
	hosts = 1ULL << (32 - policy->block_prefixlen);
	plan = portblock_plan_of(policy, &ctl);
	if (!size)
		return;
	room = (uint64_t)portblock_count(&plan) * addresses_of(&p->config, i);
	if (hosts <= room)
		return;
	p->line = size;
	config_error(p,
		     "port-block-size: the %llu hosts of the prefix with %u ports each do not fit "
		     "into ports %u-%u",
		     (unsigned long long)hosts, policy->block_size, plan.first, plan.last);
}

static bool names_uplink(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->nuplinks; i++) {
		if (!strcmp(config->uplink[i], name))
			return true;
	}
	return false;
}

/* Without a list in [interfaces] the sections are the list. */
static void take_uplinks(struct parser *p)
{
	struct config *config = &p->config;
	bool listed = config->nuplinks;

	for (unsigned int i = 0; i < config->nuplink_sections; i++) {
		const struct config_uplink *uplink = &config->uplink_section[i];

		if (!listed) {
			strcpy(config->uplink[config->nuplinks++], uplink->name);
		} else if (!names_uplink(config, uplink->name)) {
			p->line = p->begun[uplink->policy];
			config_error(p,
				     "[uplink %s]: not among the uplinks of [interfaces]; add %s "
				     "there, or take uplink out of [interfaces]",
				     uplink->name, uplink->name);
		}
	}
}

void config_finish(struct parser *p)
{
	struct config *config = &p->config;

	for (unsigned int i = 0; i < config->nuplink_sections; i++) {
		struct config_uplink *uplink = &config->uplink_section[i];

		uplink->own_exempt_dst = config_given(p, uplink->policy, "exempt-destination");
		uplink->own_exempt_src = config_given(p, uplink->policy, "exempt-source");
	}
	for (unsigned int i = 1; i < config->npolicies; i++)
		inherit(p, i);
	for (unsigned int i = config->npolicies; i-- > 0;)
		set_refresh(p, i);
	for (unsigned int i = 0; i < config->npolicies; i++) {
		check_filtering(p, i);
		check_blocks(p, i);
	}
	take_uplinks(p);
	memcpy(config->line, p->given[0], sizeof(config->line));
}

unsigned int config_policy_of(const struct config *config, const char *name, __be32 inside)
{
	const struct config_uplink *uplink = config_find_uplink(config, name);
	const struct config_inside *longest = NULL;

	for (unsigned int i = 0; i < config->ninside_sections; i++) {
		const struct config_inside *at = &config->inside_section[i];
		uint32_t differs = ntohl(inside ^ at->prefix.addr);

		if (at->prefix.len && differs >> (32 - at->prefix.len))
			continue;
		if (!longest || at->prefix.len > longest->prefix.len)
			longest = at;
	}
	if (longest)
		return longest->policy;
	return uplink ? uplink->policy : 0;
}
