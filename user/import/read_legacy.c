// SPDX-License-Identifier: GPL-2.0-only
#include "read_legacy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libiptc/libiptc.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"
#include "output.h"
#include "xt.h"

#define TABLE "iptables-legacy nat"

static bool table_exists(void)
{
	FILE *names = fopen("/proc/net/ip_tables_names", "re");
	bool found = false;
	char name[64];

	while (names && !found && fgets(name, sizeof(name), names))
		found = !strcmp(name, "nat\n");
	if (names)
		fclose(names);
	return found;
}

/* What the reader of one rule works with. */
struct reader {
	struct nat_ruleset *set;
	const struct import_host *host;
	struct nat_rule *rule;
	const struct ipt_entry *entry;
};

static void say(struct reader *r, const char *text)
{
	r->rule->text =
		nat_ruleset_text(r->set, "%s%s%s", r->rule->text, *r->rule->text ? " " : "", text);
}

static void read_address(struct reader *r, enum dim dim, struct in_addr addr, struct in_addr mask,
			 bool invert, const char *option)
{
	uint32_t first = ntohl(addr.s_addr), bits = ntohl(mask.s_addr);
	char text[INET_ADDRSTRLEN];

	if (!bits && !invert)
		return;
	inet_ntop(AF_INET, &mask, text, sizeof(text));
	say(r, nat_ruleset_text(
		       r->set, "%s%s %s/%s", invert ? "! " : "", option, text_addr(addr.s_addr).s,
		       bits & (~bits >> 1) ? text : text_number(__builtin_popcount(bits)).s));
	/* A mask with holes is no range. */
	if (~bits & (~bits + 1))
		rule_unknown(r->set, r->rule, "an address mask with holes");
	else
		rule_match(r->set, r->rule, dim,
			   ranges_of(&r->set->mem, first & bits, first | ~bits), invert);
}

/* As many bytes of the name count as the mask has, for an exact match its terminating zero, too. */
static void read_device(struct reader *r, enum dim dim, const char *name, const unsigned char *mask,
			bool invert, const char *option)
{
	char copy[IFNAMSIZ] = "";
	size_t n = 0;

	while (n < IFNAMSIZ && mask[n])
		n++;
	if (!n && !invert)
		return;
	memcpy(copy, name, n < IFNAMSIZ ? n : IFNAMSIZ - 1);
	say(r, nat_ruleset_text(r->set, "%s%s %s%s", invert ? "! " : "", option, copy,
				n > strlen(copy) ? "" : "+"));
	rule_match(r->set, r->rule, dim,
		   host_devices(&r->set->mem, r->host, copy, n <= strlen(copy)), invert);
}

static void read_protocol(struct reader *r)
{
	bool invert = r->entry->ip.invflags & IPT_INV_PROTO;
	unsigned int proto = r->entry->ip.proto;

	if (!proto)
		return;
	say(r, nat_ruleset_text(r->set, "%s-p %s", invert ? "! " : "", text_proto(proto).s));
	rule_match(r->set, r->rule, DIM_PROTO, ranges_of(&r->set->mem, proto, proto), invert);
}

static void read_header(struct reader *r)
{
	const struct ipt_ip *ip = &r->entry->ip;

	read_address(r, DIM_SRC, ip->src, ip->smsk, ip->invflags & IPT_INV_SRCIP, "-s");
	read_address(r, DIM_DST, ip->dst, ip->dmsk, ip->invflags & IPT_INV_DSTIP, "-d");
	read_device(r, DIM_IIF, ip->iniface, ip->iniface_mask, ip->invflags & IPT_INV_VIA_IN, "-i");
	read_device(r, DIM_OIF, ip->outiface, ip->outiface_mask, ip->invflags & IPT_INV_VIA_OUT,
		    "-o");
	read_protocol(r);
	if (ip->flags & IPT_F_FRAG)
		rule_unknown(r->set, r->rule, "fragments (-f)");
}

/* A match is told by its name and by what it has narrowed. */
static void read_one_match(struct reader *r, const struct xt_entry_match *match)
{
	struct box before = r->rule->box, narrowed = box_all();
	bool any = false;

	xt_match(r->set, r->host, r->rule, match->u.user.name, match->u.user.revision, match->data,
		 match->u.match_size - sizeof(*match));
	for (enum dim dim = 0; dim < DIM_MAX; dim++) {
		if (ranges_equal(before.dim[dim], r->rule->box.dim[dim]))
			continue;
		narrowed.dim[dim] = r->rule->box.dim[dim];
		any = true;
	}
	say(r, nat_ruleset_text(r->set, "-m %s", match->u.user.name));
	if (any)
		say(r,
		    nat_ruleset_text(r->set, "(%s)", describe_box(r->set, r->host, &narrowed, 0)));
}

static void read_matches(struct reader *r)
{
	const char *at = (const char *)r->entry->elems;
	const char *end = (const char *)r->entry + r->entry->target_offset;

	while (at < end) {
		const struct xt_entry_match *match = (const void *)at;

		read_one_match(r, match);
		at += match->u.match_size;
	}
}

/* "" where the rule has none, else a chain's name or an extension's. */
static void read_target(struct reader *r, const char *name, bool is_chain)
{
	const struct xt_entry_target *target =
		(const void *)((const char *)r->entry + r->entry->target_offset);
	bool go = r->entry->ip.flags & IPT_F_GOTO;

	if (!*name)
		return;
	say(r, nat_ruleset_text(r->set, "%s %s", go ? "-g" : "-j", name));
	if (!strcmp(name, "ACCEPT")) {
		r->rule->verdict = NAT_ACCEPT;
	} else if (!strcmp(name, "RETURN")) {
		r->rule->verdict = NAT_RETURN;
	} else if (!strcmp(name, "DROP")) {
		r->rule->verdict = NAT_DROP;
	} else if (is_chain) {
		r->rule->verdict = go ? NAT_GOTO : NAT_JUMP;
		r->rule->target = nat_ruleset_text(r->set, "%s", name);
	} else {
		xt_target(r->set, r->rule, name, target->u.user.revision, target->data,
			  target->u.target_size - sizeof(*target));
	}
}

/* In iptables' words, without the flags. */
static void say_translation(struct reader *r)
{
	const struct nat_to *to = &r->rule->to;
	const char *text =
		to->first ? nat_ruleset_text(r->set, "%s", text_addr(htonl(to->first)).s) : "";

	if (to->first != to->last)
		text = nat_ruleset_text(r->set, "%s-%s", text, text_addr(htonl(to->last)).s);
	if (to->port_first)
		text = nat_ruleset_text(r->set, "%s:%u", text, to->port_first);
	if (to->port_first != to->port_last)
		text = nat_ruleset_text(r->set, "%s-%u", text, to->port_last);
	if (to->shift)
		text = nat_ruleset_text(r->set, "%s/%u", text, to->base);
	if (*text)
		say(r, nat_ruleset_text(r->set, "--to %s", text));
}

static void read_rules(struct nat_ruleset *set, const struct import_host *host,
		       struct nat_chain *chain, struct xtc_handle *table)
{
	const struct ipt_entry *entry = iptc_first_rule(chain->name, table);

	for (; entry; entry = iptc_next_rule(entry, table)) {
		struct reader r = {set, host, nat_ruleset_rule(set, chain), entry};
		const char *target = iptc_get_target(entry, table);

		read_header(&r);
		read_matches(&r);
		read_target(&r, target, iptc_is_chain(target, table));
		say_translation(&r);
	}
}

static void set_hook(struct nat_ruleset *set, struct nat_chain *chain, struct xtc_handle *table)
{
	static const struct {
		const char *name;
		enum nat_hook hook;
		int priority;
	} hooks[] = {
		{"PREROUTING", HOOK_PREROUTING, -100},
		{"INPUT", HOOK_INPUT, 100},
		{"OUTPUT", HOOK_OUTPUT, -100},
		{"POSTROUTING", HOOK_POSTROUTING, 100},
	};
	struct xt_counters counters;
	const char *policy;

	if (!iptc_builtin(chain->name, table))
		return;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		if (strcmp(hooks[i].name, chain->name))
			continue;
		chain->hook = hooks[i].hook;
		chain->priority = hooks[i].priority;
	}
	policy = iptc_get_policy(chain->name, &counters, table);
	if (policy && !strcmp(policy, "DROP")) {
		struct nat_rule *rule = nat_ruleset_rule(set, chain);

		rule->verdict = NAT_DROP;
		rule->text = "the chain's policy, DROP";
	}
}

int read_legacy(struct nat_ruleset *set, const struct import_host *host)
{
	struct xtc_handle *table;
	const char *name;

	if (!table_exists())
		return 0;
	table = iptc_init("nat");
	if (!table)
		return -errno;
	for (name = iptc_first_chain(table); name; name = iptc_next_chain(table)) {
		struct nat_chain *chain = nat_ruleset_chain(set, TABLE, name);

		read_rules(set, host, chain, table);
		set_hook(set, chain, table);
	}
	iptc_free(table);
	return 0;
}
