/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choice of an outside port. It is taken by inserting the mapping with BPF_NOEXIST, so two CPUs
 * can never hold the same one; netfilter's port classes are kept (nf_nat_l4proto_unique_tuple), and
 * a port with a socket of this host behind it is never taken: what was bound is counted in
 * local_ports (sockets.bpf.c), and the socket tables are asked for the others, so that one which
 * appeared a moment ago counts too.
 */
#ifndef BPF_PORT_H
#define BPF_PORT_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "ctx.h"
#include "maps.h"
#include "session.h"

#define PORT_TRIES  128
#define PORT_EEXIST 17

struct port_range {
	__u32 min, size;
};

static __always_inline struct port_range port_class(const struct flow *inside,
						    const struct control *ctl)
{
	__u16 port = bpf_ntohs(inside->port);

	if (inside->proto == IPPROTO_ICMP)
		return (struct port_range){0, 65536};
	if (port < 512)
		return (struct port_range){1, 511};
	if (port < 1024)
		return (struct port_range){600, 424};
	return (struct port_range){ctl->port_min, ctl->port_max - ctl->port_min + 1};
}

/* Of TCP and UDP. */
static __always_inline bool port_is_bound(const struct flow *outside)
{
	__u32 index = LOCAL_PORT_INDEX(outside->proto, bpf_ntohs(outside->port));
	__u64 *sockets = bpf_map_lookup_elem(&local_ports, &index);

	return sockets && *sockets;
}

/* Does a socket of this host receive what the peer sends to flow->addr:port, or could it, were it
 * to listen or to connect? */
static __always_inline bool port_is_local(ctx_t *ctx, const struct flow *outside)
{
	struct bpf_sock_tuple tuple = {
		.ipv4 =
			{
				.saddr = outside->remote,
				.daddr = outside->addr,
				.sport = outside->remote_port,
				.dport = outside->port,
			},
	};
	struct bpf_sock *sk;

	if (outside->proto != IPPROTO_TCP && outside->proto != IPPROTO_UDP)
		return false;
	if (port_is_bound(outside))
		return true;
	if (outside->proto == IPPROTO_TCP)
		sk = bpf_skc_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	else
		sk = bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return false;
	bpf_sk_release(sk);
	return true;
}

/* Claims outside->port for `inside`: CONTINUE; V_DROP_NO_PORT where it is taken; V_DROP_TABLE_FULL.
 */
__noinline int port_try(ctx_t *ctx, struct control *ctl, struct flow *outside, struct flow *inside,
			__u32 now)
{
	struct flow key, value, holder;
	int err; /* an int: before 6.4 the upper half of what an update returns is undefined */

	if (!ctl || !outside || !inside)
		return V_DROP_NO_PORT;
	key = *outside;
	value = *inside;
	if (port_is_local(ctx, &key))
		return V_DROP_NO_PORT;
	err = bpf_map_update_elem(&mappings, &key, &value, BPF_NOEXIST);
	/* Looking for the holder removes it where it has expired. */
	if (err == -PORT_EEXIST && !session_find_outside(&key, &holder, ctl, now))
		err = bpf_map_update_elem(&mappings, &key, &value, BPF_NOEXIST);
	if (!err)
		return CONTINUE;
	return err == -PORT_EEXIST ? V_DROP_NO_PORT : V_DROP_TABLE_FULL;
}

/* The place in the range to be tried next: a small range is searched whole, a large one at random
 * (in a row, the ports that hosts count up from would be found taken one after the other). */
static __always_inline __u32 port_next(const struct port_range *range, __u32 last)
{
	return (range->size > PORT_TRIES ? bpf_get_prandom_u32() : last + 1) % range->size;
}

/* Keeps the inside port where `keep` and it is free; else tries others of its class. */
static __always_inline int port_claim(ctx_t *ctx, struct control *ctl, struct flow *outside,
				      struct flow *inside, bool keep, __u32 now)
{
	struct port_range range = port_class(inside, ctl);
	__u32 place = bpf_get_prandom_u32() % PORT_TRIES;
	int v = V_DROP_NO_PORT;

	outside->port = inside->port;
	if (keep)
		v = port_try(ctx, ctl, outside, inside, now);
	for (int i = 0; i < PORT_TRIES && v == V_DROP_NO_PORT; i++) {
		if (!range.size)
			break;
		place = port_next(&range, place);
		outside->port = bpf_htons(range.min + place);
		v = port_try(ctx, ctl, outside, inside, now);
	}
	return v;
}

#endif
