// SPDX-License-Identifier: GPL-2.0-only
/* Messages about nexthop objects and groups, and routes. */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "htable.h"
#include "nlmsg_parts.h"

enum { H_ID, H_GROUP, H_GROUP_TYPE, H_BLACKHOLE, H_OIF, H_GATEWAY, H_ENCAP, H_FDB, H_MAX };
static const struct attr_rule nexthop_rules[H_MAX] = {
	[H_ID] = {NHA_ID, 4, 4, true},
	[H_GROUP] = {NHA_GROUP, sizeof(struct nexthop_grp), ATTR_ANY, false},
	[H_GROUP_TYPE] = {NHA_GROUP_TYPE, 2, 2, false},
	[H_BLACKHOLE] = {NHA_BLACKHOLE, 0, 0, false},
	[H_OIF] = {NHA_OIF, 4, 4, false},
	[H_GATEWAY] = {NHA_GATEWAY, 4, 16, false},
	[H_ENCAP] = {NHA_ENCAP_TYPE, 2, 2, false},
	[H_FDB] = {NHA_FDB, 0, 0, false},
};

/* The byte behind `weight` became its high byte in 6.13; reserved and zero before. */
static uint32_t member_weight(const struct nexthop_grp *member)
{
	const uint8_t *low = &member->weight;

	return low[1] << 8 | low[0];
}

static int parse_group(const struct nlattr **attr, struct event_nexthop *nexthop)
{
	const struct nexthop_grp *group = attr_data(attr[H_GROUP]);
	size_t n = attr_len(attr[H_GROUP]) / sizeof(*group);

	if (attr_len(attr[H_GROUP]) % sizeof(*group))
		return -EBADMSG;
	nexthop->kind = NH_GROUP;
	/* A resilient group picks by buckets that only the kernel knows. */
	if (attr_u16(attr[H_GROUP_TYPE], NEXTHOP_GRP_TYPE_MPATH) != NEXTHOP_GRP_TYPE_MPATH ||
	    n > ERXDP_MAX_MEMBERS || attr[H_FDB])
		nexthop->kind = NH_FOREIGN;
	if (n > ERXDP_MAX_MEMBERS)
		n = ERXDP_MAX_MEMBERS;
	for (size_t i = 0; i < n; i++) {
		nexthop->member[i].id = group[i].id;
		nexthop->member[i].weight = member_weight(&group[i]) + 1;
	}
	nexthop->nmembers = n;
	return 0;
}

int nlmsg_nexthop(const void *data, size_t len, struct event *event)
{
	const struct nhmsg *head = NLMSG_BODY(struct nhmsg, data, len);
	struct event_nexthop *nexthop = &event->nexthop;
	const struct nlattr *attr[H_MAX];

	if (!head)
		return -EBADMSG;
	if (NLMSG_ATTRS(struct nhmsg, data, len, nexthop_rules, attr) < 0)
		return -EBADMSG;
	nexthop->id = attr_u32(attr[H_ID], 0);
	nexthop->hop.oif = attr_u32(attr[H_OIF], 0);
	nexthop->hop.weight = 1;
	nexthop->hop.onlink = head->nh_flags & RTNH_F_ONLINK;
	event->kind = EVENT_NEXTHOP;
	if (attr[H_GROUP])
		return parse_group(attr, nexthop);
	if (attr[H_BLACKHOLE]) {
		nexthop->kind = NH_BLACKHOLE;
	} else if (head->nh_family != AF_INET || attr[H_ENCAP] || attr[H_FDB]) {
		nexthop->kind = NH_FOREIGN;
	} else {
		nexthop->kind = NH_SINGLE;
		nexthop->hop.gateway = attr_u32(attr[H_GATEWAY], 0);
	}
	return 0;
}

enum {
	R_DST,
	R_OIF,
	R_GATEWAY,
	R_PRIORITY,
	R_PREFSRC,
	R_METRICS,
	R_MULTIPATH,
	R_FLOW,
	R_TABLE,
	R_VIA,
	R_ENCAP_TYPE,
	R_ENCAP,
	R_NH_ID,
	R_MAX
};
static const struct attr_rule route_rules[R_MAX] = {
	[R_DST] = {RTA_DST, 4, 4, false},
	[R_OIF] = {RTA_OIF, 4, 4, false},
	[R_GATEWAY] = {RTA_GATEWAY, 4, 4, false},
	[R_PRIORITY] = {RTA_PRIORITY, 4, 4, false},
	[R_PREFSRC] = {RTA_PREFSRC, 4, 4, false},
	[R_METRICS] = {RTA_METRICS, 0, ATTR_ANY, false},
	[R_MULTIPATH] = {RTA_MULTIPATH, sizeof(struct rtnexthop), ATTR_ANY, false},
	[R_FLOW] = {RTA_FLOW, 4, 4, false},
	[R_TABLE] = {RTA_TABLE, 4, 4, false},
	[R_VIA] = {RTA_VIA, 2, 32, false},
	[R_ENCAP_TYPE] = {RTA_ENCAP_TYPE, 2, 2, false},
	[R_ENCAP] = {RTA_ENCAP, 0, ATTR_ANY, false},
	[R_NH_ID] = {RTA_NH_ID, 4, 4, false},
};

enum { P_GATEWAY, P_VIA, P_ENCAP_TYPE, P_ENCAP, P_MAX };
static const struct attr_rule path_rules[P_MAX] = {
	[P_GATEWAY] = {RTA_GATEWAY, 4, 4, false},
	[P_VIA] = {RTA_VIA, 2, 32, false},
	[P_ENCAP_TYPE] = {RTA_ENCAP_TYPE, 2, 2, false},
	[P_ENCAP] = {RTA_ENCAP, 0, ATTR_ANY, false},
};

static void digest(struct event_route *route, const struct nlattr *attr)
{
	if (attr)
		route->extra = hash_bytes(attr_data(attr), attr_len(attr), route->extra);
}

static int parse_path(const struct rtnexthop *path, struct event_route *route)
{
	const struct nlattr *attr[P_MAX];
	struct hop *hop;

	if (attr_collect((const char *)path + sizeof(*path), path->rtnh_len - sizeof(*path),
			 path_rules, P_MAX, attr) < 0)
		return -EBADMSG;
	digest(route, attr[P_VIA]);
	digest(route, attr[P_ENCAP]);
	if (attr[P_VIA] || attr[P_ENCAP_TYPE])
		route->foreign = true;
	if (route->nhops == ERXDP_MAX_MEMBERS) {
		route->foreign = true;
		route->extra =
			hash_bytes(&path->rtnh_ifindex, sizeof(path->rtnh_ifindex), route->extra);
		digest(route, attr[P_GATEWAY]);
		return 0;
	}
	hop = &route->hop[route->nhops++];
	hop->oif = path->rtnh_ifindex;
	hop->weight = path->rtnh_hops + 1;
	hop->onlink = path->rtnh_flags & RTNH_F_ONLINK;
	hop->dead = path->rtnh_flags & RTNH_F_DEAD;
	hop->gateway = attr_u32(attr[P_GATEWAY], 0);
	return 0;
}

static int parse_paths(const struct nlattr *attr, struct event_route *route)
{
	const char *at = attr_data(attr);
	size_t len = attr_len(attr);

	while (len >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *path = (const void *)at;
		size_t step;

		if (path->rtnh_len < sizeof(*path) || path->rtnh_len > len)
			return -EBADMSG;
		if (parse_path(path, route) < 0)
			return -EBADMSG;
		step = RTNH_ALIGN(path->rtnh_len);
		if (step >= len)
			break;
		at += step;
		len -= step;
	}
	return 0;
}

static void parse_single(const struct nlattr **attr, unsigned int flags, struct event_route *route)
{
	digest(route, attr[R_VIA]);
	digest(route, attr[R_ENCAP]);
	if (attr[R_VIA] || attr[R_ENCAP_TYPE])
		route->foreign = true;
	if (!attr[R_OIF])
		return;
	route->nhops = 1;
	route->hop[0].oif = attr_u32(attr[R_OIF], 0);
	route->hop[0].gateway = attr_u32(attr[R_GATEWAY], 0);
	route->hop[0].weight = 1;
	route->hop[0].onlink = flags & RTNH_F_ONLINK;
	route->hop[0].dead = flags & RTNH_F_DEAD;
}

static int parse_metrics(const struct nlattr *attr, struct event_route *route)
{
	static const struct attr_rule rules[] = {{RTAX_MTU, 4, 4, false}};
	const struct nlattr *found[1];

	if (!attr)
		return 0;
	digest(route, attr);
	if (attr_collect(attr_data(attr), attr_len(attr), rules, 1, found) < 0)
		return -EBADMSG;
	route->mtu = attr_u32(found[0], 0);
	return 0;
}

static enum event_place place_of(unsigned int flags)
{
	if (flags & NLM_F_REPLACE)
		return PLACE_REPLACE;
	return flags & NLM_F_APPEND ? PLACE_LAST : PLACE_FIRST;
}

static int parse_hops(const struct rtmsg *head, const struct nlattr **attr,
		      struct event_route *route)
{
	route->nh_id = attr_u32(attr[R_NH_ID], 0);
	/*
	 * With nexthop_compat_mode the object's own hops come along, and whatever the mode, the
	 * type says blackhole for as long as the object is one (fib_dump_info()). Both are the
	 * object's matter and may change without the route.
	 */
	if (route->nh_id) {
		if (route->type == RTN_BLACKHOLE)
			route->type = RTN_UNICAST;
		return 0;
	}
	if (attr[R_MULTIPATH])
		return parse_paths(attr[R_MULTIPATH], route);
	parse_single(attr, head->rtm_flags, route);
	return 0;
}

int nlmsg_route(const void *data, size_t len, unsigned int flags, struct event *event)
{
	const struct rtmsg *head = NLMSG_BODY(struct rtmsg, data, len);
	struct event_route *route = &event->route;
	const struct nlattr *attr[R_MAX];

	if (!head)
		return -EBADMSG;
	/* A cloned route is a cached exception (a learnt path MTU), not a route. */
	if (head->rtm_family != AF_INET || head->rtm_flags & RTM_F_CLONED)
		return 0;
	if (NLMSG_ATTRS(struct rtmsg, data, len, route_rules, attr) < 0 || head->rtm_dst_len > 32)
		return -EBADMSG;
	route->table = attr_u32(attr[R_TABLE], head->rtm_table);
	route->dst = attr_u32(attr[R_DST], 0);
	route->len = head->rtm_dst_len;
	route->tos = head->rtm_tos;
	route->type = head->rtm_type;
	route->scope = head->rtm_scope;
	route->protocol = head->rtm_protocol;
	route->metric = attr_u32(attr[R_PRIORITY], 0);
	route->prefsrc = attr_u32(attr[R_PREFSRC], 0);
	route->place = place_of(flags);
	digest(route, attr[R_FLOW]);
	if (parse_metrics(attr[R_METRICS], route) < 0 || parse_hops(head, attr, route) < 0)
		return -EBADMSG;
	event->kind = EVENT_ROUTE;
	return 0;
}
