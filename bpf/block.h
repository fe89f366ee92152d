/* SPDX-License-Identifier: GPL-2.0-only */
/* The outside address of a host with a port block: the formula gives it, not the pool's choice. */
#ifndef BPF_BLOCK_H
#define BPF_BLOCK_H

#include <erxdp/portblock.h>

#include "maps.h"
#include "policy.h"

static __always_inline int block_pool_address(__u32 slot, __u64 index, __be32 *addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);

	if (!uplink)
		return V_DROP_NO_ADDRESS;
	if (!uplink->npool)
		return index ? V_DROP_NO_PORT : CONTINUE;
	if (index >= uplink->npool)
		return V_DROP_NO_PORT;
	/* The verifier must see the bound on all 64 bits, which the compiler would optimise away.
	 */
	asm volatile("" : "+r"(index));
	*addr = uplink->pool[index & (ERXDP_MAX_POOL - 1)];
	return CONTINUE;
}

/* Changes session->outside.addr, once session->policy, uplink and inside.addr are known. CONTINUE;
 * V_DROP_NO_PORT for a host whose block would lie on an address more than there are. */
__noinline int block_address(struct control *ctl, struct session *session)
{
	struct policy *policy;
	__u32 index;

	if (!ctl || !session)
		return V_DROP_REWRITE;
	policy = policy_get(session->policy);
	if (!policy || !policy->block_size)
		return CONTINUE;
	index = portblock_address_index(policy, ctl, session->inside.addr);
	if (index == PORTBLOCK_NONE)
		return CONTINUE;
	return block_pool_address(session->uplink, index, &session->outside.addr);
}

#endif
