/* SPDX-License-Identifier: GPL-2.0-only */
/* One question to the kernel, by who asks now and then; nl.h is for listening and dumping. */
#ifndef ERXDP_NL_ASK_H
#define ERXDP_NL_ASK_H

#include <libmnl/libmnl.h>

/* Sends the question, complete but for its number, by a socket of its own, and hands over each
 * message of the answer; `take` (may be NULL) returns MNL_CB_OK. `bus`: NETLINK_ROUTE and so on. 0
 * or a negative errno, the kernel's where it refuses. */
int nl_ask(int bus, struct nlmsghdr *question, mnl_cb_t take, void *arg);

#endif
