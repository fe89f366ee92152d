/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parser of rtnetlink messages: bytes in, one struct event out. Dumps and notifications share it.
 * Pure: no input or output, no state, no allocation.
 */
#ifndef ERXDP_NLMSG_H
#define ERXDP_NLMSG_H

#include <linux/netlink.h>

#include "event.h"

/*
 * nlh->nlmsg_len bytes must be readable (mnl_nlmsg_ok()). 0, with event->kind EVENT_NONE for what
 * is none of ours; -EBADMSG for a message that breaks its own format.
 */
int nlmsg_parse(const struct nlmsghdr *nlh, struct event *event);

#endif
