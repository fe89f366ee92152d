// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "nlmsg.h"
#include "nlmsg_parts.h"

static int parse_body(const struct nlmsghdr *nlh, struct event *event)
{
	const void *data = NLMSG_DATA(nlh);
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return nlmsg_link(data, len, event);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return nlmsg_address(data, len, event);
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		return nlmsg_netconf(data, len, event);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return nlmsg_neighbour(data, len, event);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return nlmsg_rule(data, len, event);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return nlmsg_nexthop(data, len, event);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return nlmsg_route(data, len, nlh->nlmsg_flags, event);
	default:
		return 0;
	}
}

static bool is_removal(unsigned int type)
{
	switch (type) {
	case RTM_DELLINK:
	case RTM_DELADDR:
	case RTM_DELNETCONF:
	case RTM_DELNEIGH:
	case RTM_DELRULE:
	case RTM_DELNEXTHOP:
	case RTM_DELROUTE:
		return true;
	default:
		return false;
	}
}

int nlmsg_parse(const struct nlmsghdr *nlh, struct event *event)
{
	memset(event, 0, sizeof(*event));
	if (nlh->nlmsg_len < NLMSG_HDRLEN)
		return -EBADMSG;
	event->removal = is_removal(nlh->nlmsg_type);
	return parse_body(nlh, event);
}
