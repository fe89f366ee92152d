// SPDX-License-Identifier: GPL-2.0-only
/* Messages about devices and what hangs on them: links, their addresses, settings, neighbours. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "nlmsg_parts.h"

#define MAX_LLADDR 32

static void copy_mac(const struct nlattr *attr, uint8_t mac[6], bool *has_mac)
{
	*has_mac = attr && attr_len(attr) == 6;
	if (*has_mac)
		memcpy(mac, attr_data(attr), 6);
}

enum { L_NAME, L_ADDRESS, L_MTU, L_LINK, L_NETNSID, L_MASTER, L_OPERSTATE, L_INFO, L_MAX };
static const struct attr_rule link_rules[L_MAX] = {
	[L_NAME] = {IFLA_IFNAME, 2, IFNAMSIZ, false},
	[L_ADDRESS] = {IFLA_ADDRESS, 0, MAX_LLADDR, false},
	[L_MTU] = {IFLA_MTU, 4, 4, false},
	[L_LINK] = {IFLA_LINK, 4, 4, false},
	[L_NETNSID] = {IFLA_LINK_NETNSID, 4, 4, false},
	[L_MASTER] = {IFLA_MASTER, 4, 4, false},
	[L_OPERSTATE] = {IFLA_OPERSTATE, 1, 1, false},
	[L_INFO] = {IFLA_LINKINFO, 0, ATTR_ANY, false},
};

enum { I_KIND, I_DATA, I_SLAVE_KIND, I_SLAVE_DATA, I_MAX };
static const struct attr_rule info_rules[I_MAX] = {
	[I_KIND] = {IFLA_INFO_KIND, 1, 64, false},
	[I_DATA] = {IFLA_INFO_DATA, 0, ATTR_ANY, false},
	[I_SLAVE_KIND] = {IFLA_INFO_SLAVE_KIND, 1, 64, false},
	[I_SLAVE_DATA] = {IFLA_INFO_SLAVE_DATA, 0, ATTR_ANY, false},
};

enum { V_ID, V_PROTOCOL, V_MAX };
static const struct attr_rule vlan_rules[V_MAX] = {
	[V_ID] = {IFLA_VLAN_ID, 2, 2, true},
	[V_PROTOCOL] = {IFLA_VLAN_PROTOCOL, 2, 2, false},
};

static const struct attr_rule vrf_rules[] = {{IFLA_VRF_TABLE, 4, 4, true}};

static bool attr_is(const struct nlattr *attr, const char *text)
{
	size_t len = strlen(text);

	/* Some senders count the terminating zero, some do not. */
	return attr && attr_len(attr) >= len && attr_len(attr) <= len + 1 &&
	       !memcmp(attr_data(attr), text, len);
}

static int parse_kind(const struct nlattr *info, struct event_link *link)
{
	const struct nlattr *part[I_MAX], *data[V_MAX];

	if (attr_collect(attr_data(info), attr_len(info), info_rules, I_MAX, part) < 0)
		return -EBADMSG;
	if (attr_is(part[I_SLAVE_KIND], "bond") && part[I_SLAVE_DATA] &&
	    nlmsg_bond_slave(part[I_SLAVE_DATA], &link->bond) < 0)
		return -EBADMSG;
	if (attr_is(part[I_KIND], "bond"))
		link->kind = LINK_BOND;
	else if (attr_is(part[I_KIND], "bridge"))
		link->kind = LINK_BRIDGE;
	if (!part[I_DATA])
		return 0;
	if (link->kind == LINK_BOND)
		return nlmsg_bond(part[I_DATA], &link->bond);
	if (attr_is(part[I_KIND], "vlan")) {
		if (attr_collect(attr_data(part[I_DATA]), attr_len(part[I_DATA]), vlan_rules, V_MAX,
				 data) < 0)
			return -EBADMSG;
		link->kind = LINK_VLAN;
		link->tag.vid = attr_u16(data[V_ID], 0);
		link->tag.tpid = attr_u16(data[V_PROTOCOL], htons(0x8100));
	} else if (attr_is(part[I_KIND], "vrf")) {
		if (attr_collect(attr_data(part[I_DATA]), attr_len(part[I_DATA]), vrf_rules, 1,
				 data) < 0)
			return -EBADMSG;
		link->kind = LINK_VRF;
		link->table = attr_u32(data[0], 0);
	}
	return 0;
}

int nlmsg_link(const void *data, size_t len, struct event *event)
{
	const struct ifinfomsg *head = NLMSG_BODY(struct ifinfomsg, data, len);
	struct event_link *link = &event->link;
	const struct nlattr *attr[L_MAX];

	if (!head)
		return -EBADMSG;
	/* AF_BRIDGE and AF_INET6 speak about their own side of a link. */
	if (head->ifi_family != AF_UNSPEC)
		return 0;
	if (NLMSG_ATTRS(struct ifinfomsg, data, len, link_rules, attr) < 0)
		return -EBADMSG;
	/* Wireless drivers announce events without saying anything about the link. */
	if (!attr[L_NAME] && !event->removal)
		return 0;
	link->ifindex = head->ifi_index;
	link->flags = head->ifi_flags;
	if (attr[L_NAME])
		memcpy(link->name, attr_data(attr[L_NAME]), attr_len(attr[L_NAME]));
	link->name[IFNAMSIZ - 1] = 0;
	link->mtu = attr_u32(attr[L_MTU], 0);
	link->master = attr_u32(attr[L_MASTER], 0);
	link->operstate = attr_u8(attr[L_OPERSTATE], 0);
	/* An index of another namespace means nothing here. */
	link->parent = attr[L_NETNSID] ? 0 : attr_u32(attr[L_LINK], 0);
	copy_mac(head->ifi_type == ARPHRD_ETHER ? attr[L_ADDRESS] : NULL, link->mac,
		 &link->has_mac);
	if (attr[L_INFO] && parse_kind(attr[L_INFO], link) < 0)
		return -EBADMSG;
	event->kind = EVENT_LINK;
	return 0;
}

enum { A_LOCAL, A_ADDRESS, A_FLAGS, A_MAX };
static const struct attr_rule address_rules[A_MAX] = {
	[A_LOCAL] = {IFA_LOCAL, 4, 16, false},
	[A_ADDRESS] = {IFA_ADDRESS, 4, 16, false},
	[A_FLAGS] = {IFA_FLAGS, 4, 4, false},
};

int nlmsg_address(const void *data, size_t len, struct event *event)
{
	const struct ifaddrmsg *head = NLMSG_BODY(struct ifaddrmsg, data, len);
	struct event_address *address = &event->address;
	const struct nlattr *attr[A_MAX];

	if (!head)
		return -EBADMSG;
	if (head->ifa_family != AF_INET)
		return 0;
	if (NLMSG_ATTRS(struct ifaddrmsg, data, len, address_rules, attr) < 0)
		return -EBADMSG;
	if (!attr[A_LOCAL] || head->ifa_prefixlen > 32)
		return -EBADMSG;
	address->ifindex = head->ifa_index;
	address->len = head->ifa_prefixlen;
	address->scope = head->ifa_scope;
	address->secondary = attr_u32(attr[A_FLAGS], head->ifa_flags) & IFA_F_SECONDARY;
	address->local = attr_u32(attr[A_LOCAL], 0);
	address->address = attr_u32(attr[A_ADDRESS], address->local);
	event->kind = EVENT_ADDRESS;
	return 0;
}

enum { C_IFINDEX, C_FORWARDING, C_LINKDOWN, C_MAX };
static const struct attr_rule netconf_rules[C_MAX] = {
	[C_IFINDEX] = {NETCONFA_IFINDEX, 4, 4, true},
	[C_FORWARDING] = {NETCONFA_FORWARDING, 4, 4, false},
	[C_LINKDOWN] = {NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, 4, 4, false},
};

int nlmsg_netconf(const void *data, size_t len, struct event *event)
{
	const struct netconfmsg *head = NLMSG_BODY(struct netconfmsg, data, len);
	struct event_netconf *conf = &event->netconf;
	const struct nlattr *attr[C_MAX];
	int32_t ifindex;

	if (!head)
		return -EBADMSG;
	if (head->ncm_family != AF_INET)
		return 0;
	if (NLMSG_ATTRS(struct netconfmsg, data, len, netconf_rules, attr) < 0)
		return -EBADMSG;
	ifindex = attr_u32(attr[C_IFINDEX], 0);
	conf->is_default = ifindex == NETCONFA_IFINDEX_DEFAULT;
	conf->ifindex = ifindex > 0 ? ifindex : 0;
	conf->has_forwarding = attr[C_FORWARDING];
	conf->forwarding = attr_u32(attr[C_FORWARDING], 0);
	conf->has_ignore_linkdown = attr[C_LINKDOWN];
	conf->ignore_linkdown = attr_u32(attr[C_LINKDOWN], 0);
	event->kind = EVENT_NETCONF;
	return 0;
}

enum { N_DST, N_LLADDR, N_MAX };
static const struct attr_rule neighbour_rules[N_MAX] = {
	[N_DST] = {NDA_DST, 4, 16, false},
	[N_LLADDR] = {NDA_LLADDR, 0, MAX_LLADDR, false},
};

int nlmsg_neighbour(const void *data, size_t len, struct event *event)
{
	const struct ndmsg *head = NLMSG_BODY(struct ndmsg, data, len);
	struct event_neighbour *neighbour = &event->neighbour;
	const struct nlattr *attr[N_MAX];

	if (!head)
		return -EBADMSG;
	if (head->ndm_family != AF_INET || head->ndm_flags & NTF_PROXY)
		return 0;
	if (NLMSG_ATTRS(struct ndmsg, data, len, neighbour_rules, attr) < 0 || !attr[N_DST])
		return -EBADMSG;
	neighbour->ifindex = head->ndm_ifindex;
	neighbour->state = head->ndm_state;
	neighbour->addr = attr_u32(attr[N_DST], 0);
	copy_mac(attr[N_LLADDR], neighbour->mac, &neighbour->has_mac);
	event->kind = EVENT_NEIGHBOUR;
	return 0;
}
