// SPDX-License-Identifier: GPL-2.0-only
/* What is translated on an uplink, as keys of the configuration. */
#include <arpa/inet.h>
#include <string.h>

#include "describe.h"
#include "leaving.h"

/* What the rules' own exemptions name, of that dimension. */
static struct ranges named_exempt(struct leaving *l, enum dim dim)
{
	struct ranges all = ranges_none;

	for (struct hit *hit = l->walk.hits; hit; hit = hit->next)
		if (hit->rule->verdict == NAT_ACCEPT || hit->rule->verdict == NAT_RETURN)
			all = ranges_or(&l->im->set.mem, all, hit->rule->box.dim[dim]);
	return all;
}

static struct ranges fewer_prefixes(struct ranges a, struct ranges b)
{
	return ranges_prefixes(a, NULL, 0) < ranges_prefixes(b, NULL, 0) ? a : b;
}

/* What the rules' translations leave out, whether it could leave here or not. */
static struct ranges left_out(struct leaving *l, enum dim dim)
{
	struct ranges all = ranges_none;

	for (struct hit *hit = l->walk.hits; hit; hit = hit->next)
		if (rule_translates(hit->rule) && space_and(&l->im->set.mem, l->could, &hit->box))
			all = ranges_or(&l->im->set.mem, all, hit->box.dim[dim]);
	return ranges_not(&l->im->set.mem, all);
}

/* At least what could leave here and is not translated, at most all that is not translated. Of the
 * ways to say it, the shortest. */
static struct ranges exempt_of(struct leaving *l, struct ranges translated, enum dim dim)
{
	struct obstack *mem = &l->im->set.mem;
	struct ranges domain = dim_domain(mem, &l->im->host, dim);
	struct ranges most = ranges_minus(mem, domain, translated);
	struct ranges least = ranges_minus(mem, space_values(mem, l->could, dim), translated);
	struct ranges named = ranges_and(mem, most, named_exempt(l, dim));
	struct ranges others = ranges_and(mem, most, left_out(l, dim));

	named = ranges_or(mem, least, named);
	others = ranges_or(mem, least, others);
	return fewer_prefixes(fewer_prefixes(most, least), fewer_prefixes(named, others));
}

static unsigned int put_exempt(struct leaving *l, struct ranges translated, enum dim dim,
			       struct config_prefix *prefix)
{
	struct ranges exempt = exempt_of(l, translated, dim);
	struct range part[CONFIG_MAX_PREFIXES];
	unsigned int n;

	n = ranges_prefixes(exempt, part, CONFIG_MAX_PREFIXES);
	if (n > CONFIG_MAX_PREFIXES) {
		import_refuse(l->im,
			      nat_ruleset_text(&l->im->set,
					       "the exempt %s on %s are %u prefixes, more than %d",
					       dim == DIM_SRC ? "sources" : "destinations",
					       leaving_device(l), n, CONFIG_MAX_PREFIXES),
			      "exempt fewer, larger prefixes");
		n = CONFIG_MAX_PREFIXES;
	}
	for (unsigned int i = 0; i < n; i++)
		prefix[i] = (struct config_prefix){htonl(part[i].first), range_bits(part[i])};
	return n;
}

/* What is translated nowhere has no destination that is not exempt. */
static void put_section(struct leaving *l, struct config_uplink *section)
{
	section->own_exempt_dst = section->own_exempt_src = true;
	if (!l->by) {
		section->nexempt_dst = 1;
		section->exempt_dst[0] = (struct config_prefix){0, 0};
		section->nexempt_src = 0;
		return;
	}
	section->nexempt_dst = put_exempt(l, l->dst, DIM_DST, section->exempt_dst);
	section->nexempt_src = put_exempt(l, l->src, DIM_SRC, section->exempt_src);
	for (uint32_t addr = l->by->to.first;
	     l->by->verdict == NAT_SNAT && addr <= l->by->to.last &&
	     section->npool < ERXDP_MAX_POOL;
	     addr++)
		section->pool[section->npool++] = htonl(addr);
}

static bool same_exemptions(const struct config_uplink *a, const struct config_uplink *b)
{
	return a->nexempt_dst == b->nexempt_dst && a->nexempt_src == b->nexempt_src &&
	       !memcmp(a->exempt_dst, b->exempt_dst, a->nexempt_dst * sizeof(a->exempt_dst[0])) &&
	       !memcmp(a->exempt_src, b->exempt_src, a->nexempt_src * sizeof(a->exempt_src[0]));
}

/* [nat] gets the first uplink's exemptions; a section holds what differs from it. */
void leaving_config(struct leaving *l)
{
	static struct config_uplink is, first;
	struct config *config = l->im->config;
	struct config_uplink *section = &config->uplink_section[config->nuplink_sections];

	if (config->nuplinks == CONFIG_MAX_UPLINKS) {
		import_refuse(l->im, "there are more uplinks than erxdp can serve", "use fewer");
		return;
	}
	memset(&is, 0, sizeof(is));
	put_section(l, &is);
	strcpy(is.name, leaving_device(l));
	if (!config->nuplinks) {
		first = is;
		config->nexempt_dst = is.nexempt_dst;
		config->nexempt_src = is.nexempt_src;
		memcpy(config->exempt_dst, is.exempt_dst, sizeof(is.exempt_dst));
		memcpy(config->exempt_src, is.exempt_src, sizeof(is.exempt_src));
	}
	strcpy(config->uplink[config->nuplinks++], is.name);
	if (same_exemptions(&is, &first)) {
		is.own_exempt_dst = is.own_exempt_src = false;
		is.nexempt_dst = is.nexempt_src = 0;
		memset(is.exempt_dst, 0, sizeof(is.exempt_dst));
		memset(is.exempt_src, 0, sizeof(is.exempt_src));
	}
	if (!is.npool && !is.own_exempt_dst)
		return;
	config->nuplink_sections++;
	is.policy = config->npolicies++;
	config->policy[is.policy] = config->policy[0];
	*section = is;
}
