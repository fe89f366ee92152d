// SPDX-License-Identifier: GPL-2.0-only
/*
 * PREROUTING into [forward]. A line of it is for one protocol, from everybody, to an outside
 * address or to an uplink's addresses. A rule without a destination meets what only passes by, too;
 * the line is for the uplinks' own addresses then, and the comment says so.
 */
#include <arpa/inet.h>
#include <string.h>

#include "describe.h"
#include "import.h"
#include "output.h"
#include "walk.h"

#define MOST_OUTSIDE 16	  /* addresses that are named one by one */
#define MOST_PORTS   4096 /* more leave none for translations */

/* Where a forwarding is reached: an address, or a device's (see struct config_forward). */
struct outside {
	char device[IFNAMSIZ];
	__be32 addr;
};

static bool covers(struct import *im, const struct box *box, enum dim dim)
{
	return ranges_cover(&im->set.mem, box->dim[dim], dim_domain(&im->set.mem, &im->host, dim));
}

static struct ranges uplinks(struct import *im)
{
	struct ranges all = ranges_none;

	for (unsigned int i = 0; i < im->host.ndevices; i++)
		if (im->host.device[i].uplink)
			all = ranges_or(&im->set.mem, all, ranges_of(&im->set.mem, i, i));
	return all;
}

static struct ranges addresses_of(struct import *im, struct ranges devices)
{
	struct ranges all = ranges_none;

	for (unsigned int i = 0; i < im->host.naddresses; i++) {
		uint32_t addr = im->host.address[i].addr;

		if (ranges_have(devices, im->host.address[i].device))
			all = ranges_or(&im->set.mem, all, ranges_of(&im->set.mem, addr, addr));
	}
	return all;
}

/* By device where the rule is for all addresses, or for all of this host's. */
static unsigned int by_device(struct import *im, struct ranges in, struct outside *outside)
{
	unsigned int n = 0;

	if (ranges_cover(&im->set.mem, in, uplinks(im))) {
		strcpy(outside[0].device, CONFIG_ANY_UPLINK);
		return 1;
	}
	for (unsigned int i = 0; i < im->host.ndevices && n < MOST_OUTSIDE; i++)
		if (im->host.device[i].uplink && ranges_have(in, i))
			strcpy(outside[n++].device, im->host.device[i].name);
	return n;
}

/* The number of outsides; 0: they cannot be said. */
static unsigned int find_outside(struct import *im, const struct box *box, struct outside *outside)
{
	struct obstack *mem = &im->set.mem;
	struct ranges dst = box->dim[DIM_DST], own = addresses_of(im, uplinks(im));
	unsigned int n = 0;

	if (own.n && ranges_cover(mem, dst, own) &&
	    (ranges_size(dst) > MOST_OUTSIDE ||
	     ranges_cover(mem, dst, addresses_of(im, ranges_all))))
		return by_device(im, box->dim[DIM_IIF], outside);
	if (ranges_size(dst) > MOST_OUTSIDE)
		dst = ranges_and(mem, dst, own);
	for (unsigned int i = 0; i < dst.n; i++)
		for (uint32_t addr = dst.range[i].first;
		     addr <= dst.range[i].last && n < MOST_OUTSIDE; addr++)
			outside[n++].addr = htonl(addr);
	return n;
}

/* The inside port that outside ports from `first` on have; 0: it is not said which. */
static uint16_t inside_port(const struct nat_to *to, struct range outside)
{
	uint32_t n = outside.last - outside.first + 1;
	uint32_t first;

	if (!to->port_first)
		return outside.first;
	if (to->shift) {
		first = to->port_first + outside.first - to->base;
		if (outside.first < to->base || first + n - 1 > to->port_last)
			return 0;
		return first;
	}
	if (to->port_first == to->port_last)
		return n == 1 ? to->port_first : 0;
	/* A port that is in the range already is kept. */
	if (outside.first >= to->port_first && outside.last <= to->port_last)
		return outside.first;
	return 0;
}

/* A rule's place among all. */
static unsigned int rule_number(const struct import *im, const struct nat_rule *rule)
{
	unsigned int n = 0;

	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (const struct nat_rule *at = chain->rules; at; at = at->next, n++)
			if (at == rule)
				return n;
	return n;
}

static bool is_refused(const struct import *im, unsigned int number)
{
	unsigned int n = 0;

	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (const struct nat_rule *at = chain->rules; at; at = at->next, n++)
			if (n == number)
				return at->fate == FATE_REFUSED;
	return false;
}

static void put(struct import *im, struct nat_rule *rule, struct config_forward line)
{
	/* Which rule's it is, until the configuration is printed, where lines have other numbers.
	 */
	line.line = rule_number(im, rule);
	if (im->config->nforwards == CONFIG_MAX_FORWARDS)
		rule_refuse(
			rule,
			nat_ruleset_text(&im->set, "more than %d forwardings", CONFIG_MAX_FORWARDS),
			"use ranges of ports");
	else
		im->config->forward[im->config->nforwards++] = line;
}

static void put_ports(struct import *im, struct nat_rule *rule, const struct box *box,
		      struct config_forward line)
{
	for (unsigned int i = 0; i < box->dim[DIM_DPORT].n; i++) {
		struct range ports = box->dim[DIM_DPORT].range[i];

		line.first = ports.first;
		line.last = ports.last;
		line.inside_first = inside_port(&rule->to, ports);
		put(im, rule, line);
	}
}

static bool ports_fit(const struct nat_rule *rule, struct ranges ports)
{
	for (unsigned int i = 0; i < ports.n; i++)
		if (!inside_port(&rule->to, ports.range[i]))
			return false;
	return true;
}

/* Why erxdp has no such forwarding; NULL: it may. */
static const char *reason_against(struct import *im, const struct nat_rule *rule,
				  const struct box *box)
{
	struct obstack *mem = &im->set.mem;
	struct ranges proto = box->dim[DIM_PROTO];
	struct ranges tcp = ranges_of(mem, IPPROTO_TCP, IPPROTO_TCP);
	struct ranges udp = ranges_of(mem, IPPROTO_UDP, IPPROTO_UDP);

	if (!ranges_cover(mem, ranges_or(mem, tcp, udp), proto))
		return "a forwarding is of TCP or UDP only";
	if (!covers(im, box, DIM_SRC))
		return "a forwarding is for every source";
	if (!covers(im, box, DIM_SPORT))
		return "a forwarding is for every source port";
	if (ranges_size(box->dim[DIM_DPORT]) > MOST_PORTS)
		return "a forwarding of so many ports would leave none for translations";
	if (rule->to.first != rule->to.last || !rule->to.first)
		return "a forwarding leads to one inside address";
	if (!ports_fit(rule, box->dim[DIM_DPORT]))
		return "each outside port has one inside port of its own";
	if (!ranges_and(mem, box->dim[DIM_IIF], uplinks(im)).n)
		return "what comes in by an uplink does not meet it";
	return NULL;
}

/* Are all of them for this host itself? */
static bool is_local(struct import *im, const struct box *box)
{
	return ranges_cover(&im->set.mem, host_local(&im->set.mem, &im->host), box->dim[DIM_DST]);
}

static void express(struct import *im, struct hit *hit, const struct outside *outside,
		    unsigned int n)
{
	struct nat_ruleset *set = &im->set;
	struct nat_rule *rule = hit->rule;
	bool wide = !is_local(im, &hit->box) && *outside[0].device;

	for (unsigned int i = 0; i < n; i++) {
		struct config_forward line = {.addr = outside[i].addr,
					      .inside = htonl(rule->to.first)};

		strcpy(line.device, outside[i].device);
		for (unsigned int p = 0; p < 2; p++) {
			line.proto = p ? IPPROTO_UDP : IPPROTO_TCP;
			if (ranges_have(hit->box.dim[DIM_PROTO], line.proto))
				put_ports(im, rule, &hit->box, line);
		}
	}
	if (rule->fate != FATE_NONE)
		return;
	rule->fate = FATE_EXPRESSED;
	rule->meaning = nat_ruleset_text(
		set, "forwards to %s: %s%s", text_addr(htonl(rule->to.first)).s,
		describe_box(set, &im->host, &hit->box, 0),
		wide ? " (erxdp: of that, what is for the uplinks' own addresses)" : "");
}

static bool stays_with_kernel(struct import *im, const struct hit *hit)
{
	const struct host_device *to = host_device_of(&im->host, hit->rule->to.first);

	return hit->rule->verdict == NAT_DNAT && to && !to->uplink && !to->inside;
}

static void take_dnat(struct import *im, struct hit *hit)
{
	struct nat_rule *rule = hit->rule;
	const char *against = reason_against(im, rule, &hit->box);
	struct outside outside[MOST_OUTSIDE] = {0};
	unsigned int n = against ? 0 : find_outside(im, &hit->box, outside);

	if (n) {
		express(im, hit, outside, n);
		return;
	}
	rule_refuse(
		rule,
		nat_ruleset_text(&im->set, "%s, and this one is: %s",
				 against ?: "a forwarding is for addresses, and few",
				 describe_box(&im->set, &im->host, &hit->box, 0)),
		"write the rule for one protocol, its ports and one inside host; filter sources "
		"in FORWARD or at the host");
}

static void keep(struct nat_rule *rule, const char *meaning)
{
	if (rule->fate != FATE_NONE)
		return;
	rule->fate = FATE_KERNEL;
	rule->meaning = meaning;
}

static void take_hit(struct import *im, struct hit *hit)
{
	struct nat_rule *rule = hit->rule;
	const char *what = describe_box(&im->set, &im->host, &hit->box, 0);

	if (stays_with_kernel(im, hit))
		keep(rule, "leads to a host on a device that erxdp does not serve: the kernel goes "
			   "on forwarding there");
	else if (!rule->unknown && rule->verdict == NAT_DNAT)
		take_dnat(im, hit);
	else if (!rule->unknown && (rule->verdict == NAT_ACCEPT || rule->verdict == NAT_RETURN) &&
		 rule->fate == FATE_NONE) {
		rule->fate = FATE_EXPRESSED;
		rule->meaning =
			nat_ruleset_text(&im->set, "not forwarded by rules below: %s", what);
	} else if (!rule->unknown && rule->verdict == NAT_OTHER && is_local(im, &hit->box)) {
		keep(rule, "for a service of this host, whose packets stay with the kernel");
	} else if (rule->unknown || rule->verdict == NAT_OTHER || rule->verdict == NAT_DROP) {
		rule_refuse(rule,
			    nat_ruleset_text(&im->set, "it looks at or does what erxdp cannot (%s): %s",
					 rule->unknown ? rule->unknown
						       : rule->does ?: "dropping in a NAT chain",
					 what),
			    "take it out or write it as DNAT of one protocol and its ports");
	}
}

/* Takes out what one part of a rule has made, when another cannot be expressed. */
static void drop_refused(struct import *im)
{
	struct config *config = im->config;
	unsigned int n = 0;

	for (unsigned int i = 0; i < config->nforwards; i++)
		if (!is_refused(im, config->forward[i].line)) {
			config->forward[n] = config->forward[i];
			config->forward[n++].line = 0;
		}
	config->nforwards = n;
}

void import_forward(struct import *im)
{
	struct obstack *mem = &im->set.mem;
	struct walk walk = {.set = &im->set, .count = true};
	struct box box;

	for (enum dim dim = 0; dim < DIM_MAX; dim++)
		box.dim[dim] = dim_domain(mem, &im->host, dim);
	box.dim[DIM_IIF] = host_served(mem, &im->host);
	box.dim[DIM_OIF] = ranges_all;
	if (!box.dim[DIM_IIF].n)
		return;
	walk_hook(&walk, HOOK_PREROUTING, space_add(mem, NULL, &box));
	if (walk.too_many)
		import_refuse(im,
			      "the rules of PREROUTING are too many or too involved to be followed",
			      "leave this host to the kernel, or write them simpler");
	for (struct hit *hit = walk.hits; hit; hit = hit->next)
		take_hit(im, hit);
	drop_refused(im);
}
