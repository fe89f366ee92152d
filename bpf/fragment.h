/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments in TC: the first one has the ports and is translated like any packet; how it was
 * translated is kept for a short while under the datagram's identity (RFC 791: source, destination,
 * protocol, identification), and the later ones follow it.
 * held.h has what comes out of order.
 */
#ifndef BPF_FRAGMENT_H
#define BPF_FRAGMENT_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>

#include "maps.h"
#include "parse.h"
#include "pkt.h"

/* RFC 791's lower bound for reassembly is 15 s, Linux waits 30 s (net.ipv4.ipfrag_time). */
#define FRAGMENT_LIFE 30

#define IP_FRAGMENT_OFF 6

static __always_inline struct fragment_key fragment_key_of(const struct pkt *pkt)
{
	return (struct fragment_key){
		.saddr = pkt->ip.saddr,
		.daddr = pkt->ip.daddr,
		.id = pkt->id,
		.proto = pkt->proto,
	};
}

static __always_inline __u32 fragment_payload(const struct pkt *pkt)
{
	return pkt->tot_len - (pkt->l4 - pkt->l3);
}

/* Are the octets of the datagram all there? An identification may be used again then, which it is
 * within seconds by a sender of many (RFC 4963). */
static __always_inline bool fragment_whole(const struct fragment *fragment)
{
	return fragment->total && fragment->seen >= fragment->total;
}

/*
 * Remembers the first fragment's translation, once it is in pkt->nat; does nothing for a packet
 * that is none. CONTINUE, or V_DROP_FRAGMENT for a second first fragment with another translation:
 * the rest of the datagram belongs to the one that came first (RFC 3128).
 */
__noinline int fragment_note(struct pkt *pkt)
{
	struct fragment fresh = {};
	struct fragment_key key;
	struct fragment *old;

	if (!pkt || !(pkt->flags & PKT_FRAGMENT_FIRST))
		return CONTINUE;
	key = fragment_key_of(pkt);
	fresh.saddr = pkt->nat.saddr;
	fresh.daddr = pkt->nat.daddr;
	fresh.created = pkt->now;
	fresh.seen = fragment_payload(pkt);
	old = bpf_map_lookup_elem(&fragments, &key);
	if (old && pkt->now - old->created < FRAGMENT_LIFE && !fragment_whole(old) &&
	    (old->saddr != fresh.saddr || old->daddr != fresh.daddr))
		return V_DROP_FRAGMENT;
	bpf_map_update_elem(&fragments, &key, &fresh, BPF_ANY);
	return CONTINUE;
}

/* Was the first one of this datagram translated? */
static __always_inline bool fragment_known(const struct pkt *pkt)
{
	struct fragment_key key = fragment_key_of(pkt);
	struct fragment *fragment = bpf_map_lookup_elem(&fragments, &key);

	return fragment && pkt->now - fragment->created < FRAGMENT_LIFE;
}

/* The fragment's flags and offset in host byte order; 0 where they cannot be read. */
static __always_inline __u32 fragment_word(ctx_t *ctx, const struct pkt *pkt)
{
	__be16 *word = ctx_at(ctx, pkt->l3 + IP_FRAGMENT_OFF, sizeof(*word));

	return word ? bpf_ntohs(*word) : 0;
}

/* RFC 1858 section 3.2.2: would it lie over the TCP header that the first one was judged by? No
 * honest sender's does. */
static __always_inline bool fragment_overlays(const struct pkt *pkt, __u32 word)
{
	return pkt->proto == IPPROTO_TCP &&
	       (word & bpf_ntohs(IP_OFFSET)) * 8 < sizeof(struct tcphdr);
}

/* Gives a later fragment the first one's translation: CONTINUE; V_DROP_FRAGMENT where the first one
 * was not seen, V_DROP_MALFORMED for an overlay. */
__noinline int fragment_follow(ctx_t *ctx, struct pkt *pkt)
{
	struct fragment *fragment;
	struct fragment_key key;
	__u32 word;

	if (!pkt)
		return V_DROP_FRAGMENT;
	key = fragment_key_of(pkt);
	fragment = bpf_map_lookup_elem(&fragments, &key);
	if (!fragment || pkt->now - fragment->created >= FRAGMENT_LIFE)
		return V_DROP_FRAGMENT;
	word = fragment_word(ctx, pkt);
	if (fragment_overlays(pkt, word))
		return V_DROP_MALFORMED;
	__sync_fetch_and_add(&fragment->seen, fragment_payload(pkt));
	if (!(word & bpf_ntohs(IP_MF)))
		fragment->total = (word & bpf_ntohs(IP_OFFSET)) * 8 + fragment_payload(pkt);
	pkt->nat.saddr = fragment->saddr;
	pkt->nat.daddr = fragment->daddr;
	pkt->flags |= PKT_TRANSLATED;
	return CONTINUE;
}

#endif
