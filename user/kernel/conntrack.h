/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's IPv4 connections (netfilter's conntrack) by ctnetlink: read, followed, deleted and
 * made. A kernel or a network namespace without connection tracking has none.
 */
#ifndef ERXDP_CONNTRACK_H
#define ERXDP_CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

/* One connection. Of a query by ICMP the ports are the identifier and 0, as in every struct flow.
 */
struct connection {
	struct flow
		sent; /* the first packet's: addr and port its sender's, remote its receiver's */
	struct flow answered; /* what answers: addr and port are where it is sent to, and differ
				 from sent.addr and port where the source is translated */
	uint32_t id;	      /* the kernel's, of this very entry */
	uint32_t status;      /* IPS_* */
	uint32_t timeout;     /* seconds it has left */
	uint8_t tcp_state;    /* enum tcp_conntrack */
	uint8_t tcp_flags[2]; /* IP_CT_TCP_FLAG_*, of who sent first and of the other */
};

struct conntrack;

/* Returns other than 0 to end the walk, which then returns that. */
typedef int (*conntrack_visit_fn)(const struct connection *connection, void *arg);

/* Subscribes to new and changed connections where `follow`. 0 or a negative errno. */
int conntrack_open(struct conntrack **ct, bool follow);
void conntrack_close(struct conntrack *ct);

/* All there are; a connection may be seen twice. 0, or a negative errno: ctnetlink is missing. */
int conntrack_dump(struct conntrack *ct, conntrack_visit_fn visit, void *arg);
/* What was announced since it was subscribed to, and within `wait` milliseconds from now; the
 * number of announcements, or -ENOBUFS where some were lost: dump again. */
int conntrack_follow(struct conntrack *ct, int wait, conntrack_visit_fn visit, void *arg);

/* Both without a word where the connection is not there any more; never another one with the same
 * addresses and ports, unless `id` is 0. */
void conntrack_delete(struct conntrack *ct, const struct connection *connection);
/* Makes one, with the translation that its two flows imply, and with tcp_flags. 0; -EEXIST where
 * one of the flows is some connection's already; -ENOMEM where the kernel's table is full. */
int conntrack_create(struct conntrack *ct, const struct connection *connection);

/* How many there are, translated or not, without ctnetlink; 0 where nobody tracks. */
unsigned long conntrack_count(void);

#endif
