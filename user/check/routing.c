// SPDX-License-Identifier: GPL-2.0-only
/* What else than the main table decides where the kernel sends a packet. */
#include "check.h"
#include "rib.h"

/* The three that every host has, whatever their order: rib_rules_are_plain() has judged that. */
static bool is_default(const struct rib_rule *rule)
{
	for (enum rib_table table = 0; table < TABLE_MAX; table++)
		if (rule->is.plain && rule->is.table == rib_table_id(table))
			return true;
	return false;
}

static void check_rules(struct check *c)
{
	struct finding *finding;
	char why[160];

	if (rib_rules_are_plain(c->rib, why, sizeof(why)))
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "policy-routing", "routing");
	finding_say(
		finding,
		"%s, so the kernel will forward every packet, and only translations are erxdp's",
		why);
	finding_remedy(finding, "ip rule show");
	for (unsigned int i = 0; i < c->rib->nrules; i++) {
		const struct rib_rule *rule = &c->rib->rule[i];

		if (is_default(rule))
			continue;
		finding_fact(&c->found, finding, "%u: %s", rule->is.priority, rule->is.text);
		finding_remedy(finding, "ip rule del priority %u", rule->is.priority);
	}
}

static void check_vrf(struct check *c, const struct rib_link *link)
{
	struct finding *finding = finding_add(&c->found, SEVERITY_NOTE, "vrf", link->is.name);

	finding_say(finding,
		    "this is a VRF with the table %u; packets of its devices stay with the kernel",
		    link->is.table);
	finding_remedy(finding, "ip link show master %s", link->is.name);
}

void check_routing(struct check *c)
{
	struct hnode *node;

	check_rules(c);
	hash_for_each(node, &c->rib->links) {
		const struct rib_link *link = hentry(node, struct rib_link, node);

		if (link->present && link->is.kind == LINK_VRF)
			check_vrf(c, link);
	}
}
