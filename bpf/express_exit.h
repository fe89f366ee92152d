/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a frame leaves on the express way: what of a nexthop it needs. */
#ifndef BPF_EXPRESS_EXIT_H
#define BPF_EXPRESS_EXIT_H

#include <linux/if_ether.h>

#include "maps.h"
#include "pkt.h"
#include "route.h"

#define EXPRESS_NOT -2 /* no action of either hook */

/* A frame's addresses, in words. */
union macs {
	struct {
		__u8 dest[ETH_ALEN], source[ETH_ALEN];
	};
	__u32 word[3];
};

struct way_out {
	union macs macs;
	struct vlan_tag tag; /* tpid 0: none */
	__u32 flags;	     /* enum nexthop_flags */
	__u32 port;
	__u32 oif;
	__u16 slot;
};

_Static_assert(__builtin_offsetof(struct nexthop, smac) ==
			       __builtin_offsetof(struct nexthop, dmac) + ETH_ALEN &&
		       __builtin_offsetof(struct nexthop, dmac) % sizeof(__u32) == 0,
	       "a nexthop's addresses lie as a frame's");

static __always_inline bool way_out_ready(__u32 flags)
{
	return (flags & (NEXTHOP_DOWN | NEXTHOP_TRANSMIT)) == NEXTHOP_TRANSMIT &&
	       flags & (NEXTHOP_RESOLVED | NEXTHOP_ONLINK);
}

/* Reads the nexthop under its sequence count. False where a packet of `len` octets cannot leave by
 * it, or the stages must have a look. */
static __always_inline bool way_out_read(__u32 index, __u32 len, struct way_out *out)
{
	struct nexthop *nexthop = bpf_map_lookup_elem(&nexthops, &index);
	__u32 seq, mtu, inner;

	if (!nexthop)
		return false;
	seq = *(volatile __u32 *)&nexthop->seq;
	read_barrier();
	out->flags = nexthop->flags;
	out->port = nexthop->port;
	out->oif = nexthop->oif;
	out->slot = nexthop->slot;
	out->tag = nexthop->tag[0];
	inner = nexthop->tag[1].tpid;
	mtu = nexthop->mtu;
	out->macs = *(union macs *)nexthop->dmac;
	read_barrier();
	if ((seq & 1) || *(volatile __u32 *)&nexthop->seq != seq)
		return false;
	return way_out_ready(out->flags) && !inner && len <= mtu;
}

/* The address of a destination that is its own neighbour. */
static __always_inline bool way_out_resolve(struct way_out *out, __be32 daddr, __u32 now)
{
	return !(out->flags & NEXTHOP_ONLINK) ||
	       neighbour_mac(out->oif, daddr, now, out->macs.dest);
}

#endif
