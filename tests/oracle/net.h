/* SPDX-License-Identifier: GPL-2.0-only */
/* The two routers' common network, as tests/net/oracle.sh builds it, and the words for its parts.
 */
#ifndef ORACLE_NET_H
#define ORACLE_NET_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

/* Addresses are in host order everywhere in the oracle; only frames are in network order. */
#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define NET_OUTSIDE	  IPV4(192, 0, 2, 2)	/* what MASQUERADE translates to */
#define NET_PROVIDER	  IPV4(10, 79, 30, 129) /* the uplink's second, private address */
#define NET_INSIDE	  IPV4(192, 168, 0, 1)	/* the router's address on the inside */
#define NET_MARKER	  IPV4(10, 0, 255, 254) /* inside end of the barrier's packets */
#define NET_MARKER_REMOTE IPV4(10, 200, 255, 254)

enum router { KERNEL, ERXDP, ROUTERS };
enum side { INSIDE, OUTSIDE, SIDES };

static inline bool net_is_exempt(uint32_t addr)
{
	return addr >> 24 == 10 || addr >> 20 == 0xac1 || addr >> 16 == 0xc0a8;
}

/* 203.0.113.192/27 unreachable, 203.0.113.224/27 prohibit. The kernel answers five times to one
 * source, then once a second, and no sysctl of a namespace changes that (ip_error). */
static inline bool net_is_unreachable(uint32_t addr)
{
	return addr >> 6 == IPV4(203, 0, 113, 192) >> 6;
}

/* Where the routes lead, of what is not unreachable. */
static inline enum side net_side(uint32_t addr)
{
	return addr >> 17 == IPV4(10, 0, 0, 0) >> 17 || addr >> 2 == NET_INSIDE >> 2 ? INSIDE
										     : OUTSIDE;
}

static inline bool net_is_router(uint32_t addr)
{
	return addr == NET_OUTSIDE || addr == NET_PROVIDER || addr == NET_INSIDE;
}

/* The smallest on the way: of a route in tests/net/oracle.sh. */
#define NET_MTU 1400

#endif
