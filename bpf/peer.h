/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocols without ports (include/erxdp/protocol.h). The mapping of outside address, peer and
 * protocol is one inside host's while its session lives, as with netfilter's unknown protocols
 * (nf_nat_l4proto_unique_tuple); a tunnel of this host's own comes before any of them.
 */
#ifndef BPF_PEER_H
#define BPF_PEER_H

#include <erxdp/protocol.h>

#include "maps.h"
#include "session.h"

/* Claims the peer of `outside`, ports 0, for `inside`: CONTINUE, V_DROP_PEER_BUSY,
 * V_DROP_TABLE_FULL. */
static __noinline int peer_claim(struct control *ctl, struct flow *outside, struct flow *inside,
				 __u32 now)
{
	struct flow holder;
	int v;

	outside->port = 0;
	v = mapping_claim(outside, inside);
	/* Looking for the holder removes it where it has expired. */
	if (v == V_DROP_NO_PORT && !session_find_outside(outside, &holder, ctl, now))
		v = mapping_claim(outside, inside);
	return v == V_DROP_NO_PORT ? V_DROP_PEER_BUSY : v;
}

#endif
