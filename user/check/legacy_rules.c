// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libiptc/libiptc.h>
#include <linux/netfilter/nf_nat.h>

#include "error.h"
#include "legacy_rules.h"
#include "proto_names.h"
#include "ruleset.h"

#define NAMES "/proc/net/ip_tables_names"

static void write_prefix(FILE *out, const char *option, bool not, struct in_addr addr,
			 struct in_addr mask)
{
	char text[INET_ADDRSTRLEN], by[INET_ADDRSTRLEN];

	if (!mask.s_addr)
		return;
	inet_ntop(AF_INET, &addr, text, sizeof(text));
	inet_ntop(AF_INET, &mask, by, sizeof(by));
	fprintf(out, " %s%s %s", not ? "! " : "", option, text);
	if (mask.s_addr != INADDR_NONE)
		fprintf(out, "/%s", by);
}

/* "eth+", for whatever begins so, has its sign in the name. */
static void write_device(FILE *out, const char *option, bool not, const char *name)
{
	if (*name)
		fprintf(out, " %s%s %s", not ? "! " : "", option, name);
}

static void write_proto(FILE *out, const struct ipt_ip *ip)
{
	const char *name = proto_name(ip->proto);
	const char *not = ip->invflags & IPT_INV_PROTO ? "! " : "";

	if (!ip->proto)
		return;
	if (name)
		fprintf(out, " %s-p %s", not, name);
	else
		fprintf(out, " %s-p %u", not, ip->proto);
}

static void write_matches(FILE *out, const struct ipt_entry *e)
{
	const char *at = (const char *)e->elems, *end = (const char *)e + e->target_offset;

	while (at + sizeof(struct xt_entry_match) <= end) {
		const struct xt_entry_match *m = (const void *)at;

		if (m->u.match_size < sizeof(*m))
			break;
		fprintf(out, " -m %s", m->u.user.name);
		at += m->u.match_size;
	}
}

static void write_source(FILE *out, const struct ipt_entry *e)
{
	const struct xt_entry_target *t = (const void *)((const char *)e + e->target_offset);
	const struct nf_nat_ipv4_multi_range_compat *nat = (const void *)t->data;
	char text[INET_ADDRSTRLEN];

	if (t->u.target_size < sizeof(*t) + sizeof(*nat) || nat->rangesize != 1 ||
	    !(nat->range[0].flags & NF_NAT_RANGE_MAP_IPS))
		return;
	inet_ntop(AF_INET, &nat->range[0].min_ip, text, sizeof(text));
	fprintf(out, " --to-source %s", text);
}

static void write_rule(FILE *out, const char *chain, const struct ipt_entry *e,
		       struct xtc_handle *handle)
{
	const char *target = iptc_get_target(e, handle);
	const struct ipt_ip *ip = &e->ip;

	fprintf(out, "-A %s", chain);
	write_prefix(out, "-s", ip->invflags & IPT_INV_SRCIP, ip->src, ip->smsk);
	write_prefix(out, "-d", ip->invflags & IPT_INV_DSTIP, ip->dst, ip->dmsk);
	write_device(out, "-i", ip->invflags & IPT_INV_VIA_IN, ip->iniface);
	write_device(out, "-o", ip->invflags & IPT_INV_VIA_OUT, ip->outiface);
	write_proto(out, ip);
	write_matches(out, e);
	if (!target || !*target)
		return;
	fprintf(out, " -%c %s", ip->flags & IPT_F_GOTO ? 'g' : 'j', target);
	if (!strcmp(target, "SNAT"))
		write_source(out, e);
}

static int take_rule(struct ruleset *rs, const char *table, const char *chain,
		     const struct ipt_entry *e, struct xtc_handle *handle)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (!out)
		return -ENOMEM;
	write_rule(out, chain, e, handle);
	err = fclose(out) ? -ENOMEM : ruleset_add_rule(rs, table, chain, text);
	free(text);
	return err;
}

static int take_rules(struct ruleset *rs, const char *table, struct xtc_handle *handle)
{
	int err = 0;

	for (const char *chain = iptc_first_chain(handle); chain && !err;
	     chain = iptc_next_chain(handle))
		for (const struct ipt_entry *e = iptc_first_rule(chain, handle); e && !err;
		     e = iptc_next_rule(e, handle))
			err = take_rule(rs, table, chain, e, handle);
	return err;
}

/* A built-in chain has the hook's name, in capitals. */
static void name_hook(char *hook, size_t size, const char *chain)
{
	size_t n = 0;

	for (; chain[n] && n + 1 < size; n++)
		hook[n] = chain[n] >= 'A' && chain[n] <= 'Z' ? chain[n] + 'a' - 'A' : chain[n];
	hook[n] = '\0';
}

static int take_chains(struct ruleset *rs, const char *table, const char *type,
		       struct xtc_handle *handle)
{
	struct xt_counters counters;

	for (const char *name = iptc_first_chain(handle); name; name = iptc_next_chain(handle)) {
		struct rule_chain *chain = ruleset_add_chain(rs, table, name);
		const char *policy;

		if (!chain)
			return -ENOMEM;
		chain->legacy = true;
		if (!iptc_builtin(name, handle))
			continue;
		policy = iptc_get_policy(name, &counters, handle);
		name_hook(chain->hook, sizeof(chain->hook), name);
		snprintf(chain->type, sizeof(chain->type), "%s", type);
		chain->drops = policy && !strcmp(policy, "DROP");
	}
	return 0;
}

static int take_table(struct ruleset *rs, const char *name, struct error *e)
{
	struct xtc_handle *handle = iptc_init(name);
	char table[80];
	int err;

	if (!handle)
		return error_set(e, -errno, "the table %s of iptables-legacy cannot be read: %s",
				 name, iptc_strerror(errno));
	snprintf(table, sizeof(table), "ip %s", name);
	err = take_chains(rs, table, strcmp(name, "nat") ? "filter" : "nat", handle);
	if (!err)
		err = take_rules(rs, table, handle);
	iptc_free(handle);
	return err ? error_set(e, err, "the table %s of iptables-legacy cannot be kept: %s", name,
			       strerror(-err))
		   : 0;
}

int legacy_rules_read(struct ruleset *rs, struct error *e)
{
	FILE *file = fopen(NAMES, "re");
	char name[64];
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : error_set(e, -errno, NAMES ": %s", strerror(errno));
	while (!err && fscanf(file, "%63s", name) == 1)
		err = take_table(rs, name, e);
	fclose(file);
	return err;
}
