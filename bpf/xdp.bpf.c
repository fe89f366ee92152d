// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path: on a port (bond0, or a plain device), where packets still bear their tags. What it
 * does not forward whole goes up untouched, to the TC programs and the kernel.
 */
#include "bond.h"
#include "express.h"
#include "forward.h"

/* V_TX: out of the port it came by; of a bond, by whatever slave. A slave that the device map lacks
 * is none. */
static __always_inline int transmit(ctx_t *ctx, struct pkt *pkt, const struct nexthop *nexthop,
				    int verdict)
{
	__u32 slave = 0;

	if (nexthop_tags(nexthop))
		slave = bond_slave_of(ctx, pkt, nexthop);
	if (slave && bpf_redirect_map(&tx_ports, slave, XDP_PASS) == XDP_REDIRECT)
		return XDP_REDIRECT;
	return verdict == V_TX ? XDP_TX : bpf_redirect_map(&tx_ports, nexthop->port, 0);
}

static __always_inline int finish(ctx_t *ctx, struct pkt *pkt, const struct nexthop *nexthop,
				  int verdict)
{
	count(pkt->slot, pkt->bytes, HOOK_XDP, verdict);
	if (verdict_is_drop(verdict))
		return XDP_DROP;
	if (!verdict_is_fast(verdict))
		return XDP_PASS;
	count_sent(nexthop->slot, pkt->bytes);
	return transmit(ctx, pkt, nexthop, verdict);
}

static __always_inline int stages(ctx_t *ctx)
{
	struct control *ctl = control_get();
	struct nexthop nexthop = {};
	struct pkt pkt = {};
	int v;

	if (!ctl)
		return XDP_PASS;
	v = receive(ctx, &pkt);
	if (!v)
		v = forward(ctx, &pkt, ctl, &nexthop);
	return finish(ctx, &pkt, &nexthop, v);
}

SEC("xdp")
int erxdp_xdp(struct xdp_md *ctx)
{
	int action = express(ctx);

	return action == EXPRESS_NOT ? stages(ctx) : action;
}

char _license[] SEC("license") = "GPL";
