// SPDX-License-Identifier: GPL-2.0-only
/* Messages about policy routing rules: what they look up, and whether anything else decides. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "htable.h"
#include "nlmsg_parts.h"

enum {
	U_PRIORITY,
	U_TABLE,
	U_SUPPRESS_LEN,
	U_SRC,
	U_DST,
	U_IIF,
	U_OIF,
	U_MARK,
	U_MASTER,
	/* From here on: selectors that only have to be seen. */
	U_SUPPRESS_GROUP,
	U_GOTO,
	U_PROTO,
	U_SPORT,
	U_DPORT,
	U_UID,
	U_TUNNEL,
	U_MAX
};
static const struct attr_rule rule_rules[U_MAX] = {
	[U_PRIORITY] = {FRA_PRIORITY, 4, 4, false},
	[U_TABLE] = {FRA_TABLE, 4, 4, false},
	[U_SUPPRESS_LEN] = {FRA_SUPPRESS_PREFIXLEN, 4, 4, false},
	[U_SRC] = {FRA_SRC, 4, 4, false},
	[U_DST] = {FRA_DST, 4, 4, false},
	[U_IIF] = {FRA_IIFNAME, 1, IFNAMSIZ, false},
	[U_OIF] = {FRA_OIFNAME, 1, IFNAMSIZ, false},
	[U_MARK] = {FRA_FWMARK, 4, 4, false},
	[U_MASTER] = {FRA_L3MDEV, 1, 1, false},
	[U_SUPPRESS_GROUP] = {FRA_SUPPRESS_IFGROUP, 4, 4, false},
	[U_GOTO] = {FRA_GOTO, 4, 4, false},
	[U_PROTO] = {FRA_IP_PROTO, 1, 1, false},
	[U_SPORT] = {FRA_SPORT_RANGE, 4, 4, false},
	[U_DPORT] = {FRA_DPORT_RANGE, 4, 4, false},
	[U_UID] = {FRA_UID_RANGE, 8, 8, false},
	[U_TUNNEL] = {FRA_TUN_ID, 8, 8, false},
};

static bool rule_is_plain(const struct fib_rule_hdr *head, const struct nlattr **attr)
{
	if (head->action != FR_ACT_TO_TBL || head->flags & FIB_RULE_INVERT || head->src_len ||
	    head->dst_len || head->tos)
		return false;
	for (unsigned int i = U_SRC; i < U_MAX; i++) {
		/* The kernel sends these two with every rule; all ones means: not used. */
		if (i == U_SUPPRESS_GROUP && attr_u32(attr[i], ~0u) == ~0u)
			continue;
		if (i == U_MASTER && !attr_u8(attr[i], 0))
			continue;
		if (attr[i])
			return false;
	}
	return attr_u32(attr[U_SUPPRESS_LEN], ~0u) == ~0u;
}

struct text {
	char *at;
	size_t room;
};

static void __attribute__((format(printf, 2, 3))) say(struct text *text, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text->at, text->room, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= text->room)
		len = text->room - 1;
	text->at += len;
	text->room -= len;
}

static void say_prefix(struct text *text, const char *word, const struct nlattr *addr, uint8_t len)
{
	char buf[INET_ADDRSTRLEN];

	if (!addr)
		return;
	inet_ntop(AF_INET, attr_data(addr), buf, sizeof(buf));
	say(text, "%s%s/%u", word, buf, len);
}

static void say_name(struct text *text, const char *word, const struct nlattr *name)
{
	if (name)
		say(text, "%s%.*s", word, (int)attr_len(name), (const char *)attr_data(name));
}

static void describe_rule(struct event_rule *rule, const struct fib_rule_hdr *head,
			  const struct nlattr **attr)
{
	struct text text = {rule->text, sizeof(rule->text)};

	say(&text, "%sfrom ", head->flags & FIB_RULE_INVERT ? "not " : "");
	if (attr[U_SRC])
		say_prefix(&text, "", attr[U_SRC], head->src_len);
	else
		say(&text, "all");
	say_prefix(&text, " to ", attr[U_DST], head->dst_len);
	if (head->tos)
		say(&text, " tos 0x%x", head->tos);
	say_name(&text, " iif ", attr[U_IIF]);
	say_name(&text, " oif ", attr[U_OIF]);
	if (attr[U_MARK])
		say(&text, " fwmark 0x%x", attr_u32(attr[U_MARK], 0));
	if (attr_u8(attr[U_MASTER], 0))
		say(&text, " lookup the device's VRF");
	else if (head->action == FR_ACT_TO_TBL)
		say(&text, " lookup %u", rule->table);
	else
		say(&text, " action %u", head->action);
}

int nlmsg_rule(const void *data, size_t len, struct event *event)
{
	const struct fib_rule_hdr *head = NLMSG_BODY(struct fib_rule_hdr, data, len);
	struct event_rule *rule = &event->rule;
	const struct nlattr *attr[U_MAX];

	if (!head)
		return -EBADMSG;
	if (head->family != AF_INET)
		return 0;
	if (NLMSG_ATTRS(struct fib_rule_hdr, data, len, rule_rules, attr) < 0)
		return -EBADMSG;
	rule->priority = attr_u32(attr[U_PRIORITY], 0);
	rule->table = attr_u32(attr[U_TABLE], head->table);
	rule->digest = hash_bytes(data, len, 0);
	rule->plain = rule_is_plain(head, attr);
	describe_rule(rule, head, attr);
	event->kind = EVENT_RULE;
	return 0;
}
