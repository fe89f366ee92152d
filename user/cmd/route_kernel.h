/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own answer to the question where a packet goes (RTM_GETROUTE), and whether the
 * programs would do the same. */
#ifndef ERXDP_ROUTE_KERNEL_H
#define ERXDP_ROUTE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct route_view;

struct kernel_route {
	int error;	   /* 0, or the negative errno with which the kernel refuses to send */
	unsigned int type; /* RTN_* */
	uint32_t oif;
	__be32 gateway; /* 0: none */
	bool foreign;	/* the gateway is not an IPv4 one */
	/* Of the entry that matched; not known where has_match is false. */
	bool has_match;
	__be32 dst;
	unsigned int len;
	uint32_t table;
	unsigned int protocol;
};

/* 0 or a negative errno of asking. */
int kernel_route_get(__be32 addr, struct kernel_route *route);
/* True when a packet goes the same way by both. */
bool kernel_route_agrees(const struct kernel_route *kernel, const struct route_view *programs);
/* "unicast", "local", ..., or what the kernel's refusal means: "blackhole", "no route". */
const char *kernel_route_type(const struct kernel_route *route);

#endif
