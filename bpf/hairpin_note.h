/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What TC egress must know of a hairpinned packet that the kernel forwards: its destination was
 * translated at TC ingress, its source is to be at TC egress, and the session that says to what
 * cannot be found by the packet any more. TC ingress notes it here.
 */
#ifndef BPF_HAIRPIN_NOTE_H
#define BPF_HAIRPIN_NOTE_H

#include "fragment.h"
#include "nat.h"

/* A packet is noted a moment before it leaves; what the kernel says of it may come later: that a
 * neighbour does not answer, after 3 s (net.ipv4.neigh.*.mcast_solicit times retrans_time_ms). Not
 * longer, since an error about a packet that went by the inside address, between the same ports, is
 * not to be told from it. */
#define HAIRPIN_NOTE_LIFE 10

/* Flows on their way at a time; one that is forgotten leaves with its sender's inside address. */
#define HAIRPIN_MAX_NOTES 4096

struct hairpin_note {
	__be32 saddr; /* the sender's, as the receiver is to see it */
	__be32 daddr; /* the receiver's, as the sender knows it */
	__be16 sport;
	__be16 dport;
	__u32 noted; /* CLOCK_MONOTONIC seconds */
};

/* The key is the flow between the two inside addresses: as the packet is while the kernel has it.
 * Ports are 0 where the packet has none (ICMP errors, protocols by address). */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, HAIRPIN_MAX_NOTES);
	__type(key, struct flow);
	__type(value, struct hairpin_note);
} hairpin_notes SEC(".maps");

/* The later fragments of a datagram have no ports to find a note by: they follow `fragments`. */
static __always_inline void hairpin_note_fragments(const struct pkt *pkt)
{
	struct fragment_key key = fragment_key_of(pkt);
	struct fragment way = {
		.saddr = pkt->nat.saddr,
		.daddr = pkt->nat.daddr,
		.created = pkt->now,
		.seen = fragment_payload(pkt),
	};

	key.daddr = pkt->nat.daddr;
	bpf_map_update_elem(&fragments, &key, &way, BPF_ANY);
}

/* Notes a packet with both translations in pkt->nat and takes the source's out of it, which is TC
 * egress's to do. CONTINUE, or V_DROP_HAIRPIN without memory for the note. */
__noinline int hairpin_note_put(struct pkt *pkt)
{
	struct hairpin_note note = {};
	struct flow between;
	int err;

	if (!pkt)
		return V_DROP_HAIRPIN;
	note.saddr = pkt->nat.saddr;
	note.sport = pkt->nat.sport;
	note.daddr = pkt->ip.daddr;
	note.dport = pkt->ip.dport;
	note.noted = pkt->now;
	if (pkt->flags & PKT_FRAGMENT_FIRST)
		hairpin_note_fragments(pkt);
	pkt->nat.saddr = pkt->ip.saddr;
	pkt->nat.sport = pkt->ip.sport;
	between = flow_outward(&pkt->nat, pkt->proto);
	err = bpf_map_update_elem(&hairpin_notes, &between, &note, BPF_ANY);
	return err ? V_DROP_HAIRPIN : CONTINUE;
}

/* The note of a packet between inside addresses, or NULL. */
static __always_inline struct hairpin_note *hairpin_note_get(const struct tuple *t, __u8 proto,
							     __u32 now)
{
	struct flow between = flow_outward(t, proto);
	struct hairpin_note *note = bpf_map_lookup_elem(&hairpin_notes, &between);

	return note && now - note->noted < HAIRPIN_NOTE_LIFE ? note : NULL;
}

#endif
