// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "rib.h"
#include "rib_parts.h"

static struct rib_rule *find(struct rib *rib, const struct event_rule *is)
{
	for (unsigned int i = 0; i < rib->nrules; i++)
		if (rib->rule[i].is.priority == is->priority &&
		    rib->rule[i].is.digest == is->digest)
			return &rib->rule[i];
	return NULL;
}

static void drop(struct rib *rib, struct rib_rule *rule)
{
	struct rib_rule *end = rib->rule + rib->nrules--;

	memmove(rule, rule + 1, (char *)end - (char *)(rule + 1));
	rib->changed |= RIB_RULES;
}

/* Behind those of the same priority, as fib_nl_newrule() does. */
static int insert(struct rib *rib, const struct event_rule *is)
{
	struct rib_rule *rule = realloc(rib->rule, (rib->nrules + 1) * sizeof(*rule));
	unsigned int at = rib->nrules;

	if (!rule)
		return -ENOMEM;
	rib->rule = rule;
	while (at && rule[at - 1].is.priority > is->priority)
		at--;
	memmove(&rule[at + 1], &rule[at], (rib->nrules - at) * sizeof(*rule));
	rule[at] = (struct rib_rule){.is = *is, .gen = rib->gen};
	rib->nrules++;
	rib->changed |= RIB_RULES;
	return 0;
}

int rib_apply_rule(struct rib *rib, const struct event *event)
{
	struct rib_rule *rule = find(rib, &event->rule);

	/* Equal rules may exist twice, which only a dump can tell; rules are few. */
	if (!rib_is_dumping(rib, EVENT_RULE))
		rib->stale |= KIND_BIT(EVENT_RULE);
	if (event->removal) {
		if (rule)
			drop(rib, rule);
		return 0;
	}
	if (!rule)
		return insert(rib, &event->rule);
	rule->gen = rib->gen;
	return 0;
}

void rib_sweep_rules(struct rib *rib)
{
	for (unsigned int i = rib->nrules; i-- > 0;)
		if (rib->rule[i].gen != rib->gen)
			drop(rib, &rib->rule[i]);
}

bool rib_rules_are_plain(const struct rib *rib, char *why, size_t len)
{
	unsigned int wanted = TABLE_LOCAL;

	for (unsigned int i = 0; i < rib->nrules; i++) {
		const struct event_rule *is = &rib->rule[i].is;

		if (is->plain && wanted < TABLE_MAX && is->table == rib_table_id(wanted)) {
			wanted++;
			continue;
		}
		snprintf(why, len,
			 "policy routing rule %u: %s \xe2\x80\x94 the main table alone is not the "
			 "truth",
			 is->priority, is->text);
		return false;
	}
	if (wanted == TABLE_MAX)
		return true;
	snprintf(why, len,
		 "the policy routing rule that looks up the %s table is missing, so the kernel "
		 "routes "
		 "otherwise",
		 wanted == TABLE_LOCAL	? "local"
		 : wanted == TABLE_MAIN ? "main"
					: "default");
	return false;
}
