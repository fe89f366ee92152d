/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments that come before their datagram's first one (RFC 4787 REQ-14): a copy waits in `held`,
 * and follows the first one when that has been translated.
 *
 * To an outside address, from outside or hairpinned, nobody can say yet whether they are for an
 * inside host or for this one, so the kernel gets them too, as it always did. Where the first one
 * is this host's, nothing was lost; where it is a session's, what the kernel has of the datagram
 * under the outside address never becomes whole, and ends with its own limits (net.ipv4.ipfrag_*).
 * At TC egress there are none where the kernel tracks connections: it puts datagrams together
 * before it routes them.
 *
 * The table is bounded and forgets its oldest: a flood costs it, and nothing else. Leaving it to
 * the kernel's reassembly in both directions would cost everybody's fragments the 4 MB that it has.
 */
#ifndef BPF_HELD_H
#define BPF_HELD_H

#include "fragment.h"
#include "mark.h"
#include "rewrite.h"
#include "verdict.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ERXDP_MAX_HELD);
	__type(key, struct held_key);
	__type(value, struct held);
} held SEC(".maps");

/* Where an entry is put together: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct held);
} held_scratch SEC(".maps");

/* A packet's length within what an entry takes, or 0. Two comparisons that the compiler must not
 * make one of: the verifier would not see what it says of `len`. */
static __always_inline __u32 held_len(__u32 len)
{
	if (len > ERXDP_HELD_BYTES)
		return 0;
	asm volatile("" : "+r"(len));
	return len < sizeof(struct iphdr) ? 0 : len;
}

/* The packet as an entry, or NULL where it is too large. */
static __always_inline struct held *held_copy(ctx_t *ctx, const struct pkt *pkt)
{
	__u32 zero = 0, len = held_len(pkt->tot_len);
	struct held *copy = bpf_map_lookup_elem(&held_scratch, &zero);

	if (!copy || !len)
		return NULL;
	if (bpf_skb_load_bytes(ctx, pkt->l3, copy->packet, len))
		return NULL;
	copy->created = pkt->now;
	copy->serial = bpf_get_prandom_u32();
	copy->len = len;
	return copy;
}

/* The first number of the datagram that is free; ERXDP_HELD_EACH where it has too many. */
static __always_inline __u32 held_number(struct held_key *key, __u32 now)
{
	struct held *old;

	for (__u32 n = 0; n < ERXDP_HELD_EACH; n++) {
		key->n = n;
		old = bpf_map_lookup_elem(&held, key);
		if (!old || now - old->created >= FRAGMENT_LIFE)
			return n;
	}
	return ERXDP_HELD_EACH;
}

/*
 * A later fragment whose first one was not seen. V_DROP_HELD with a copy kept; V_DROP_FRAGMENT
 * where there is no room for it; CONTINUE with PKT_TRANSLATED where the first one has just come by
 * on another CPU.
 */
__noinline int held_keep(ctx_t *ctx, struct pkt *pkt)
{
	struct held_key key;
	struct held *copy;

	if (!pkt || fragment_overlays(pkt, fragment_word(ctx, pkt)))
		return V_DROP_FRAGMENT;
	key.datagram = fragment_key_of(pkt);
	if (held_number(&key, pkt->now) == ERXDP_HELD_EACH)
		return V_DROP_FRAGMENT;
	copy = held_copy(ctx, pkt);
	if (!copy)
		return V_DROP_FRAGMENT;
	bpf_map_update_elem(&held, &key, copy, BPF_ANY);
	if (fragment_follow(ctx, pkt))
		return V_DROP_HELD;
	bpf_map_delete_elem(&held, &key);
	return CONTINUE;
}

/* Makes the packet in `ctx` the fragment in `entry`, translated as `pkt` says. */
static __always_inline int held_put(ctx_t *ctx, struct pkt *pkt, const struct held *entry)
{
	__u32 len = held_len(entry->len);

	if (!len || bpf_skb_change_tail(ctx, pkt->l3 + len, 0))
		return -1;
	if (bpf_skb_store_bytes(ctx, pkt->l3, entry->packet, len, BPF_F_RECOMPUTE_CSUM))
		return -1;
	return rewrite_ip(ctx, pkt, 0);
}

/*
 * The first fragment, translated in `ctx` already, and what is held of its datagram go on: each but
 * the last is sent to the device's own hook once more as a clone (`flags` BPF_F_INGRESS or 0),
 * marked so that it is not looked at again, and the last one is what `ctx` is afterwards. Not
 * CONTINUE: `ctx` is of no use any more.
 */
__noinline int held_release(ctx_t *ctx, struct pkt *pkt, struct control *ctl, __u32 flags)
{
	struct held_key key;
	struct held *entry;
	__u32 serial;

	if (!pkt || !ctl)
		return V_DROP_REWRITE;
	if (!(pkt->flags & PKT_FRAGMENT_FIRST))
		return CONTINUE;
	key.datagram = fragment_key_of(pkt);
	pkt->flags &= ~(PKT_PORTS | PKT_ICMP_ERROR);
	for (__u32 n = 0; n < ERXDP_HELD_EACH; n++) {
		key.n = n;
		entry = bpf_map_lookup_elem(&held, &key);
		if (!entry) /* or it was forgotten: without it no datagram becomes whole */
			break;
		if (pkt->now - entry->created >= FRAGMENT_LIFE) {
			bpf_map_delete_elem(&held, &key);
			continue;
		}
		serial = *(volatile __u32 *)&entry->serial;
		mark_set(ctx, ctl, ERXDP_MARK_FORWARDED);
		if (bpf_clone_redirect(ctx, ctx->ifindex, flags) || held_put(ctx, pkt, entry))
			return V_DROP_REWRITE;
		if (bpf_map_lookup_elem(&held, &key) != entry ||
		    *(volatile __u32 *)&entry->serial != serial)
			return V_DROP_REWRITE;
		bpf_map_delete_elem(&held, &key);
		mark_set(ctx, ctl, 0);
		if (!(flags & BPF_F_INGRESS))
			count_sent(pkt->slot, ctx->len);
	}
	return CONTINUE;
}

#endif
