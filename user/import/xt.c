// SPDX-License-Identifier: GPL-2.0-only
#include "xt.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string.h>

#define OWN_SOCKETS "this host's own sockets, whose packets stay with the kernel"

/* What a match's reader gets, and tells: false, it looks at something else as well. */
struct match {
	struct nat_ruleset *set;
	const struct import_host *host;
	struct nat_rule *rule;
	const void *data;
};

static struct ranges port_range(const struct match *m, const uint16_t port[2])
{
	return ranges_of(&m->set->mem, port[0], port[1]);
}

static bool match_tcp(const struct match *m)
{
	const struct xt_tcp *tcp = m->data;

	rule_match(m->set, m->rule, DIM_SPORT, port_range(m, tcp->spts),
		   tcp->invflags & XT_TCP_INV_SRCPT);
	rule_match(m->set, m->rule, DIM_DPORT, port_range(m, tcp->dpts),
		   tcp->invflags & XT_TCP_INV_DSTPT);
	return !tcp->flg_mask && !tcp->option;
}

static bool match_udp(const struct match *m)
{
	const struct xt_udp *udp = m->data;

	rule_match(m->set, m->rule, DIM_SPORT, port_range(m, udp->spts),
		   udp->invflags & XT_UDP_INV_SRCPT);
	rule_match(m->set, m->rule, DIM_DPORT, port_range(m, udp->dpts),
		   udp->invflags & XT_UDP_INV_DSTPT);
	return true;
}

/* A port with a flag begins a range, which the next one ends. */
static bool match_multiport(const struct match *m)
{
	const struct xt_multiport_v1 *multi = m->data;
	struct obstack *mem = &m->set->mem;
	struct ranges ports = ranges_none;

	if (multi->flags == XT_MULTIPORT_EITHER || multi->count > XT_MULTI_PORTS)
		return false;
	for (unsigned int i = 0; i < multi->count; i++) {
		uint16_t first = multi->ports[i];

		if (multi->pflags[i] && i + 1 < multi->count)
			i++;
		ports = ranges_or(mem, ports, ranges_of(mem, first, multi->ports[i]));
	}
	rule_match(m->set, m->rule, multi->flags == XT_MULTIPORT_SOURCE ? DIM_SPORT : DIM_DPORT,
		   ports, multi->invert);
	return true;
}

static bool match_addrtype(const struct match *m)
{
	const struct xt_addrtype_info_v1 *type = m->data;
	struct ranges local = host_local(&m->set->mem, m->host);

	if (type->flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT) ||
	    (type->source && type->source != XT_ADDRTYPE_LOCAL) ||
	    (type->dest && type->dest != XT_ADDRTYPE_LOCAL))
		return false;
	if (type->source)
		rule_match(m->set, m->rule, DIM_SRC, local,
			   type->flags & XT_ADDRTYPE_INVERT_SOURCE);
	if (type->dest)
		rule_match(m->set, m->rule, DIM_DST, local, type->flags & XT_ADDRTYPE_INVERT_DEST);
	return true;
}

/* A forwarded packet has no socket: all tests fail, and those that are inverted hold. */
static bool match_owner(const struct match *m)
{
	const struct xt_owner_match_info *owner = m->data;

	if (owner->match ^ owner->invert)
		m->rule->own = OWN_SOCKETS;
	return true;
}

static struct ranges address_range(const struct match *m, const union nf_inet_addr *min,
				   const union nf_inet_addr *max)
{
	return ranges_of(&m->set->mem, ntohl(min->ip), ntohl(max->ip));
}

static bool match_iprange(const struct match *m)
{
	const struct xt_iprange_mtinfo *range = m->data;

	if (range->flags & IPRANGE_SRC)
		rule_match(m->set, m->rule, DIM_SRC,
			   address_range(m, &range->src_min, &range->src_max),
			   range->flags & IPRANGE_SRC_INV);
	if (range->flags & IPRANGE_DST)
		rule_match(m->set, m->rule, DIM_DST,
			   address_range(m, &range->dst_min, &range->dst_max),
			   range->flags & IPRANGE_DST_INV);
	return true;
}

static bool match_nothing(const struct match *m)
{
	(void)m;
	return true;
}

static const struct {
	const char *name;
	unsigned int revision;
	size_t len;
	bool (*read)(const struct match *m);
} matches[] = {
	{"tcp", 0, sizeof(struct xt_tcp), match_tcp},
	{"udp", 0, sizeof(struct xt_udp), match_udp},
	{"multiport", 1, sizeof(struct xt_multiport_v1), match_multiport},
	{"addrtype", 1, sizeof(struct xt_addrtype_info_v1), match_addrtype},
	{"owner", 1, sizeof(struct xt_owner_match_info), match_owner},
	{"iprange", 1, sizeof(struct xt_iprange_mtinfo), match_iprange},
	{"comment", 0, 0, match_nothing},
};

void xt_match(struct nat_ruleset *set, const struct import_host *host, struct nat_rule *rule,
	      const char *name, unsigned int revision, const void *data, size_t len)
{
	struct match m = {set, host, rule, data};

	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		if (strcmp(matches[i].name, name) || matches[i].revision != revision ||
		    len < matches[i].len)
			continue;
		if (matches[i].read(&m))
			return;
	}
	rule_unknown(set, rule, nat_ruleset_text(set, "-m %s", name));
}

static void take_range(struct nat_rule *rule, unsigned int flags, uint32_t first, uint32_t last,
		       uint16_t port_first, uint16_t port_last)
{
	if (flags & NF_NAT_RANGE_MAP_IPS) {
		rule->to.first = ntohl(first);
		rule->to.last = ntohl(last);
	}
	if (flags & NF_NAT_RANGE_PROTO_SPECIFIED) {
		rule->to.port_first = ntohs(port_first);
		rule->to.port_last = ntohs(port_last);
	}
	rule->to.random = flags & NF_NAT_RANGE_PROTO_RANDOM_ALL;
}

static bool take_compat(struct nat_rule *rule, const void *data, size_t len)
{
	const struct nf_nat_ipv4_multi_range_compat *multi = data;
	const struct nf_nat_ipv4_range *range = multi->range;

	if (len < sizeof(*multi) || multi->rangesize != 1)
		return false;
	take_range(rule, range->flags, range->min_ip, range->max_ip, range->min.all,
		   range->max.all);
	return true;
}

static bool take_range2(struct nat_rule *rule, const void *data, size_t len)
{
	const struct nf_nat_range2 *range = data;

	if (len < sizeof(*range))
		return false;
	take_range(rule, range->flags, range->min_addr.ip, range->max_addr.ip, range->min_proto.all,
		   range->max_proto.all);
	rule->to.shift = range->flags & NF_NAT_RANGE_PROTO_OFFSET;
	rule->to.base = ntohs(range->base_proto.all);
	return true;
}

static const struct {
	const char *name;
	unsigned int revision;
	enum nat_verdict verdict;
	bool (*read)(struct nat_rule *rule, const void *data, size_t len);
} targets[] = {
	{"MASQUERADE", 0, NAT_MASQUERADE, take_compat},
	{"SNAT", 0, NAT_SNAT, take_compat},
	{"DNAT", 0, NAT_DNAT, take_compat},
	{"DNAT", 2, NAT_DNAT, take_range2},
	{"REDIRECT", 0, NAT_OTHER, NULL},
	{"NETMAP", 0, NAT_OTHER, NULL},
	{"LOG", 0, NAT_CONTINUE, NULL},
	{"NFLOG", 0, NAT_CONTINUE, NULL},
	{"TRACE", 0, NAT_CONTINUE, NULL},
};

void xt_target(struct nat_ruleset *set, struct nat_rule *rule, const char *name,
	       unsigned int revision, const void *data, size_t len)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i].name, name))
			continue;
		if (targets[i].read &&
		    (targets[i].revision != revision || !targets[i].read(rule, data, len)))
			continue;
		rule->verdict = targets[i].verdict;
		rule->does = targets[i].name;
		return;
	}
	rule_unknown(set, rule, nat_ruleset_text(set, "-j %s", name));
}
