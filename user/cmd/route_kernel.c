// SPDX-License-Identifier: GPL-2.0-only
#include "route_kernel.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <time.h>

#include "nl_ask.h"
#include "route_view.h"

static int ask(__be32 addr, unsigned int flags, mnl_cb_t take, struct kernel_route *route)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_flags = flags;
	mnl_attr_put_u32(nlh, RTA_DST, addr);
	return nl_ask(NETLINK_ROUTE, nlh, take, route);
}

static int take_answer(const struct nlmsghdr *nlh, void *arg)
{
	struct kernel_route *route = arg;
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	route->type = rtm->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_VIA)
			route->foreign = true;
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == RTA_OIF)
			route->oif = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			route->gateway = mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static int take_match(const struct nlmsghdr *nlh, void *arg)
{
	struct kernel_route *route = arg;
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	route->has_match = true;
	route->len = rtm->rtm_dst_len;
	route->table = rtm->rtm_table;
	route->protocol = rtm->rtm_protocol;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
			continue;
		if (mnl_attr_get_type(attr) == RTA_DST)
			route->dst = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_TABLE)
			route->table = mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

/* These are answers; anything else is a failure to ask. fib_props[] in net/ipv4/fib_semantics.c */
static bool is_refusal(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL;
}

int kernel_route_get(__be32 addr, struct kernel_route *route)
{
	int err;

	memset(route, 0, sizeof(*route));
	err = ask(addr, 0, take_answer, route);
	if (is_refusal(err)) {
		route->error = err;
		return 0;
	}
	if (err)
		return err;
	/* Which entry it was is a question of its own; the answer is a nicety. */
	ask(addr, RTM_F_FIB_MATCH, take_match, route);
	return 0;
}

static bool refusal_agrees(int error, enum route_kind kind)
{
	switch (error) {
	case -ENETUNREACH:
		return kind == ROUTE_NONE || kind == ROUTE_UNREACHABLE;
	case -EINVAL:
		return kind == ROUTE_BLACKHOLE;
	default:
		return kind == ROUTE_UNREACHABLE;
	}
}

static bool has_hop(const struct route_view *view, const struct kernel_route *kernel)
{
	for (unsigned int i = 0; i < view->nhops; i++) {
		const struct nexthop *nexthop = &view->hop[i].nexthop;

		if (nexthop->oif == kernel->oif && nexthop->gateway == kernel->gateway)
			return !kernel->foreign;
	}
	return false;
}

bool kernel_route_agrees(const struct kernel_route *kernel, const struct route_view *programs)
{
	if (programs->kind == ROUTE_KERNEL)
		return true;
	if (kernel->error)
		return refusal_agrees(kernel->error, programs->kind);
	switch (kernel->type) {
	case RTN_UNICAST:
		return has_hop(programs, kernel);
	case RTN_LOCAL:
		return programs->kind == ROUTE_LOCAL;
	default:
		return programs->kind == ROUTE_BROADCAST;
	}
}

static const char *refusal_name(int error)
{
	switch (error) {
	case -ENETUNREACH:
		return "no route";
	case -EHOSTUNREACH:
		return "unreachable";
	case -EACCES:
		return "prohibit";
	default:
		return "blackhole";
	}
}

const char *kernel_route_type(const struct kernel_route *route)
{
	static const char *const names[] = {
		[RTN_UNICAST] = "unicast",     [RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast", [RTN_ANYCAST] = "anycast",
		[RTN_MULTICAST] = "multicast",
	};

	if (route->error)
		return refusal_name(route->error);
	if (route->type < sizeof(names) / sizeof(names[0]) && names[route->type])
		return names[route->type];
	return "unknown";
}
