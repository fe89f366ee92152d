// SPDX-License-Identifier: GPL-2.0-only
/* What the link messages of a bond and of its slaves say about sending. */
#include <errno.h>
#include <linux/if_link.h>

#include "nlmsg_parts.h"

/* Behind <net/if.h>, which it makes room for, and not before it. */
#include <linux/if_bonding.h>

enum { B_MODE, B_POLICY, B_AD, B_MAX };
static const struct attr_rule bond_rules[B_MAX] = {
	[B_MODE] = {IFLA_BOND_MODE, 1, 1, false},
	[B_POLICY] = {IFLA_BOND_XMIT_HASH_POLICY, 1, 1, false},
	[B_AD] = {IFLA_BOND_AD_INFO, 0, ATTR_ANY, false},
};

static const struct attr_rule ad_rules[] = {{IFLA_BOND_AD_INFO_AGGREGATOR, 2, 2, false}};

enum { S_STATE, S_LINK, S_AGGREGATOR, S_MAX };
static const struct attr_rule slave_rules[S_MAX] = {
	[S_STATE] = {IFLA_BOND_SLAVE_STATE, 1, 1, false},
	[S_LINK] = {IFLA_BOND_SLAVE_MII_STATUS, 1, 1, false},
	[S_AGGREGATOR] = {IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, 2, 2, false},
};

int nlmsg_bond(const struct nlattr *data, struct event_bond *bond)
{
	const struct nlattr *part[B_MAX], *aggregator = NULL;

	if (attr_collect(attr_data(data), attr_len(data), bond_rules, B_MAX, part) < 0)
		return -EBADMSG;
	/* There while the bond has an active aggregator. */
	if (part[B_AD] &&
	    attr_collect(attr_data(part[B_AD]), attr_len(part[B_AD]), ad_rules, 1, &aggregator) < 0)
		return -EBADMSG;
	bond->mode = attr_u8(part[B_MODE], BOND_MODE_ROUNDROBIN);
	bond->policy = attr_u8(part[B_POLICY], BOND_XMIT_POLICY_LAYER2);
	bond->aggregator = attr_u16(aggregator, 0);
	return 0;
}

/* In 802.3ad a slave is active while LACP lets it distribute (bond_slave_can_tx()). */
int nlmsg_bond_slave(const struct nlattr *data, struct event_bond *bond)
{
	const struct nlattr *part[S_MAX];

	if (attr_collect(attr_data(data), attr_len(data), slave_rules, S_MAX, part) < 0)
		return -EBADMSG;
	bond->active = attr_u8(part[S_STATE], BOND_STATE_BACKUP) == BOND_STATE_ACTIVE &&
		       attr_u8(part[S_LINK], BOND_LINK_DOWN) == BOND_LINK_UP;
	bond->aggregator = attr_u16(part[S_AGGREGATOR], 0);
	return 0;
}
