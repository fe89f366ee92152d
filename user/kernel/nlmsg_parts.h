/* SPDX-License-Identifier: GPL-2.0-only */
/* The message parser's own: one function a family of messages, given the payload behind nlmsghdr.
 */
#ifndef ERXDP_NLMSG_PARTS_H
#define ERXDP_NLMSG_PARTS_H

#include <stddef.h>

#include "event.h"
#include "nlattr.h"

/* The fixed header of a message and, behind it, its attributes. */
#define NLMSG_BODY(type, data, len) ((len) < sizeof(type) ? NULL : (const type *)(data))
#define NLMSG_ATTRS(type, data, len, rules, found)                                            \
	attr_collect((const char *)(data) + NLMSG_ALIGN(sizeof(type)),                        \
		     (len) > NLMSG_ALIGN(sizeof(type)) ? (len)-NLMSG_ALIGN(sizeof(type)) : 0, \
		     (rules), sizeof(rules) / sizeof((rules)[0]), (found))

int nlmsg_link(const void *data, size_t len, struct event *event);
/* The data of a bond's own link and of a slave's, inside that message. 0 or -EBADMSG. */
int nlmsg_bond(const struct nlattr *data, struct event_bond *bond);
int nlmsg_bond_slave(const struct nlattr *data, struct event_bond *bond);
int nlmsg_address(const void *data, size_t len, struct event *event);
int nlmsg_netconf(const void *data, size_t len, struct event *event);
int nlmsg_neighbour(const void *data, size_t len, struct event *event);
int nlmsg_rule(const void *data, size_t len, struct event *event);
int nlmsg_nexthop(const void *data, size_t len, struct event *event);
/* flags: nlmsg_flags, which tell where among its equals the route went. */
int nlmsg_route(const void *data, size_t len, unsigned int flags, struct event *event);

#endif
