/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stage 2: by which logical interface did the packet enter, and is it ours to forward?
 */
#ifndef BPF_CLASSIFY_H
#define BPF_CLASSIFY_H

#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>

#include "control.h"
#include "ctx.h"
#include "maps.h"
#include "pkt.h"

/* What this CPU has found in `ifaces`, which costs more than the rest of the stage: true while the
 * tables are of the same generation. */
#define IFACES_SEEN 16

struct iface_seen {
	struct iface_key key;
	__u32 generation;
	struct iface iface;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, IFACES_SEEN);
	__type(key, __u32);
	__type(value, struct iface_seen);
} ifaces_seen SEC(".maps");

static __always_inline bool iface_key_equal(const struct iface_key *a, const struct iface_key *b)
{
	const __u32 *x = (const void *)a, *y = (const void *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

static __always_inline struct iface *iface_find(struct iface_key *key, __u32 generation)
{
	__u32 place = (key->ifindex + key->tag[0].vid + key->tag[1].vid) % IFACES_SEEN;
	struct iface_seen *seen = bpf_map_lookup_elem(&ifaces_seen, &place);
	struct iface *iface;

	if (seen && seen->generation == generation && iface_key_equal(&seen->key, key))
		return &seen->iface;
	iface = bpf_map_lookup_elem(&ifaces, key);
	if (!iface || !seen)
		return iface;
	seen->key = *key;
	seen->iface = *iface;
	seen->generation = generation;
	return &seen->iface;
}

static __always_inline int classify_iface(ctx_t *ctx, struct pkt *pkt)
{
	struct iface_key key = {
		.ifindex = ctx_ifindex(ctx),
		.tag = {pkt->tag[0], pkt->tag[1]},
	};
	struct iface *iface = iface_find(&key, pkt->generation);

	if (!iface)
		return V_PASS_INTERFACE;
	pkt->slot = iface->slot;
	pkt->iface_flags = iface->flags;
	pkt->port = iface->port;
	__builtin_memcpy(pkt->mac, iface->mac, sizeof(pkt->mac));
	return CONTINUE;
}

static __always_inline bool mac_equal(const __u8 *a, const __u8 *b)
{
	const __u16 *x = (const void *)a, *y = (const void *)b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

static __always_inline int classify_mac(ctx_t *ctx, const struct pkt *pkt)
{
	__u8 *dest = ctx_at(ctx, 0, ETH_ALEN);

	if (!dest)
		return V_PASS_TRUNCATED;
	if (dest[0] & 1)
		return V_PASS_MULTICAST;
	if (!mac_equal(dest, pkt->mac))
		return V_PASS_OTHER_MAC;
	return CONTINUE;
}

/* 0/8 and 127/8: RFC 1812 sections 5.3.7 and 4.2.2.11. */
static __always_inline bool addr_is_martian(__be32 addr)
{
	__u8 first = bpf_ntohl(addr) >> 24;

	return first == 0 || first == 127;
}

/* 224/4, 240/4 and the limited broadcast. */
static __always_inline bool addr_is_multicast(__be32 addr)
{
	return bpf_ntohl(addr) >= 0xe0000000;
}

static __always_inline int classify_addresses(__be32 saddr, __be32 daddr)
{
	if (addr_is_multicast(daddr))
		return V_PASS_MULTICAST;
	if (addr_is_multicast(saddr) || addr_is_martian(saddr) || addr_is_martian(daddr) ||
	    saddr == daddr)
		return V_PASS_MARTIAN;
	return CONTINUE;
}

/* What the kernel must forward itself, however well known its route. */
static __always_inline int classify_kernel_only(const struct pkt *pkt)
{
	if (!(pkt->iface_flags & IFACE_FORWARD))
		return V_PASS_FORWARDING;
	if (pkt->flags & PKT_OPTIONS)
		return V_PASS_OPTIONS;
	if (pkt->flags & (PKT_FRAGMENT_FIRST | PKT_FRAGMENT_LATER))
		return V_PASS_FRAGMENT;
	if (pkt->ttl <= 1)
		return V_PASS_TTL;
	return CONTINUE;
}

static __always_inline int classify(ctx_t *ctx, const struct pkt *pkt)
{
	int v = classify_mac(ctx, pkt);

	if (!v)
		v = classify_addresses(pkt->ip.saddr, pkt->ip.daddr);
	if (!v)
		v = classify_kernel_only(pkt);
	return v;
}

#endif
