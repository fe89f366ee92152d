// SPDX-License-Identifier: GPL-2.0-only
/* Policies keep their numbers from one reading of the configuration to the next. */
#include <string.h>

#include "config.h"

/* The number that a section has in the other configuration; 0: it is not in it. */
static unsigned int number_of_uplink(const struct config *config, const char *name)
{
	const struct config_uplink *uplink = config_find_uplink(config, name);

	return uplink ? uplink->policy : 0;
}

static unsigned int number_of_inside(const struct config *config,
				     const struct config_prefix *prefix)
{
	for (unsigned int i = 0; i < config->ninside_sections; i++) {
		const struct config_inside *at = &config->inside_section[i];

		if (at->prefix.addr == prefix->addr && at->prefix.len == prefix->len)
			return at->policy;
	}
	return 0;
}

/* Of a number. */
enum use { USE_NONE, USE_OLD, USE_KEPT };

/* One of nobody's, else one of a section that goes. There are as many as sections can be. */
static unsigned int find_number(const enum use use[ERXDP_MAX_POLICIES])
{
	for (enum use wanted = USE_NONE; wanted < USE_KEPT; wanted++)
		for (unsigned int i = 1; i < ERXDP_MAX_POLICIES; i++)
			if (use[i] == wanted)
				return i;
	return 0;
}

/* By number in *next: the number that it is to have, where *old has the section. */
static void recall_numbers(const struct config *next, const struct config *old,
			   unsigned int to[ERXDP_MAX_POLICIES], enum use use[ERXDP_MAX_POLICIES])
{
	for (unsigned int i = 0; i < old->nuplink_sections; i++)
		use[old->uplink_section[i].policy] = USE_OLD;
	for (unsigned int i = 0; i < old->ninside_sections; i++)
		use[old->inside_section[i].policy] = USE_OLD;
	for (unsigned int i = 0; i < next->nuplink_sections; i++)
		to[next->uplink_section[i].policy] =
			number_of_uplink(old, next->uplink_section[i].name);
	for (unsigned int i = 0; i < next->ninside_sections; i++)
		to[next->inside_section[i].policy] =
			number_of_inside(old, &next->inside_section[i].prefix);
	for (unsigned int i = 1; i < next->npolicies; i++)
		use[to[i]] = USE_KEPT;
	use[0] = USE_KEPT;
}

void config_keep_policies(struct config *next, const struct config *old)
{
	unsigned int to[ERXDP_MAX_POLICIES] = {0}, n = next->npolicies;
	enum use use[ERXDP_MAX_POLICIES] = {0};
	struct policy policy[ERXDP_MAX_POLICIES];

	recall_numbers(next, old, to, use);
	memcpy(policy, next->policy, sizeof(policy));
	memset(&next->policy[1], 0, sizeof(policy) - sizeof(policy[0]));
	for (unsigned int i = 1; i < n; i++) {
		if (!to[i])
			to[i] = find_number(use);
		use[to[i]] = USE_KEPT;
		next->policy[to[i]] = policy[i];
		if (to[i] >= next->npolicies)
			next->npolicies = to[i] + 1;
	}
	for (unsigned int i = 0; i < next->nuplink_sections; i++)
		next->uplink_section[i].policy = to[next->uplink_section[i].policy];
	for (unsigned int i = 0; i < next->ninside_sections; i++)
		next->inside_section[i].policy = to[next->inside_section[i].policy];
}
