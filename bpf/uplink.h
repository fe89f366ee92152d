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
 * The first address whose subnet holds `towards`, else the first one. CONTINUE, V_DROP_NO_ADDRESS
 * where the uplink has none, V_PASS_BUSY where its list is just being written.
 */
__noinline int uplink_address(__u32 slot, __be32 towards, __be32 *addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);
	__be32 chosen = 0;
	__u32 seq;

	if (!uplink || !addr)
		return V_DROP_NO_ADDRESS;
	seq = *(volatile __u32 *)&uplink->seq;
	read_barrier();
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS; i++) {
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

/* Does the uplink have this address? The answers as above. */
__noinline int uplink_verify_address(__u32 slot, __be32 addr)
{
	struct uplink *uplink = bpf_map_lookup_elem(&uplinks, &slot);
	int v = V_DROP_NO_ADDRESS;
	__u32 seq;

	if (!uplink)
		return v;
	seq = *(volatile __u32 *)&uplink->seq;
	read_barrier();
	for (__u32 i = 0; i < ERXDP_MAX_ADDRS; i++) {
		if (i >= uplink->count)
			break;
		if (uplink->addr[i].addr == addr)
			v = CONTINUE;
	}
	read_barrier();
	return (seq & 1) || *(volatile __u32 *)&uplink->seq != seq ? V_PASS_BUSY : v;
}

#endif
