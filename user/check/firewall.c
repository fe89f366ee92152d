// SPDX-License-Identifier: GPL-2.0-only
/* Rules that forwarded packets meet in the kernel, and do not meet in the fast path. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "ruleset.h"

#define MAX_OWNERS 8

/* What the rules of one base chain come to. */
struct filter {
	struct check *c;
	struct finding *finding; /* made when all rules have been seen */
	size_t nrules;
	bool drops; /* packets of our interfaces */
	const char *owner[MAX_OWNERS];
	unsigned int nowners;
};

static bool is_ours(const char *name, void *arg)
{
	const struct filter *f = arg;

	return check_find_iface(f->c, name);
}

static void note_owner(struct filter *f, const char *owner)
{
	for (unsigned int i = 0; i < f->nowners; i++)
		if (!strcmp(f->owner[i], owner))
			return;
	if (f->nowners < MAX_OWNERS)
		f->owner[f->nowners++] = owner;
}

static void judge_rule(const struct rule *rule, const struct rule_chain *chain, bool matters,
		       void *arg)
{
	struct filter *f = arg;

	f->nrules++;
	f->drops |= matters && rule_does(rule->text) & RULE_DROPS;
	note_owner(f, rule_owner(chain, rule->text));
}

static void list_rule(const struct rule *rule, const struct rule_chain *chain, bool matters,
		      void *arg)
{
	struct filter *f = arg;

	(void)matters;
	finding_fact(&f->c->found, f->finding, "%s: %s", chain->name, rule->text);
}

static void chain_name(const struct rule_chain *chain, char *text, size_t size)
{
	snprintf(text, size, "%.100s %.40s%s", chain->table, chain->name,
		 chain->legacy ? " (legacy)" : "");
}

static void owners_text(const struct filter *f, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (unsigned int i = 0; i < f->nowners && len < size; i++)
		len += snprintf(text + len, size - len, "%s%s", i ? ", " : "", f->owner[i]);
}

/* At the hooks before and behind, rules may be about packets of the host's own. */
static void tell_beside(struct filter *f, const struct rule_chain *chain)
{
	char owners[160];

	owners_text(f, owners, sizeof(owners));
	finding_say(f->finding,
		    "%zu rule%s of %s at the hook %s drop packets; the fast path bypasses them, so "
		    "what they keep from being forwarded would be",
		    f->nrules, f->nrules == 1 ? "" : "s", owners, chain->hook);
	finding_remedy(f->finding, "nft list ruleset; iptables-legacy-save");
}

static void check_beside(struct check *c, const struct ruleset *rs, size_t at)
{
	const struct rule_chain *chain = &rs->chain[at];
	struct filter f = {.c = c};
	char subject[160];

	ruleset_walk(rs, at, is_ours, judge_rule, &f);
	if (!f.drops && !chain->drops)
		return;
	chain_name(chain, subject, sizeof(subject));
	f.finding = finding_add(&c->found, SEVERITY_WARNING, "hook-filter", subject);
	tell_beside(&f, chain);
	ruleset_walk(rs, at, is_ours, list_rule, &f);
}

static void tell_filter(struct filter *f, const struct rule_chain *chain)
{
	char owners[160];

	owners_text(f, owners, sizeof(owners));
	finding_say(f->finding,
		    "forwarded packets pass %zu rule%s of %s here%s; the fast path bypasses them, "
		    "and would forward what they drop",
		    f->nrules, f->nrules == 1 ? "" : "s", owners,
		    chain->drops ? ", and what none of them takes is dropped" : "");
	if (f->c->config->forward_bypass)
		finding_remedy(f->finding, "sed -i /forward-filter/d %s  # refuse to bypass them",
			       f->c->config_path);
	else
		finding_remedy(f->finding,
			       "printf '[interfaces]\\nforward-filter = bypass\\n' >>%s  # only "
			       "where nothing relies on these rules",
			       f->c->config_path);
}

static void tell_rules(struct filter *f)
{
	char owners[160];

	owners_text(f, owners, sizeof(owners));
	finding_say(f->finding,
		    "forwarded packets pass %zu rule%s of %s here, which drop none of erxdp's "
		    "interfaces; packets of the fast path are not counted, marked or changed by "
		    "them",
		    f->nrules, f->nrules == 1 ? "" : "s", owners);
	finding_remedy(f->finding, "nft list ruleset; iptables-legacy-save");
}

static void check_chain(struct check *c, const struct ruleset *rs, size_t at)
{
	const struct rule_chain *chain = &rs->chain[at];
	enum severity severity = SEVERITY_WARNING;
	struct filter f = {.c = c};
	char subject[160];

	note_owner(&f, rule_owner(chain, ""));
	ruleset_walk(rs, at, is_ours, judge_rule, &f);
	/* An empty chain that accepts, as iptables leaves them. */
	if (!f.nrules && !chain->drops)
		return;
	f.drops |= chain->drops;
	if (f.drops && !c->config->forward_bypass)
		severity = SEVERITY_ERROR;
	chain_name(chain, subject, sizeof(subject));
	f.finding = finding_add(&c->found, severity, f.drops ? "forward-filter" : "forward-rules",
				subject);
	if (f.drops)
		tell_filter(&f, chain);
	else
		tell_rules(&f);
	ruleset_walk(rs, at, is_ours, list_rule, &f);
}

void check_firewall(struct check *c, const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->nchains; i++) {
		const struct rule_chain *chain = &rs->chain[i];

		if (!strcmp(chain->hook, "forward"))
			check_chain(c, rs, i);
		else if (strcmp(chain->type, "nat") && (!strcmp(chain->hook, "prerouting") ||
							!strcmp(chain->hook, "postrouting")))
			check_beside(c, rs, i);
	}
}
