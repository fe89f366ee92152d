// SPDX-License-Identifier: GPL-2.0-only
/* NAT rules that are there, and what becomes of them while erxdp is attached. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "ruleset.h"

struct nat {
	struct check *c;
	bool translated; /* some rule translates sources on an uplink */
};

/* All are listed; what they mean depends on the device. */
static bool any_device(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return true;
}

static void list(struct nat *nat, struct finding *finding, const struct rule *rule,
		 const struct rule_chain *chain)
{
	finding_fact(&nat->c->found, finding, "%s %s%s: %s", chain->table, chain->name,
		     chain->legacy ? " (legacy)" : "", rule->text);
}

/* A rule that names no device means all of them, uplinks too. */
static const struct plan_iface *uplink_of(const struct nat *nat, const char *device)
{
	const struct plan *plan = nat->c->plan;

	for (unsigned int i = 0; i < plan->nifaces; i++)
		if (plan->iface[i].uplink && (!*device || !strcmp(plan->iface[i].name, device)))
			return &plan->iface[i];
	return NULL;
}

static bool pool_has(const struct check *c, const struct plan_iface *uplink)
{
	const struct config_uplink *section = config_find_uplink(c->config, uplink->name);

	return section && section->npool;
}

static struct finding *masquerade(struct nat *nat, const struct plan_iface *uplink)
{
	struct finding *finding =
		finding_get(&nat->c->found, SEVERITY_NOTE, "nat-masquerade", uplink->name);

	nat->translated = true;
	finding_say(finding,
		    "sources of what leaves by %s are masqueraded; erxdp does that in the rules' "
		    "place while it is attached, and they carry the flows on after detach",
		    uplink->name);
	return finding;
}

static struct finding *snat(struct nat *nat, const struct plan_iface *uplink, const char *text)
{
	bool given = pool_has(nat->c, uplink);
	struct finding *finding = finding_get(
		&nat->c->found, given ? SEVERITY_NOTE : SEVERITY_WARNING, "nat-snat", uplink->name);
	char addr[64];

	rule_source(text, addr, sizeof(addr));
	nat->translated = true;
	if (given) {
		finding_say(finding,
			    "sources of what leaves by %s are translated by rules; erxdp "
			    "takes the addresses that its configuration names instead",
			    uplink->name);
		return finding;
	}
	finding_say(finding,
		    "sources of what leaves by %s are translated to %s; erxdp would take the "
		    "address of %s instead, as masquerading does",
		    uplink->name, *addr ? addr : "addresses of the rule's", uplink->name);
	finding_remedy(finding, "printf '[uplink %s]\\nsource = %s\\n' >>%s", uplink->name,
		       *addr ? addr : "ADDRESS", nat->c->config_path);
	return finding;
}

/* The fast path forwards to this device, by which the kernel would translate. */
static struct finding *inside(struct nat *nat, const char *device)
{
	struct finding *finding =
		finding_get(&nat->c->found, SEVERITY_WARNING, "nat-inside", device);

	finding_say(finding,
		    "sources of what leaves by %s are translated by rules, but it is no uplink of "
		    "erxdp's, which would forward there without",
		    device);
	finding_remedy(finding, "printf '[interfaces]\\nuplink = %s %s\\n' >>%s",
		       uplink_of(nat, "")->name, device, nat->c->config_path);
	return finding;
}

static struct finding *elsewhere(struct nat *nat, const char *device)
{
	struct finding *finding = finding_get(&nat->c->found, SEVERITY_NOTE, "nat-other", device);

	finding_say(finding, "translations by %s stay with the kernel", device);
	return finding;
}

static bool has_rfc(const struct config *config)
{
	for (unsigned int i = 0; i < config->npolicies; i++)
		if (config->policy[i].behaviour == BEHAVIOUR_RFC)
			return true;
	return false;
}

static struct finding *destination(struct nat *nat, const char *device)
{
	bool rfc = has_rfc(nat->c->config);
	struct finding *finding = finding_get(
		&nat->c->found, rfc ? SEVERITY_WARNING : SEVERITY_NOTE, "nat-forwarding", device);

	if (rfc)
		finding_say(finding,
			    "rules forward what comes by %s to other addresses; with "
			    "behaviour = rfc no TCP connection reaches them",
			    device);
	else
		finding_say(finding,
			    "rules forward what comes by %s to other addresses; the kernel "
			    "goes on doing so",
			    device);
	finding_remedy(finding, "printf '[forward]\\ntcp uplink:PORT = ADDRESS:PORT\\n' >>%s",
		       nat->c->config_path);
	return finding;
}

static struct finding *source(struct nat *nat, const struct rule *rule)
{
	const struct plan_iface *uplink;
	char device[32];

	rule_device(rule->text, true, device, sizeof(device));
	uplink = uplink_of(nat, device);
	if (uplink && rule_does(rule->text) & RULE_SNATS)
		return snat(nat, uplink, rule->text);
	if (uplink)
		return masquerade(nat, uplink);
	return check_find_iface(nat->c, device) ? inside(nat, device) : elsewhere(nat, device);
}

/* Those that end the chain for some packets, before the rules that translate. */
static struct finding *spares(struct nat *nat)
{
	struct finding *finding =
		finding_get(&nat->c->found, SEVERITY_NOTE, "nat-exempt", "exemptions");

	finding_say(finding,
		    "rules keep packets from translation; erxdp goes by "
		    "exempt-destination and exempt-source of its configuration, by default "
		    "10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16");
	finding_remedy(finding, "erxdp check -j | jq '.findings[] | select(.key == \"nat-exempt\")'"
				"  # and compare");
	return finding;
}

static void take_rule(const struct rule *rule, const struct rule_chain *chain, bool matters,
		      void *arg)
{
	unsigned int does = rule_does(rule->text);
	struct nat *nat = arg;
	char device[32];

	(void)matters;
	if (does & (RULE_MASQUERADES | RULE_SNATS)) {
		list(nat, source(nat, rule), rule, chain);
	} else if (does & RULE_DNATS) {
		rule_device(rule->text, false, device, sizeof(device));
		list(nat, destination(nat, *device ? device : "any device"), rule, chain);
	} else if (does & RULE_SPARES && !strcmp(chain->hook, "postrouting")) {
		list(nat, spares(nat), rule, chain);
	}
}

static void check_none(struct nat *nat)
{
	const struct plan_iface *uplink = uplink_of(nat, "");
	struct finding *finding;

	if (nat->translated || !uplink)
		return;
	finding = finding_add(&nat->c->found, SEVERITY_NOTE, "nat-none", uplink->name);
	finding_say(finding,
		    "no rule translates what leaves by %s now; erxdp will, but for exempt sources "
		    "and destinations, and after detach nothing will",
		    uplink->name);
	finding_remedy(finding,
		       "iptables -t nat -A POSTROUTING -o %s -j MASQUERADE  # to carry on "
		       "after detach",
		       uplink->name);
}

void check_nat(struct check *c, const struct ruleset *rs)
{
	struct nat nat = {.c = c};

	for (size_t i = 0; i < rs->nchains; i++) {
		const struct rule_chain *chain = &rs->chain[i];

		/* What the output hook translates is the host's own. */
		if (!strcmp(chain->type, "nat") && strcmp(chain->hook, "output"))
			ruleset_walk(rs, i, any_device, take_rule, &nat);
	}
	check_none(&nat);
}
