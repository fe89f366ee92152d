// SPDX-License-Identifier: GPL-2.0-only
#include "read_nft_rule.h"

#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "read_nft_parts.h"
#include "read_xt.h"

#define OWN_SOCKETS "this host's own sockets, whose packets stay with the kernel"
#define OWN_IPV6    "IPv6, which stays with the kernel"

/* The dimension that a match is about; DIM_MAX: none of ours. `proto` (0: none): what a field of a
 * protocol's header implies. */
static enum dim dim_of(json *left, uint32_t *proto)
{
	static const struct {
		const char *protocol, *field;
		enum dim dim;
	} fields[] = {
		{"ip", "saddr", DIM_SRC},      {"ip", "daddr", DIM_DST},
		{"ip", "protocol", DIM_PROTO}, {"tcp", "sport", DIM_SPORT},
		{"tcp", "dport", DIM_DPORT},   {"udp", "sport", DIM_SPORT},
		{"udp", "dport", DIM_DPORT},   {"th", "sport", DIM_SPORT},
		{"th", "dport", DIM_DPORT},    {"meta", "l4proto", DIM_PROTO},
		{"meta", "iifname", DIM_IIF},  {"meta", "iif", DIM_IIF},
		{"meta", "oifname", DIM_OIF},  {"meta", "oif", DIM_OIF},
	};
	json *payload = nft_get(left, "payload"), *meta = nft_get(left, "meta");
	const char *protocol = payload ? nft_text(nft_get(payload, "protocol"))
			       : meta  ? "meta"
				       : "";
	const char *field = nft_text(payload ? nft_get(payload, "field") : nft_get(meta, "key"));

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(fields[i].protocol, protocol) || strcmp(fields[i].field, field))
			continue;
		*proto = !strcmp(protocol, "tcp")   ? IPPROTO_TCP
			 : !strcmp(protocol, "udp") ? IPPROTO_UDP
						    : 0;
		return fields[i].dim;
	}
	return DIM_MAX;
}

/* A match that says nothing about the values above, but whose answer for a forwarded packet of IPv4
 * is known all the same. */
static bool read_known(struct reader *r, json *left, json *right, bool invert)
{
	json *meta = nft_get(nft_get(left, "meta"), "key"), *fib = nft_get(left, "fib");
	struct nat_ruleset *set = r->of->set;

	if (nft_is(meta, "skuid") || nft_is(meta, "skgid")) {
		r->rule->own = OWN_SOCKETS;
		return true;
	}
	if (nft_is(nft_get(nft_get(left, "payload"), "protocol"), "ip6")) {
		r->rule->own = OWN_IPV6;
		return true;
	}
	if (nft_is(meta, "nfproto")) {
		bool ipv4 = nft_is(right, "ipv4") || json_object_get_int(right) == AF_INET;

		if (ipv4 == invert)
			r->rule->own = OWN_IPV6;
		return true;
	}
	if (fib && nft_is(nft_get(fib, "result"), "type") &&
	    (nft_is(right, "local") || json_object_get_int(right) == 2 /* RTN_LOCAL */) &&
	    json_object_array_length(nft_get(fib, "flags")) == 1) {
		bool src = nft_is(json_object_array_get_idx(nft_get(fib, "flags"), 0), "saddr");

		rule_match(set, r->rule, src ? DIM_SRC : DIM_DST,
			   host_local(&set->mem, r->of->host), invert);
		return true;
	}
	return false;
}

/* "meta mark", "ct state"; what is more involved, as libnftables has it. */
static const char *name_of(struct reader *r, json *left)
{
	static const char *const kinds[] = {"meta", "ct"};
	json *payload = nft_get(left, "payload");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (nft_get(nft_get(left, kinds[i]), "key"))
			return nat_ruleset_text(r->of->set, "%s %s", kinds[i],
						nft_text(nft_get(nft_get(left, kinds[i]), "key")));
	if (payload)
		return nat_ruleset_text(r->of->set, "%s %s", nft_text(nft_get(payload, "protocol")),
					nft_text(nft_get(payload, "field")));
	return nat_ruleset_text(
		r->of->set, "%s",
		json_object_to_json_string_ext(left, JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void read_match(struct reader *r, json *match)
{
	json *left = nft_get(match, "left"), *right = nft_get(match, "right");
	bool invert = nft_is(nft_get(match, "op"), "!=");
	struct nat_ruleset *set = r->of->set;
	uint32_t proto = 0;
	enum dim dim = dim_of(left, &proto);
	struct ranges values;

	if ((invert || nft_is(nft_get(match, "op"), "==")) && dim != DIM_MAX &&
	    nft_values(r, dim, right, &values)) {
		rule_match(set, r->rule, dim, values, invert);
		if (proto)
			rule_match(set, r->rule, DIM_PROTO, ranges_of(&set->mem, proto, proto),
				   false);
		return;
	}
	if (!read_known(r, left, right, invert))
		rule_unknown(set, r->rule, name_of(r, left));
}

/* An address or port, or a range of them; of addresses it may be written as a prefix. */
static bool read_pair(struct reader *r, enum dim dim, json *v, uint32_t *first, uint32_t *last)
{
	struct ranges values;

	if (!v)
		return true;
	if (*nft_text(v) == '@' || nft_get(v, "set") || !nft_values(r, dim, v, &values) ||
	    values.n != 1)
		return false;
	*first = values.range[0].first;
	*last = values.range[0].last;
	return true;
}

static bool asks_random(json *o)
{
	json *flags = nft_get(o, "flags");

	return nft_has_word(flags, "random") || nft_has_word(flags, "fully-random");
}

static void read_translation(struct reader *r, json *o, enum nat_verdict verdict)
{
	struct nat_to *to = &r->rule->to;
	uint32_t first = 0, last = 0;

	r->rule->verdict = verdict;
	if (nft_is(nft_get(o, "family"), "ip6"))
		r->rule->own = OWN_IPV6;
	else if (nft_has_word(nft_get(o, "type_flags"), "prefix"))
		rule_unknown(r->of->set, r->rule, "a translation of prefix by prefix");
	else if (!read_pair(r, DIM_DST, nft_get(o, "addr"), &to->first, &to->last) ||
		 !read_pair(r, DIM_DPORT, nft_get(o, "port"), &first, &last))
		rule_unknown(r->of->set, r->rule, "a translation by a map");
	to->port_first = first;
	to->port_last = last;
	to->random = asks_random(o);
}

static void read_masquerade(struct reader *r, json *o)
{
	read_translation(r, o, NAT_MASQUERADE);
}

static void read_snat(struct reader *r, json *o)
{
	read_translation(r, o, NAT_SNAT);
}

static void read_dnat(struct reader *r, json *o)
{
	read_translation(r, o, NAT_DNAT);
}

static void read_jump(struct reader *r, json *o)
{
	r->rule->verdict = NAT_JUMP;
	r->rule->target = nat_ruleset_text(r->of->set, "%s", nft_text(nft_get(o, "target")));
}

static void read_goto(struct reader *r, json *o)
{
	read_jump(r, o);
	r->rule->verdict = NAT_GOTO;
}

static void read_redirect(struct reader *r, json *o)
{
	(void)o;
	r->rule->verdict = NAT_OTHER;
	r->rule->does = "redirect";
}

static void read_accept(struct reader *r, json *o)
{
	(void)o;
	r->rule->verdict = NAT_ACCEPT;
}

static void read_return(struct reader *r, json *o)
{
	(void)o;
	r->rule->verdict = NAT_RETURN;
}

static void read_drop(struct reader *r, json *o)
{
	(void)o;
	r->rule->verdict = NAT_DROP;
}

static void read_nothing(struct reader *r, json *o)
{
	(void)r;
	(void)o;
}

static void read_part(struct reader *r, json *o)
{
	(void)o;
	xt_rules_apply(r->of->xt, r->of->set, r->of->host, r->rule,
		       nft_text(nft_get(r->o, "table")), r->parts++);
}

static const struct {
	const char *name;
	void (*read)(struct reader *r, json *o);
} statements[] = {
	{"match", read_match},	 {"xt", read_part},	  {"masquerade", read_masquerade},
	{"snat", read_snat},	 {"dnat", read_dnat},	  {"redirect", read_redirect},
	{"accept", read_accept}, {"return", read_return}, {"drop", read_drop},
	{"jump", read_jump},	 {"goto", read_goto},	  {"counter", read_nothing},
	{"log", read_nothing},
};

static void read_statement(struct reader *r, const char *name, json *o)
{
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (strcmp(statements[i].name, name))
			continue;
		statements[i].read(r, o);
		return;
	}
	rule_unknown(r->of->set, r->rule, name);
}

void nft_read_rule(struct nft_reader *reader, struct nat_chain *chain, json *o)
{
	struct reader r = {.of = reader, .rule = nat_ruleset_rule(reader->set, chain), .o = o};
	json *list = nft_get(o, "expr");

	r.rule->handle = json_object_get_int64(nft_get(o, "handle"));
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json *statement = json_object_array_get_idx(list, i);

		json_object_object_foreach(statement, name, value)
		{
			read_statement(&r, name, value);
		}
	}
}
