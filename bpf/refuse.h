/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet for which no session can be made. Its sender gets ICMP "administratively prohibited"
 * (type 3 code 13), so that it need not wait for its timeout; a few a second, as an answer to a
 * flood helps nobody. The program cannot send it: the packet goes up, TC ingress finds its flow in
 * `refused_flows` and marks it REFUSED, and erxdp's nft table answers. Without CONTROL_ANSWER, or
 * with this second's answers given, it ends here.
 */
#ifndef BPF_REFUSE_H
#define BPF_REFUSE_H

#include "maps.h"
#include "nat.h"
#include "pkt.h"

#define REFUSE_ANSWERS 100 /* a second, of all CPUs */

static __always_inline bool refuse_kind(int verdict)
{
	return verdict == V_DROP_NO_PORT || verdict == V_DROP_TABLE_FULL ||
	       (verdict >= V_DROP_HOST_LIMIT && verdict <= V_DROP_PEER_BUSY);
}

/* For the daemon's log. */
static __always_inline void refuse_note(const struct pkt *pkt, int verdict)
{
	__u32 zero = 0;
	struct refused *at = bpf_map_lookup_elem(&refused, &zero);

	if (!at)
		return;
	at->count++;
	at->inside = flow_outward(&pkt->ip, pkt->proto);
	at->verdict = verdict;
	at->second = pkt->now;
}

/* CPUs that meet at the turn of a second may give some more. */
static __always_inline bool refuse_may_answer(__u32 now)
{
	__u32 zero = 0;
	struct answers *at = bpf_map_lookup_elem(&answers, &zero);

	if (!at)
		return false;
	if (at->second != now) {
		at->second = now;
		at->count = 0;
	}
	return at->count < REFUSE_ANSWERS && __sync_fetch_and_add(&at->count, 1) < REFUSE_ANSWERS;
}

/* V_PASS_REFUSED where the kernel is to answer, else `verdict`. */
__noinline int refuse(struct pkt *pkt, struct control *ctl, int verdict)
{
	struct flow inside;
	__u32 now;
	int err;

	if (!pkt || !ctl)
		return verdict;
	refuse_note(pkt, verdict);
	now = pkt->now;
	if (!(ctl->flags & CONTROL_ANSWER) || !refuse_may_answer(now))
		return verdict;
	inside = flow_outward(&pkt->ip, pkt->proto);
	err = bpf_map_update_elem(&refused_flows, &inside, &now, BPF_ANY);
	return err ? verdict : V_PASS_REFUSED;
}

/* Was this packet refused on its way here? Asked once of each. */
static __always_inline bool refuse_pending(struct flow *inside, const struct control *ctl,
					   __u32 now)
{
	__u32 *at;
	bool fresh;

	if (!(ctl->flags & CONTROL_ANSWER))
		return false;
	at = bpf_map_lookup_elem(&refused_flows, inside);
	if (!at)
		return false;
	fresh = now - *at <= 1;
	bpf_map_delete_elem(&refused_flows, inside);
	return fresh;
}

#endif
