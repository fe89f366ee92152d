// SPDX-License-Identifier: GPL-2.0-only
#include "read_xt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h> /* which the next ones lack */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "nl_ask.h"
#include "xt.h"

#define ATTEMPTS 5

struct xt_rules {
	struct nftnl_rule_list *list;
};

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct xt_rules *rules = arg;
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		return MNL_CB_ERROR;
	if (nftnl_rule_nlmsg_parse(nlh, rule) < 0)
		nftnl_rule_free(rule);
	else
		nftnl_rule_list_add_tail(rule, rules->list);
	return MNL_CB_OK;
}

static int dump(struct xt_rules *rules)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE;
	nlh->nlmsg_flags = NLM_F_DUMP;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	nfg->version = NFNETLINK_V0;
	return nl_ask(NETLINK_NETFILTER, nlh, take, rules);
}

static int read_list(struct xt_rules *rules)
{
	rules->list = nftnl_rule_list_alloc();
	return rules->list ? dump(rules) : -ENOMEM;
}

int xt_rules_read(struct xt_rules **rules)
{
	int err = -EINTR;

	*rules = calloc(1, sizeof(**rules));
	if (!*rules)
		return -ENOMEM;
	/* EINTR: rules changed meanwhile. */
	for (int i = 0; i < ATTEMPTS && err == -EINTR; i++) {
		if ((*rules)->list)
			nftnl_rule_list_free((*rules)->list);
		err = read_list(*rules);
	}
	if (!err)
		return 0;
	xt_rules_free(*rules);
	*rules = NULL;
	return err;
}

void xt_rules_free(struct xt_rules *rules)
{
	if (!rules)
		return;
	if (rules->list)
		nftnl_rule_list_free(rules->list);
	free(rules);
}

/* What the search is for, and what was found. */
struct wanted {
	const char *table;
	const struct nat_rule *rule;
	unsigned int n; /* parts still to be passed over */
	struct nftnl_rule *found;
	struct nftnl_expr *part;
};

static int find_part(struct nftnl_expr *expr, void *arg)
{
	struct wanted *wanted = arg;
	const char *kind = nftnl_expr_get_str(expr, NFTNL_EXPR_NAME);

	if (strcmp(kind, "match") && strcmp(kind, "target"))
		return 0;
	if (wanted->n--)
		return 0;
	wanted->part = expr;
	return -1; /* enough */
}

static int find_rule(struct nftnl_rule *is, void *arg)
{
	struct wanted *wanted = arg;

	if (nftnl_rule_get_u64(is, NFTNL_RULE_HANDLE) != wanted->rule->handle ||
	    strcmp(nftnl_rule_get_str(is, NFTNL_RULE_TABLE), wanted->table))
		return 0;
	wanted->found = is;
	return -1;
}

static void apply_part(struct nat_ruleset *set, const struct import_host *host,
		       struct nat_rule *rule, struct nftnl_expr *part)
{
	bool match = !strcmp(nftnl_expr_get_str(part, NFTNL_EXPR_NAME), "match");
	const void *data;
	uint32_t len;

	if (match) {
		data = nftnl_expr_get(part, NFTNL_EXPR_MT_INFO, &len);
		xt_match(set, host, rule, nftnl_expr_get_str(part, NFTNL_EXPR_MT_NAME),
			 nftnl_expr_get_u32(part, NFTNL_EXPR_MT_REV), data, data ? len : 0);
	} else {
		data = nftnl_expr_get(part, NFTNL_EXPR_TG_INFO, &len);
		xt_target(set, rule, nftnl_expr_get_str(part, NFTNL_EXPR_TG_NAME),
			  nftnl_expr_get_u32(part, NFTNL_EXPR_TG_REV), data, data ? len : 0);
	}
}

void xt_rules_apply(const struct xt_rules *rules, struct nat_ruleset *set,
		    const struct import_host *host, struct nat_rule *rule, const char *table,
		    unsigned int n)
{
	struct wanted wanted = {.table = table, .rule = rule, .n = n};

	if (rules)
		nftnl_rule_list_foreach(rules->list, find_rule, &wanted);
	if (wanted.found)
		nftnl_expr_foreach(wanted.found, find_part, &wanted);
	if (wanted.part)
		apply_part(set, host, rule, wanted.part);
	else
		rule_unknown(set, rule, "a part that changed while it was read: run it again");
}
