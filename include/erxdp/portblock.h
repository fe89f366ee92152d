/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Port blocks (RFC 7422 section 2): each inside host of a prefix has one block of ports of one
 * outside address, computed and never stored, so that an outside address, a port and the
 * configuration of the day tell the host without a log of sessions.
 *
 *   HOST     = inside address - first address of the prefix
 *   BLOCKS   = (LAST + 1 - FIRST) / SIZE     whole blocks of one outside address
 *   address  = HOST / BLOCKS                 which of the outside addresses, from 0
 *   port     = FIRST + HOST % BLOCKS * SIZE  the first of SIZE ports
 *
 * and back: HOST = address * BLOCKS + (port - FIRST) / SIZE. FIRST is the lowest configured port,
 * but not below 1024 (the well-known ports are nobody's block) unless the configured range ends
 * there; LAST is the highest. Addresses and ports here are host byte order.
 */
#ifndef ERXDP_PORTBLOCK_H
#define ERXDP_PORTBLOCK_H

#include <linux/types.h>

#include <erxdp/maps.h>

#define PORTBLOCK_WELL_KNOWN 1024
#define PORTBLOCK_NONE	     0xffffffffU

struct portblock_plan {
	__u32 prefix;	 /* first inside address */
	__u32 prefixlen; /* 0-32 */
	__u32 first, last;
	__u32 size; /* ports of a block; 0: there are no blocks */
};

struct portblock {
	__u32 address; /* index of the outside address */
	__u32 first;   /* lowest port */
	__u32 size;
};

static inline __u32 portblock_swap(__be32 addr)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(addr);
#else
	return addr;
#endif
}

static inline struct portblock_plan portblock_plan_of(const struct policy *policy,
						      const struct control *ctl)
{
	struct portblock_plan plan = {
		.prefix = portblock_swap(policy->block_prefix),
		.prefixlen = policy->block_prefixlen,
		.first = ctl->port_min,
		.last = ctl->port_max,
		.size = policy->block_size,
	};

	if (plan.first < PORTBLOCK_WELL_KNOWN && plan.last >= PORTBLOCK_WELL_KNOWN)
		plan.first = PORTBLOCK_WELL_KNOWN;
	return plan;
}

/* Whole blocks of one outside address. */
static inline __u32 portblock_count(const struct portblock_plan *plan)
{
	if (!plan->size || plan->last < plan->first)
		return 0;
	return (plan->last + 1 - plan->first) / plan->size;
}

/* Is this an inside host that has a block? */
static inline int portblock_covers(const struct portblock_plan *plan, __u32 inside)
{
	if (!plan->size)
		return 0;
	return !plan->prefixlen || !((inside ^ plan->prefix) >> (32 - plan->prefixlen));
}

/* The block of an inside host: 0, or -1 where it has none. The caller knows how many outside
 * addresses there are. */
static inline int portblock_of(const struct portblock_plan *plan, __u32 inside,
			       struct portblock *block)
{
	__u32 blocks = portblock_count(plan);
	__u32 host = inside - plan->prefix;

	if (!blocks || !portblock_covers(plan, inside))
		return -1;
	block->address = host / blocks;
	block->first = plan->first + host % blocks * plan->size;
	block->size = plan->size;
	return 0;
}

/* The inside host that a port of the outside address of that index belongs to: 0, or -1 where no
 * block holds it. */
static inline int portblock_owner(const struct portblock_plan *plan, __u32 address, __u32 port,
				  __u32 *inside)
{
	__u32 blocks = portblock_count(plan);
	__u32 number;
	__u64 host;

	if (!blocks || port < plan->first || port > plan->last)
		return -1;
	number = (port - plan->first) / plan->size;
	host = (__u64)address * blocks + number;
	if (number >= blocks || host >> (32 - plan->prefixlen))
		return -1;
	*inside = plan->prefix + host;
	return 0;
}

/* Which address of the pool the host's block lies on; PORTBLOCK_NONE where the host has no block,
 * and the address is chosen as without blocks. */
static inline __u32 portblock_address_index(const struct policy *policy, const struct control *ctl,
					    __be32 inside)
{
	struct portblock_plan plan = portblock_plan_of(policy, ctl);
	struct portblock block;

	if (portblock_of(&plan, portblock_swap(inside), &block))
		return PORTBLOCK_NONE;
	return block.address;
}

#endif
