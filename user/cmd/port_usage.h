/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many ports of each outside address are in use, as the sessions tell it that are shown one
 * after the other.
 */
#ifndef ERXDP_PORT_USAGE_H
#define ERXDP_PORT_USAGE_H

#include <stdint.h>

#include <erxdp/maps.h>

#include "htable.h"

/* An outside address and protocol. */
struct outside_ports {
	struct hnode node;
	struct outside_ports *next;
	__be32 addr;
	uint8_t proto;
	uint32_t ports;	   /* distinct ones; of ICMP identifiers */
	uint32_t sessions; /* that have them */
	uint64_t seen[1024];
};

/* Owns the list; zeroed it is empty. */
struct port_usage {
	uint32_t port_min, port_max; /* the range that ports are chosen from, host order */
	struct htable addresses;
	struct outside_ports *first;
};

void port_usage_begin(struct port_usage *u, const struct control *ctl);
/* Counts a session by its outside flow. 0 or -ENOMEM. */
int port_usage_add(struct port_usage *u, const struct flow *outside);
/* What the ports of nearly all flows of the protocol are chosen from. */
uint32_t port_usage_range(const struct port_usage *u, uint8_t proto);
/* Frees what it owns; it is empty then. */
void port_usage_free(struct port_usage *u);

#endif
