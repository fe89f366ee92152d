/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocols that are translated by address alone, with 0 for both ports: what answers is told apart
 * by its sender only, so that one inside host at a time speaks such a protocol with a peer. Their
 * checksums do not cover the addresses (SCTP's CRC32c, RFC 9260 section 6.8; ESP's and GRE's own),
 * but for UDP-Lite's, which can be mended (RFC 3828 section 3.1). AH's can not, DCCP's is the
 * kernel's module's business.
 */
#ifndef ERXDP_PROTOCOL_H
#define ERXDP_PROTOCOL_H

#include <linux/types.h>

enum protocol_by_address {
	PROTOCOL_IPIP = 4,
	PROTOCOL_6IN4 = 41,
	PROTOCOL_GRE = 47,
	PROTOCOL_ESP = 50,
	PROTOCOL_L2TP = 115, /* L2TPv3 over IP, RFC 3931; over UDP it is UDP */
	PROTOCOL_SCTP = 132,
	PROTOCOL_UDPLITE = 136,
};

static inline int protocol_by_address(__u8 proto)
{
	switch (proto) {
	case PROTOCOL_IPIP:
	case PROTOCOL_6IN4:
	case PROTOCOL_GRE:
	case PROTOCOL_ESP:
	case PROTOCOL_L2TP:
	case PROTOCOL_SCTP:
	case PROTOCOL_UDPLITE:
		return 1;
	default:
		return 0;
	}
}

#endif
