/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink sockets: one that listens to notifications, one that asks (dumps, neighbour requests).
 * Two, because a dump's answer must not queue behind notifications, nor push them out.
 */
#ifndef ERXDP_NL_H
#define ERXDP_NL_H

#include <linux/netlink.h>
#include <stdint.h>

#include "event.h"

struct nl {
	int fd;
	uint32_t port; /* our address, the kernel's choice */
	uint32_t seq;
};

/* Called for each message; a negative return ends the loop and is returned. */
typedef int (*nl_handler)(const struct nlmsghdr *nlh, void *arg);

/* Subscribes to everything that the model holds; non-blocking. 0 or a negative errno. */
int nl_open_events(struct nl *nl);
/* For requests; blocks. */
int nl_open_requests(struct nl *nl);
void nl_close(struct nl *nl);
/* The receive buffer in bytes, beyond the host's limit where the capability is there. */
int nl_set_buffer(struct nl *nl, int bytes);

/* Hands over what waits, at most `most` messages. 1: there may be more; 0: nothing is left;
 * -ENOBUFS: notifications were lost; otherwise a negative errno. */
int nl_receive(struct nl *nl, unsigned int most, nl_handler handle, void *arg);
/* Dumps one kind. -EINTR: the kernel's tables changed meanwhile, ask again. */
int nl_dump(struct nl *nl, enum event_kind kind, nl_handler handle, void *arg);
/*
 * Returns when whoever was changing links or addresses has finished. The kernel announces a link's
 * new state first and has the routes follow it afterwards, in one hold of its lock (RTNL); dumps of
 * routes do not take that lock any more (6.9), so one may be too early.
 */
int nl_await_change(struct nl *nl);
/* Has the kernel resolve or confirm a neighbour, as if a packet were sent to it (NTF_USE). */
int nl_use_neighbour(struct nl *nl, uint32_t ifindex, __be32 addr);

#endif
