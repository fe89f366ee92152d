// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSTROUTING into [interfaces], [nat] and [uplink]. erxdp translates what leaves by an uplink
 * unless its source or its destination is exempt, whatever the protocol: of the packets that could
 * leave there, those that the rules translate must be a rectangle, sources by destinations. Its
 * sides are what no exemption covers; what is in it and not translated is a rule that cannot be
 * expressed.
 *
 * Where that fails, it is tried again without packets that erxdp does not get to see: such as come
 * from networks on other devices than the one that they came in by, or turn round on the uplink.
 * The kernel goes on doing what rules say about them.
 */
#include <arpa/inet.h>
#include <string.h>

#include "describe.h"
#include "leaving.h"
#include "output.h"

#define ENOUGH 200 /* characters of a rule's meaning */

/* Both must translate a packet to the same. */
static bool same_translation(const struct nat_rule *a, const struct nat_rule *b)
{
	return a->verdict == b->verdict && a->to.first == b->to.first && a->to.last == b->to.last;
}

static void mean(struct import *im, struct nat_rule *rule, const char *meaning)
{
	if (rule->fate == FATE_REFUSED)
		return;
	if (rule->fate == FATE_EXPRESSED && strlen(rule->meaning) > ENOUGH)
		return;
	if (rule->fate == FATE_EXPRESSED && strcmp(rule->meaning, meaning))
		meaning = nat_ruleset_text(&im->set, "%s; %s", rule->meaning, meaning);
	rule->fate = FATE_EXPRESSED;
	rule->meaning = meaning;
}

static const char *translation_name(struct nat_ruleset *set, const struct nat_rule *rule)
{
	const char *random =
		rule->to.random ? " (a port is kept where it is free, else random)" : "";

	if (rule->verdict == NAT_MASQUERADE)
		return nat_ruleset_text(set, "masquerade%s", random);
	if (rule->to.first == rule->to.last)
		return nat_ruleset_text(set, "source %s%s", text_addr(htonl(rule->to.first)).s,
					random);
	return nat_ruleset_text(set, "source %s-%s%s", text_addr(htonl(rule->to.first)).s,
				text_addr(htonl(rule->to.last)).s, random);
}

/* What becomes of packets that a rule lets out of its chain as they are. */
static const char *exemption_name(struct leaving *l, const struct hit *hit)
{
	space rest = space_and(&l->im->set.mem, l->could, &hit->box);

	for (space at = l->translated; at; at = at->next)
		rest = space_minus(&l->im->set.mem, rest, &at->box);
	if (rest)
		return "exempt";
	return hit->rule->chain->hook == HOOK_NONE ? "back to the chain before"
						   : "left to a later chain";
}

static void mean_hit(struct leaving *l, struct hit *hit)
{
	struct nat_rule *rule = hit->rule;
	struct nat_ruleset *set = &l->im->set;
	const char *what = describe_box(set, &l->im->host, &hit->box, OUT_ALREADY | 1u << DIM_IIF);
	const char *does;

	if (rule_translates(rule))
		does = translation_name(set, rule);
	else if (rule->verdict == NAT_ACCEPT || rule->verdict == NAT_RETURN)
		does = exemption_name(l, hit);
	else
		return;
	if (space_and(&set->mem, l->could, &hit->box)) {
		mean(l->im, rule,
		     nat_ruleset_text(set, "%s on %s: %s", does, leaving_device(l), what));
	} else if (rule->fate == FATE_NONE) {
		rule->fate = FATE_KERNEL;
		rule->meaning = nat_ruleset_text(
			set, "what erxdp does not get to see, and the kernel goes on with: %s",
			what);
	}
}

static void refuse_unknown(struct import *im, struct nat_rule *rule)
{
	if (rule->unknown)
		rule_refuse(rule,
			    nat_ruleset_text(&im->set, "it looks at or does what erxdp cannot (%s)",
					     rule->unknown),
			    "take it out or write it without, where the rules allow; else leave "
			    "this host to the kernel");
	else if (rule->verdict == NAT_DROP)
		rule_refuse(rule, "it drops packets, which the fast path would forward",
			    "drop them in a filter chain of FORWARD, not in one of NAT");
	else if (rule->verdict == NAT_OTHER)
		rule_refuse(rule,
			    nat_ruleset_text(&im->set, "erxdp has nothing like %s", rule->does),
			    "replace it by MASQUERADE, SNAT or DNAT, where that can mean the same");
}

static void check_pool(struct import *im, struct nat_rule *rule)
{
	const struct nat_to *to = &rule->to;

	if (rule->verdict != NAT_SNAT)
		return;
	if (to->last - to->first >= ERXDP_MAX_POOL)
		rule_refuse(rule,
			    nat_ruleset_text(&im->set, "a pool of more than %d addresses",
					     ERXDP_MAX_POOL),
			    "make the pool smaller");
	else if (to->first < 0x01000000 || to->last > UNICAST_LAST || to->first >> 24 == 127)
		rule_refuse(rule, "an outside address that cannot be one", "correct the address");
}

/* The uplink has one translation: the first. */
static void check_same(struct leaving *l, struct nat_rule *rule)
{
	struct import *im = l->im;

	if (!l->by)
		l->by = rule;
	else if (!same_translation(l->by, rule))
		rule_refuse(
			rule,
			nat_ruleset_text(&im->set,
					 "another translation on %s than that of %s rule %u (%s): "
					 "erxdp has one for an uplink",
					 leaving_device(l), l->by->chain->name, l->by->number,
					 translation_name(&im->set, l->by)),
			"have all that leaves there translated alike (a pool is a range of "
			"addresses)");
}

/* [nat] has one range of ports, for TCP and UDP alike. */
static void take_ports(struct leaving *l, struct hit *hit)
{
	struct config *config = l->im->config;
	uint16_t first = hit->rule->to.port_first ?: 1,
		 last = hit->rule->to.port_last ?: UINT16_MAX;
	struct ranges proto = hit->box.dim[DIM_PROTO];

	if (!ranges_have(proto, IPPROTO_TCP) && !ranges_have(proto, IPPROTO_UDP))
		return;
	if (!l->im->ports_known) {
		l->im->ports_known = true;
		config->port_min = first;
		config->port_max = last;
	} else if (config->port_min != first || config->port_max != last) {
		rule_refuse(hit->rule,
			    "other outside ports than a rule before it: erxdp has one range",
			    "give TCP and UDP, on all uplinks, the same range of ports");
	}
}

static void take_hit(struct leaving *l, struct hit *hit)
{
	struct obstack *mem = &l->im->set.mem;
	struct nat_rule *rule = hit->rule;
	space seen = space_and(mem, l->could, &hit->box);

	if (!seen)
		return;
	refuse_unknown(l->im, rule);
	if (!rule_translates(rule) || rule->unknown)
		return;
	check_pool(l->im, rule);
	check_same(l, rule);
	take_ports(l, hit);
	l->translated = space_join(seen, l->translated);
}

static void translate_uplink(struct import *im, unsigned int device, bool strict)
{
	struct obstack *mem = &im->set.mem;
	struct leaving l = {
		.im = im, .device = device, .could = leaving_packets(im, device, strict)};
	space hole;

	leaving_walk(&l);
	for (struct hit *hit = l.walk.hits; hit; hit = hit->next)
		take_hit(&l, hit);
	for (struct hit *hit = l.walk.hits; hit; hit = hit->next)
		mean_hit(&l, hit);
	l.src = space_values(mem, l.translated, DIM_SRC);
	l.dst = space_values(mem, l.translated, DIM_DST);
	hole = leaving_missing(&l);
	if (hole)
		leaving_blame(&l, hole);
	leaving_config(&l);
}

/* What leaves by an inside interface is translated by no configuration. */
static void check_inside(struct import *im, unsigned int device, bool strict)
{
	struct leaving l = {
		.im = im, .device = device, .could = leaving_packets(im, device, strict)};

	leaving_walk(&l);
	for (struct hit *hit = l.walk.hits; hit; hit = hit->next) {
		if (!space_and(&im->set.mem, l.could, &hit->box))
			continue;
		refuse_unknown(im, hit->rule);
		if (!rule_translates(hit->rule))
			continue;
		rule_refuse(
			hit->rule,
			nat_ruleset_text(
				&im->set,
				"it translates what leaves by %s, too, which is no uplink: "
				"%s",
				leaving_device(&l),
				describe_box(&im->set, &im->host, &hit->box, OUT_ALREADY)),
			nat_ruleset_text(&im->set,
					 "name the uplink in the rule (-o DEVICE), or leave %s out "
					 "of `inside`",
					 leaving_device(&l)));
	}
}

static void forget(struct import *im)
{
	config_defaults(im->config);
	im->ports_known = false;
	im->refusals = NULL;
	for (struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next) {
			rule->fate = FATE_NONE;
			rule->met = false;
		}
}

static void translate(struct import *im, bool strict)
{
	struct config *config = im->config;

	forget(im);
	for (unsigned int i = 0; i < im->host.ndevices; i++)
		if (im->host.device[i].uplink)
			translate_uplink(im, i, strict);
	for (unsigned int i = 0; i < im->host.ndevices; i++) {
		if (!im->host.device[i].inside || im->host.device[i].uplink)
			continue;
		check_inside(im, i, strict);
		if (config->ninside < CONFIG_MAX_NAMES)
			strcpy(config->inside[config->ninside++], im->host.device[i].name);
	}
	if (!config->nuplinks)
		import_refuse(im,
			      "there is no uplink: no default route by an Ethernet device, and no "
			      "rule that translates for one",
			      "add the default route, or name the uplink in the configuration "
			      "(uplink = DEVICE)");
}

/* The kernel asks chains of the same priority by when they were registered, which cannot be read.
 */
static void note_same_priority(struct import *im)
{
	for (struct nat_chain *a = im->set.chains; a; a = a->next)
		for (struct nat_chain *b = a->next; b; b = b->next)
			if (a->hook == HOOK_POSTROUTING && b->hook == a->hook &&
			    a->priority == b->priority && a->rules && b->rules)
				import_note(im,
					    nat_ruleset_text(&im->set,
							     "Chains %s %s and %s %s have one "
							     "priority; which of them the kernel "
							     "asks first cannot be seen, and here "
							     "it is the first.",
							     a->table, a->name, b->table, b->name));
}

void import_translate(struct import *im)
{
	unsigned int strict, lenient;

	note_same_priority(im);
	translate(im, true);
	strict = import_refused(im);
	/* Without a second device all would turn round on the uplink. */
	if (!strict || ranges_size(host_served(&im->set.mem, &im->host)) < 2)
		return;
	translate(im, false);
	lenient = import_refused(im);
	if (lenient >= strict) {
		translate(im, true);
		return;
	}
	import_note(im,
		    "Left to the kernel, which goes on with it: what comes from the networks on "
		    "devices that are named neither as uplink nor as inside here. It is assumed "
		    "that no such address comes in by another device, and that nothing turns "
		    "round on an uplink.");
}
