/* SPDX-License-Identifier: GPL-2.0-only */
/* First packets of inside hosts, and the outside ports that they get. */
#ifndef TEST_PORTS_H
#define TEST_PORTS_H

#include "cases.h"

#define DEST_PORT 443
#define REFUSED	  -1	      /* no port left */
#define HOST_BASE 0x0a000000U /* 10.0.0.0, the inside hosts count from */

struct first_packet {
	enum hook hook;
	uint8_t proto;
	uint32_t src; /* host order */
	uint16_t port, dest_port;
};

/* The outside port of a first packet to the server, or REFUSED; any other verdict fails. */
int port_of(const struct first_packet *p);
/* The same of UDP in XDP from the n-th inside host. */
int udp_port(uint32_t host, uint16_t port);
/* The UDP session of an outside port ends by its timeout; the server's late answer removes it. */
void end_session(uint16_t outside);
/* What the configuration says of outside ports. */
void set_range(uint16_t min, uint16_t max);

/* A test with a sentence for a name. */
#define TEST(function, sentence)                         \
	{                                                \
		.name = sentence, .test_func = function, \
	}

#endif
