// SPDX-License-Identifier: GPL-2.0-only
#include "route_kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <time.h>

#include "route_view.h"

/* One request, one message back. 0 with the message in buf, or the kernel's negative errno. */
static int ask(struct mnl_socket *socket, __be32 addr, unsigned int flags, char *buf, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	rtm->rtm_flags = flags;
	mnl_attr_put_u32(nlh, RTA_DST, addr);
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(socket, buf, len);
	if (n < 0)
		return -errno;
	if (!mnl_nlmsg_ok(nlh, n))
		return -EBADMSG;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
	return nlh->nlmsg_type == RTM_NEWROUTE ? 0 : -EBADMSG;
}

static void take_answer(const struct nlmsghdr *nlh, struct kernel_route *route)
{
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
}

static void take_match(const struct nlmsghdr *nlh, struct kernel_route *route)
{
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
}

/* These are answers; anything else is a failure to ask. fib_props[] in net/ipv4/fib_semantics.c */
static bool is_refusal(int err)
{
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL;
}

static int ask_both(struct mnl_socket *socket, __be32 addr, struct kernel_route *route)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	int err = ask(socket, addr, 0, buf, sizeof(buf));

	if (is_refusal(err)) {
		route->error = err;
		return 0;
	}
	if (err)
		return err;
	take_answer((struct nlmsghdr *)buf, route);
	/* Which entry it was is a question of its own; the answer is a nicety. */
	if (!ask(socket, addr, RTM_F_FIB_MATCH, buf, sizeof(buf)))
		take_match((struct nlmsghdr *)buf, route);
	return 0;
}

int kernel_route_get(__be32 addr, struct kernel_route *route)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int err;

	memset(route, 0, sizeof(*route));
	if (!socket)
		return -errno;
	err = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) ? -errno : 0;
	if (!err)
		err = ask_both(socket, addr, route);
	mnl_socket_close(socket);
	return err;
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
