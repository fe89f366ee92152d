/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To which address a flow is translated: the outside address as netfilter's MASQUERADE picks it
 * (nf_nat_masquerade_ipv4 -> inet_select_addr, scope universe).
 */
#ifndef BPF_UPLINK_H
#define BPF_UPLINK_H

#include <erxdp/pool.h>

#include "maps.h"
#include "route.h"

/* The address of the pool that the inside host has; 0: there is no pool. */
static __always_inline __be32 uplink_pool_address(const struct uplink *uplink, __be32 inside)
{
	__u32 weight, best = 0;
	__be32 chosen = 0;

	for (__u32 i = 0; i < ERXDP_MAX_POOL; i++) {
		if (i >= uplink->npool)
			break;
		weight = pool_weight(inside, uplink->pool[i]);
		if (chosen && weight <= best)
			continue;
		best = weight;
		chosen = uplink->pool[i];
	}
	return chosen;
}

static __always_inline bool uplink_pool_has(const struct uplink *uplink, __be32 addr)
{
	for (__u32 i = 0; i < ERXDP_MAX_POOL; i++) {
		if (i >= uplink->npool)
			break;
		if (uplink->pool[i] == addr)
			return true;
	}
	return false;
}

/*
 * The pool's address for the host `inside`; without a pool the first address whose subnet holds
 * `towards`, else the first one. CONTINUE, V_DROP_NO_ADDRESS where the uplink has none, V_PASS_BUSY
 * where its list is just being written.
 */
__noinline int uplink_address(__u32 slot, __be32 towards, __be32 inside, __be32 *addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);
	bool pooled;
	__be32 chosen;
	__u32 seq;

	if (!uplink || !addr)
		return V_DROP_NO_ADDRESS;
	seq = *(volatile __u32 *)&uplink->seq;
	read_barrier();
	chosen = uplink_pool_address(uplink, inside);
	pooled = chosen;
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS && !pooled; i++) {
		if (i >= uplink->count)
			break;
		if (!((towards ^ uplink->addr[i].net) & uplink->addr[i].mask)) {
			chosen = uplink->addr[i].addr;
			break;
		}
		if (!chosen)
			chosen = uplink->addr[i].addr;
	}
	read_barrier();
	if ((seq & 1) || *(volatile __u32 *)&uplink->seq != seq)
		return V_PASS_BUSY;
	*addr = chosen;
	return chosen ? CONTINUE : V_DROP_NO_ADDRESS;
}

/* Does the uplink have this address, of its own or in its pool? The answers as above. */
static __always_inline int uplink_verify(__u32 slot, __be32 addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);
	int v = V_DROP_NO_ADDRESS;
	__u32 seq;

	if (!uplink)
		return v;
	seq = *(volatile __u32 *)&uplink->seq;
	read_barrier();
	if (uplink_pool_has(uplink, addr))
		v = CONTINUE;
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS; i++) {
		if (i >= uplink->count)
			break;
		if (uplink->addr[i].addr == addr)
			v = CONTINUE;
	}
	read_barrier();
	return (seq & 1) || *(volatile __u32 *)&uplink->seq != seq ? V_PASS_BUSY : v;
}

__noinline int uplink_verify_address(__u32 slot, __be32 addr)
{
	return uplink_verify(slot, addr);
}

/*
 * A packet to no session and to no address of this host's, that a route leads out by an uplink:
 * where it came from one, and is to an address of that one's pool, it would go round between this
 * host and the provider.
 */
__noinline bool uplink_would_loop(struct pkt *pkt)
{
	struct uplink *uplink;
	__u32 slot;

	if (!pkt || !(pkt->iface_flags & IFACE_UPLINK))
		return false;
	slot = pkt->slot;
	uplink = bpf_map_lookup_elem(&uplinks, &slot);
	return uplink && uplink_pool_has(uplink, pkt->ip.daddr);
}

/* It may be an answer to a connection of the kernel's that is no session yet. */
static __always_inline int uplink_loop_verdict(const struct control *ctl)
{
	return ctl->flags & CONTROL_CHANGEOVER ? V_PASS_SUSPENDED : V_DROP_FILTERED;
}

#endif
