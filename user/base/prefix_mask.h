/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_PREFIX_MASK_H
#define ERXDP_PREFIX_MASK_H

#include <arpa/inet.h>
#include <linux/types.h>

/* The mask of a prefix of that many bits, 0 to 32. */
static inline __be32 prefix_mask(unsigned int len)
{
	return len ? htonl(~0u << (32 - len)) : 0;
}

#endif
