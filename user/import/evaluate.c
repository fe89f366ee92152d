// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "describe.h"
#include "import.h"
#include "walk.h"

static struct import_note **end_of(struct import_note **list)
{
	while (*list)
		list = &(*list)->next;
	return list;
}

static void append(struct import *im, struct import_note **list, const char *text,
		   const char *remedy)
{
	struct import_note *note = obstack_alloc(&im->set.mem, sizeof(*note));

	*note = (struct import_note){.text = text, .remedy = remedy};
	*end_of(list) = note;
}

void import_note(struct import *im, const char *text)
{
	append(im, &im->notes, text, NULL);
}

void import_refuse(struct import *im, const char *text, const char *remedy)
{
	append(im, &im->refusals, text, remedy);
}

unsigned int import_refused(const struct import *im)
{
	unsigned int n = 0;

	for (const struct import_note *note = im->refusals; note; note = note->next)
		n++;
	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (const struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			n += rule->fate == FATE_REFUSED;
	return n;
}

/* A rule that translates what leaves by one device makes that device an uplink; one for "all but
 * docker0" does not. */
static void mark_uplinks(struct import *im)
{
	for (struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next) {
			struct ranges out = rule->box.dim[DIM_OIF];
			struct host_device *device;

			if (!rule_translates(rule) || !chain->forwards || ranges_size(out) != 1)
				continue;
			device = &im->host.device[out.range[0].first];
			if (device->ethernet)
				device->uplink = true;
		}
}

static bool any_served(struct import *im, struct ranges devices, bool uplinks_only)
{
	for (unsigned int i = 0; i < im->host.ndevices; i++) {
		const struct host_device *device = &im->host.device[i];

		if (ranges_have(devices, i) &&
		    (device->uplink || (device->inside && !uplinks_only)))
			return true;
	}
	return false;
}

static void settle(struct nat_rule *rule, enum nat_fate fate, const char *meaning)
{
	rule->fate = fate;
	rule->meaning = meaning;
}

/* Is a jump to the chain refused, and so not followed? */
static bool is_cut_off(const struct import *im, const struct nat_chain *to)
{
	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (const struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			if (rule->to_chain == to && rule->fate == FATE_REFUSED)
				return true;
	return false;
}

/* Why a rule was met by no packet. */
static void explain_unmet(struct import *im, struct nat_rule *rule)
{
	struct ranges out = rule->box.dim[DIM_OIF], in = rule->box.dim[DIM_IIF];

	if (!rule->chain->forwards && rule->chain->own)
		settle(rule, FATE_KERNEL, "this host's own traffic, which stays with the kernel");
	else if (!rule->chain->forwards)
		settle(rule, FATE_NOTHING, "nothing: no packet comes to its chain");
	else if (is_cut_off(im, rule->chain))
		settle(rule, FATE_NOTHING, "not followed: a rule that leads here is refused");
	else if (rule->own)
		settle(rule, FATE_KERNEL, rule->own);
	else if (!out.n || !in.n)
		settle(rule, FATE_NOTHING, "nothing: this host has no such device now");
	else if (!any_served(im, out, true) && rule->chain->hook != HOOK_PREROUTING)
		settle(rule, FATE_KERNEL,
		       "what leaves by no uplink of erxdp's, which stays with the kernel");
	else if (!any_served(im, in, false))
		settle(rule, FATE_KERNEL,
		       "what comes in by no interface of erxdp's, which stays with the kernel");
	else
		settle(rule, FATE_NOTHING, "nothing: what could meet it, rules before it decide");
}

static void explain_rest(struct import *im, struct nat_rule *rule)
{
	if (rule->fate != FATE_NONE)
		return;
	if (!rule->met)
		explain_unmet(im, rule);
	else if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
		settle(rule, FATE_EXPRESSED,
		       nat_ruleset_text(&im->set, "goes on in chain %s", rule->target));
	else if (rule->verdict == NAT_CONTINUE)
		settle(rule, FATE_EXPRESSED, "counts or logs; decides nothing");
	else
		settle(rule, FATE_EXPRESSED, "leaves it to the rules that follow elsewhere");
}

void import_evaluate(struct import *im)
{
	mark_uplinks(im);
	import_translate(im);
	import_forward(im);
	for (struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			explain_rest(im, rule);
}
