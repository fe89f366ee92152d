/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the express way in TC: the packet goes to the device that the kernel routes by, which
 * puts its tags on. */
#ifndef BPF_EXPRESS_SKB_H
#define BPF_EXPRESS_SKB_H

#include "express_exit.h"
#include "express_frame.h"
#include "rewrite.h"

#define EXPRESS_HOOK  HOOK_TC_INGRESS
#define EXPRESS_IFACE (IFACE_FORWARD | IFACE_TC_ONLY) /* flags that it must have */
#define EXPRESS_DROP  2				      /* TC_ACT_SHOT */

static __always_inline int express_action(ctx_t *ctx, const struct frame *frame,
					  const struct way_out *out, __u32 port)
{
	(void)ctx;
	(void)port;
	return frame->tag.tpid ? EXPRESS_NOT : bpf_redirect(out->oif, 0);
}

/* Link and IP header, and what of the transport's is translated: written at once, since each call
 * of a helper checks anew how long the packet is, and who shares it. */
struct headers {
	__u16 macs[ETH_ALEN];
	__be16 proto;
	__u16 unchanged[4]; /* up to the TTL */
	__u16 ttl;	    /* and the protocol */
	__u16 check;
	struct tuple flow; /* of TCP and UDP, in the packet's order */
} __attribute__((packed, aligned(2)));
#define HEADERS_UNTRANSLATED __builtin_offsetof(struct headers, flow)

_Static_assert(HEADERS_UNTRANSLATED == ETH_HLEN + IP_SADDR_OFF, "a frame's headers");

static __always_inline bool express_write_headers(ctx_t *ctx, const struct frame *frame,
						  const struct way_out *out, __u64 diff)
{
	struct headers *old = ctx_at(ctx, 0, sizeof(*old)), new;
	bool same = frame_unchanged(frame);

	if (!old)
		return false;
	__builtin_memcpy(&new, old, sizeof(new));
	__builtin_memcpy(new.macs, &out->macs, sizeof(new.macs));
	new.ttl = old->ttl - bpf_htons(1 << 8);
	new.check = csum_apply(old->check, diff + csum_diff16(old->ttl, new.ttl));
	new.flow = frame->nat;
	return !bpf_skb_store_bytes(ctx, 0, &new, same ? HEADERS_UNTRANSLATED : sizeof(new), 0);
}

static __always_inline bool express_write(ctx_t *ctx, const struct frame *frame,
					  const struct way_out *out)
{
	__u64 diff = diff_addresses(&frame->ip, &frame->nat);
	bool udp = frame->proto == IPPROTO_UDP;
	__u32 l4 = ETH_HLEN + sizeof(struct iphdr);

	if (!frame_unchanged(frame) &&
	    ctx_csum_l4(ctx, l4 + (udp ? UDP_CHECK_OFF : TCP_CHECK_OFF), diff,
			csum_diff32(frame->ip.ports, frame->nat.ports), udp))
		return false;
	return express_write_headers(ctx, frame, out, diff);
}

#endif
