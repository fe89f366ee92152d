/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors from outside about a packet of no session (RFC 5508 REQ-4). TC ingress judges them,
 * in every mode: there the socket tables are asked in the name of the device that the packet is of,
 * as a socket bound to that device wants it, while XDP runs on a port below.
 */
#ifndef BPF_SLOW_ICMP_H
#define BPF_SLOW_ICMP_H

#include "icmp_error.h"

/* May this host itself have sent the packet inside? Its sockets are asked; its echo requests, and
 * what its raw sockets sent, have sessions (slow_out.h). Protocols of which neither is known, and
 * its echo replies, are its own. A UDP tunnel's (VXLAN) source port is no socket's, but both ends
 * have one on the destination port (__udp4_lib_err_encap). */
static __always_inline bool slow_icmp_own(ctx_t *ctx, const struct pkt *pkt)
{
	struct flow outside = flow_outward(&pkt->inner, pkt->inner_proto);

	if (pkt->inner_proto == IPPROTO_ICMP)
		return pkt->inner.dport;
	if (pkt->inner_proto != IPPROTO_TCP && pkt->inner_proto != IPPROTO_UDP)
		return true;
	if (port_is_local(ctx, &outside))
		return true;
	if (pkt->inner_proto != IPPROTO_UDP)
		return false;
	outside.port = pkt->inner.dport;
	outside.remote_port = pkt->inner.sport;
	return port_is_local(ctx, &outside);
}

/* CONTINUE: the kernel's. While erxdp goes, or does not trust its tables, everything is. */
__noinline int slow_icmp_unknown(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	if (!pkt || !ctl || !control_knows_all(ctl))
		return CONTINUE;
	if (pkt->inner.saddr != pkt->ip.daddr || uplink_verify_address(pkt->slot, pkt->inner.saddr))
		return CONTINUE;
	return slow_icmp_own(ctx, pkt) ? CONTINUE : V_DROP_ICMP_NO_SESSION;
}

/* What nat_in made of an error that came by an uplink. */
static __always_inline int slow_icmp_in(ctx_t *ctx, struct pkt *pkt, struct control *ctl)
{
	if (!(pkt->flags & PKT_ICMP_ERROR))
		return CONTINUE;
	return pkt->flags & PKT_TRANSLATED ? icmp_error_judge(ctx, pkt, false)
					   : slow_icmp_unknown(ctx, pkt, ctl);
}

#endif
