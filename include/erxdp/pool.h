/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which address of a pool an inside host has (RFC 4787 REQ-2, RFC 6888 REQ-2: paired, all its
 * sessions have the same one): the one with the highest weight for it (rendezvous hashing). So the
 * choice is the same after a restart, and an address that is added or removed moves only the hosts
 * that get or had it.
 */
#ifndef ERXDP_POOL_H
#define ERXDP_POOL_H

#include <linux/types.h>

static inline __u32 pool_weight(__be32 inside, __be32 outside)
{
	__u32 hash = inside;

	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13 ^ outside) * 0xc2b2ae35;
	hash = (hash ^ hash >> 15) * 0x9e3779b1;
	return hash ^ hash >> 16;
}

#endif
