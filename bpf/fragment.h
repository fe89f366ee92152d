/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments in TC: the first one has the ports and is translated like any packet; how it was
 * translated is kept for a short while under the datagram's identity (RFC 791: source, destination,
 * protocol, identification), and the later ones follow it.
 */
#ifndef BPF_FRAGMENT_H
#define BPF_FRAGMENT_H

#include "maps.h"
#include "pkt.h"

/* RFC 791's lower bound for reassembly is 15 s, Linux waits 30 s (net.ipv4.ipfrag_time). */
#define FRAGMENT_LIFE 30

static __always_inline struct fragment_key fragment_key_of(const struct pkt *pkt)
{
	return (struct fragment_key){
		.saddr = pkt->ip.saddr,
		.daddr = pkt->ip.daddr,
		.id = pkt->id,
		.proto = pkt->proto,
	};
}

/* Remembers the first fragment's translation, once it is in pkt->nat. */
static __always_inline void fragment_note(const struct pkt *pkt)
{
	struct fragment_key key = fragment_key_of(pkt);
	struct fragment fragment = {
		.saddr = pkt->nat.saddr,
		.daddr = pkt->nat.daddr,
		.created = pkt->now,
	};

	if (pkt->flags & PKT_FRAGMENT_FIRST)
		bpf_map_update_elem(&fragments, &key, &fragment, BPF_ANY);
}

/* Gives a later fragment the first one's translation; false where the first one was not seen. */
static __always_inline bool fragment_follow(struct pkt *pkt)
{
	struct fragment_key key = fragment_key_of(pkt);
	struct fragment *fragment = bpf_map_lookup_elem(&fragments, &key);

	if (!fragment || pkt->now - fragment->created >= FRAGMENT_LIFE)
		return false;
	pkt->nat.saddr = fragment->saddr;
	pkt->nat.daddr = fragment->daddr;
	pkt->flags |= PKT_TRANSLATED;
	return true;
}

#endif
