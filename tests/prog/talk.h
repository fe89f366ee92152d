/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conversations through the programs: packets in, addresses and ports of what comes out. For tests
 * of owners of outside endpoints, where one packet's translation follows from an earlier one's.
 */
#ifndef TEST_TALK_H
#define TEST_TALK_H

#include "cases.h"

/* Which program is the entry. */
extern enum hook talk_hook;

struct heard {
	int verdict;
	uint32_t src, dst; /* network byte order */
	uint16_t sport, dport;
};

/* Sends a packet that comes in by `slot`; what comes out has right checksums. ICMP: an echo request
 * from inside, a reply from outside, whose identifier is the inside port. */
struct heard talk(unsigned int slot, uint8_t proto, const char *src, uint16_t sport,
		  const char *dst, uint16_t dport, uint8_t tcp_flags);

/* From an inside host by VLAN 1000, and from outside by the uplink. */
struct heard udp_out(const char *src, uint16_t sport, const char *dst, uint16_t dport);
struct heard udp_in(const char *src, uint16_t sport, uint16_t dport);
struct heard syn_out(const char *src, uint16_t sport, const char *dst, uint16_t dport);
struct heard syn_in(const char *src, uint16_t sport, uint16_t dport);
struct heard echo_out(const char *src, uint16_t id, const char *dst);

/* Fails unless it was sent to this inside host, or as this outside address and port. */
void heard_by(struct heard heard, const char *dst, uint16_t dport);
void heard_as(struct heard heard, const char *src, uint16_t sport);

/* A fresh scenario with policy 0 for all. */
void talk_reset(enum policy_behaviour behaviour, enum policy_filtering filtering);
/* The same in a scenario that is there, for the `arrange` of a case. */
void policy_rfc(enum policy_filtering filtering);
void forward_put(uint8_t proto, const char *outside, uint16_t port, const char *inside,
		 uint16_t inside_port);
bool owner_get(uint8_t proto, const char *outside, uint16_t port, struct endpoint_owner *owner);
void owner_write(uint8_t proto, const char *outside, uint16_t port,
		 const struct endpoint_owner *owner);
/* Makes a mapping and what it permits idle for that long. */
void owner_age(uint8_t proto, const char *outside, uint16_t port, uint32_t seconds);

/* A socket of this host's own on the port, at all addresses: one of SOCK_STREAM listens. */
int talk_socket(int type, uint16_t port);

/* Each row as a test in XDP and as one in TC, then the tests once with each talk_hook. */
int talk_main(const char *group, const struct pcase *cases, unsigned int ncases,
	      const struct CMUnitTest *tests, unsigned int ntests);

#endif
