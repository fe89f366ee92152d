/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP in mid-stream is the kernel's to masquerade, and at TC egress its port is reserved by a
 * session of this host's own (slow_out.h). When the same inside host then begins a connection of
 * the same addresses and ports, that is, to netfilter, still the same one and keeps the port. So it
 * is here: the reservation gives way to the host that it was made for, and to no other.
 *
 * Whose it is TC ingress knows and TC egress does not, so the segment is recognised by what the
 * kernel leaves as it was. Both tables are bounded and forget their oldest; what is forgotten costs
 * the new connection its port, as if another host had it.
 */
#ifndef BPF_MID_STREAM_H
#define BPF_MID_STREAM_H

#include <linux/in.h>

#include "maps.h"
#include "pkt.h"
#include "session.h"

#define MID_STREAM_UNDER_WAY 1024  /* segments between TC ingress and TC egress */
#define MID_STREAM_FLOWS     16384 /* for which a port is reserved */

/* Key of `mid_stream_segments`. */
struct mid_stream_segment {
	__be32 remote;
	__be16 remote_port;
	__be16 id; /* IP identification */
	__u32 seq, ack;
};

/* Value of `mid_stream_flows`, whose key is the inside flow. */
struct mid_stream_reservation {
	__be32 outside; /* address; the port is the inside one */
	__u32 created;	/* as the session's: one that was made later is somebody else's */
};

#ifdef ERXDP_TC
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MID_STREAM_UNDER_WAY);
	__type(key, struct mid_stream_segment);
	__type(value, struct flow);
} mid_stream_segments SEC(".maps");
#endif

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MID_STREAM_FLOWS);
	__type(key, struct flow);
	__type(value, struct mid_stream_reservation);
} mid_stream_flows SEC(".maps");

#ifdef ERXDP_TC
static __always_inline struct mid_stream_segment mid_stream_segment_of(const struct pkt *pkt)
{
	return (struct mid_stream_segment){
		.remote = pkt->ip.daddr,
		.remote_port = pkt->ip.dport,
		.id = pkt->id,
		.seq = pkt->tcp.seq,
		.ack = pkt->tcp.ack,
	};
}

/* TC ingress: the segment of the flow `inside` goes to the kernel. */
static __noinline void mid_stream_note(const struct pkt *pkt, struct flow *inside)
{
	struct mid_stream_segment key = mid_stream_segment_of(pkt);

	bpf_map_update_elem(&mid_stream_segments, &key, inside, BPF_ANY);
}

/* TC egress: the segment's port is reserved since pkt->now. */
static __noinline void mid_stream_reserve(const struct pkt *pkt)
{
	struct mid_stream_segment key = mid_stream_segment_of(pkt);
	struct mid_stream_reservation fresh = {.outside = pkt->ip.saddr, .created = pkt->now};
	struct flow *inside = bpf_map_lookup_elem(&mid_stream_segments, &key);

	if (inside && inside->port == pkt->ip.sport)
		bpf_map_update_elem(&mid_stream_flows, inside, &fresh, BPF_ANY);
}
#endif

/* `inside` begins a connection that wants the port at the address `outside`. */
static __noinline void mid_stream_yield(struct flow *inside, __be32 outside)
{
	struct mid_stream_reservation *reserved = bpf_map_lookup_elem(&mid_stream_flows, inside);
	struct session *session;
	struct flow own;

	if (!reserved || reserved->outside != outside)
		return;
	own = *inside;
	own.addr = outside;
	session = session_get(&own);
	if (session && (session->flags & SESSION_OWN) && session->created == reserved->created)
		session_remove(session);
	bpf_map_delete_elem(&mid_stream_flows, inside);
}

#endif
