/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flows are translated, and to which address: exemptions, and the outside address as
 * netfilter's MASQUERADE picks it (nf_nat_masquerade_ipv4 -> inet_select_addr, scope universe).
 */
#ifndef BPF_UPLINK_H
#define BPF_UPLINK_H

#include "maps.h"
#include "route.h"

static __always_inline bool is_exempt(const struct pkt *pkt, const struct control *ctl)
{
	struct prefix_key key = {.prefixlen = 32, .addr = pkt->ip.daddr};

	if (bpf_map_lookup_elem(&exempt_dst, &key))
		return true;
	if (!(ctl->flags & CONTROL_EXEMPT_SRC))
		return false;
	key.addr = pkt->ip.saddr;
	return bpf_map_lookup_elem(&exempt_src, &key);
}

/*
 * The first address whose subnet holds `towards`, else the first one; 0 where the uplink has none
 * or its list is just being written.
 */
static __noinline __be32 uplink_address(__u32 slot, __be32 towards)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);
	__be32 chosen = 0;
	__u32 seq;

	if (!uplink)
		return 0;
	seq = *(volatile __u32 *)&uplink->seq;
	read_barrier();
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS; i++) {
		if (i >= uplink->count)
			break;
		if (!((towards ^ uplink->addr[i].addr) & uplink->addr[i].mask)) {
			chosen = uplink->addr[i].addr;
			break;
		}
		if (!chosen)
			chosen = uplink->addr[i].addr;
	}
	read_barrier();
	return (seq & 1) || *(volatile __u32 *)&uplink->seq != seq ? 0 : chosen;
}

static __noinline bool uplink_has_address(__u32 slot, __be32 addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);

	if (!uplink)
		return false;
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS; i++) {
		if (i >= uplink->count)
			break;
		if (uplink->addr[i].addr == addr)
			return true;
	}
	return false;
}

#endif
