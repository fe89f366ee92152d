// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ports are bound by sockets of this host, kept exact in `local_ports` at every moment: a
 * socket that is bound, but neither listens nor is connected, is in no table that a packet's
 * program could ask.
 *
 * post_bind counts a socket, sock_release takes it away; the iterator counts those that were bound
 * before these were attached, and runs after that, so that none is missed. `local_sockets` says of
 * each socket where it was counted: none is counted twice, whichever of them meets it first and
 * however many descriptors it has; and what never was counted (an accepted connection bears its
 * listener's port) takes nothing away.
 *
 * A socket is known by its address in the kernel, which the iterator has as a mere number on
 * kernels whose verifier does not trust the pointer (socket storage would ask for more). The
 * address is another socket's only after this one's release; a mark that was left behind all the
 * same, because its socket's release was not seen, is moved by the next socket there.
 *
 * Not seen here, but by the lookups in port.h: what the kernel binds by itself, at connect() or at
 * the first datagram of an unbound socket; and the sockets of the kernel, for which sock_release
 * does not run (MPTCP has such ones underneath: of those, what only bound a port is not seen).
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "local_ports.h"
#include "sock.h"

/* As the place of a mark: its socket is not counted. */
#define NOWHERE LOCAL_PORTS_NO_ROOM

/* The network namespace that counts (SO_NETNS_COOKIE); set before loading. */
const volatile __u64 netns_cookie;

/* Where in local_ports a socket is counted. */
struct mark {
	__u32 place;
};

/*
 * Room for every port of TCP and of UDP once, on a router that binds some hundreds: 2 MB, and 64
 * bytes for each socket that is there. What is bound beyond that is not counted, until it is bound
 * again; its port is left alone only while it listens or is connected, as port.h sees it. To keep
 * such a port uncounted would keep it for good, since nobody could tell when the socket is closed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ERXDP_LOCAL_PORTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64); /* the address of a struct sock */
	__type(value, struct mark);
} local_sockets SEC(".maps");

static __always_inline void count(__u32 place, int sockets)
{
	__u64 *counter = bpf_map_lookup_elem(&local_ports, &place);

	if (counter)
		__sync_fetch_and_add(counter, sockets);
}

/* An exchange, since the iterator may meet a socket that is just being bound. */
static __always_inline void move(struct mark *mark, __u32 place)
{
	__u32 before = __sync_lock_test_and_set(&mark->place, place);

	if (before == place)
		return;
	if (place != NOWHERE)
		count(place, 1);
	if (before != NOWHERE)
		count(before, -1);
}

/* Both who come at once, the bind() and the iterator, get the mark of the first. Neither finds it
 * gone: both hold the socket, whose release takes it away. */
static __always_inline void count_at(const void *sk, __u32 place)
{
	const struct mark nowhere = {NOWHERE};
	__u64 address = (__u64)sk;
	struct mark *mark;

	bpf_map_update_elem(&local_sockets, &address, &nowhere, BPF_NOEXIST);
	mark = bpf_map_lookup_elem(&local_sockets, &address);
	if (mark)
		move(mark, place);
	else
		count(LOCAL_PORTS_NO_ROOM, 1);
}

/* TCP or UDP over IPv4, also that of an IPv6 socket, in the namespace that counts; not the kernel's
 * own, whose release would not be seen, though a process may have it open (TLS of NFS does). */
static __always_inline bool is_ours(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	__u16 type = BPF_CORE_READ(sk, sk_type);

	if (family != AF_INET && family != AF_INET6)
		return false;
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only))
		return false;
	/* The type tells them from raw sockets, whose "port" is the protocol. */
	if (!(type == SOCK_STREAM && protocol == IPPROTO_TCP) &&
	    !(type == SOCK_DGRAM && protocol == IPPROTO_UDP))
		return false;
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		return false;
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie) == netns_cookie;
}

/* Nothing from outside reaches 127/8. To whichever other address a socket is bound, its port counts
 * for all of them: addresses move. */
static __always_inline bool on_loopback(struct sock *sk)
{
	return (bpf_ntohl(BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr)) >> 24) == 127;
}

static __always_inline __u32 place_of(struct sock *sk)
{
	return LOCAL_PORT_INDEX(BPF_CORE_READ(sk, sk_protocol),
				BPF_CORE_READ(sk, __sk_common.skc_num));
}

/* A bind() that another program refuses afterwards leaves its port counted until the socket is
 * bound again or closed. */
static __always_inline void count_bound(struct bpf_sock *ctx)
{
	struct sock *sk = (struct sock *)ctx; /* what the context of these hooks is */

	if (is_ours(sk) && !on_loopback(sk))
		count_at(sk, place_of(sk));
}

SEC("cgroup/post_bind4")
int erxdp_bind4(struct bpf_sock *ctx)
{
	count_bound(ctx);
	return 1;
}

SEC("cgroup/post_bind6")
int erxdp_bind6(struct bpf_sock *ctx)
{
	count_bound(ctx);
	return 1;
}

SEC("cgroup/sock_release")
int erxdp_release(struct bpf_sock *ctx)
{
	__u64 address = (__u64)ctx;
	struct mark *mark = bpf_map_lookup_elem(&local_sockets, &address);

	if (mark) {
		move(mark, NOWHERE);
		bpf_map_delete_elem(&local_sockets, &address);
	}
	return 1;
}

/* Was it bound by bind()? One that was bound to a port of the kernel's choice cannot be told from
 * one that was connected unbound, as long as it is connected. */
static __always_inline bool was_bound(struct sock *sk)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	__u8 locks = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks);

	if (!BPF_CORE_READ(sk, __sk_common.skc_num))
		return false;
	/* A socket without an address of its own has loopback's while it is connected there. */
	if ((locks & SOCK_BINDADDR_LOCK) && on_loopback(sk))
		return false;
	return (locks & SOCK_BINDPORT_LOCK) || state == TCP_CLOSE || state == TCP_LISTEN;
}

/* The file is held meanwhile: its socket's release cannot have run already. */
SEC("iter/task_file")
int erxdp_sockets(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;

	socket = file ? bpf_sock_from_file(file) : NULL;
	sk = socket ? socket->sk : NULL;
	if (sk && is_ours(sk) && was_bound(sk))
		count_at(sk, place_of(sk));
	return 0;
}

char _license[] SEC("license") = "GPL";
