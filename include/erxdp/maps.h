/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values of the maps: the whole contract between the programs in bpf/ and the daemon.
 *
 * Writer and reader are named at each struct. __be types are network byte order, everything else is
 * host order. Keys have no implicit padding and every byte of them is set, since a hash compares
 * bytes.
 *
 * Structs with a `seq` lie in memory-mapped arrays and are read under a sequence count: the daemon
 * makes it odd, writes, makes it even; a program that sees it odd or changed leaves the packet to
 * the kernel (V_PASS_BUSY).
 */
#ifndef ERXDP_MAPS_H
#define ERXDP_MAPS_H

#include <linux/types.h>

#include <erxdp/verdict.h>

#define ERXDP_MAX_IFACES     256     /* slots of logical interfaces; slot 0 counts unknown ones */
#define ERXDP_MAX_ROUTES     1048576 /* prefixes; the trie allocates as it grows */
#define ERXDP_MAX_NEXTHOPS   65536   /* entry 0 is never used */
#define ERXDP_MAX_GROUPS     4096    /* entry 0 is never used */
#define ERXDP_MAX_MEMBERS    32	     /* nexthops of one group */
#define ERXDP_MAX_NEIGHBOURS 65536
#define ERXDP_MAX_SESSIONS   1048576
#define ERXDP_MAX_EXEMPT     1024
#define ERXDP_MAX_ADDRS	     16 /* addresses of one uplink */
#define ERXDP_MAX_FRAGMENTS  16384

/* A VLAN tag as the wire has it; tpid 0: no tag. */
struct vlan_tag {
	__be16 tpid; /* 0x8100 (802.1Q) or 0x88a8 (802.1ad) */
	__u16 vid;   /* 1-4094 */
};

/* Key of `ifaces`: the device a program runs on and the tags inside the frame, outermost first. */
struct iface_key {
	__u32 ifindex; /* XDP: ctx->ingress_ifindex (a bond's slave, or the device); TC:
			  skb->ifindex */
	struct vlan_tag tag[2];
};

enum iface_flags {
	IFACE_UPLINK = 1 << 0,	/* what leaves here is translated unless exempt */
	IFACE_FORWARD = 1 << 1, /* net.ipv4.conf.*.forwarding of the device */
	IFACE_TC_ONLY = 1 << 2, /* no XDP program runs for it: TC is its entry */
};

/* Value of `ifaces`; written by the daemon. Several keys may bear copies of one logical interface.
 */
struct iface {
	__u32 ifindex; /* the kernel's device, e.g. bond0.1000 */
	__u32 port;    /* the device at the bottom of it, e.g. bond0 */
	__u16 slot;    /* its row in counters and `uplinks`, 1.. */
	__u16 flags;   /* enum iface_flags */
	__u8 mac[6];
	__u8 pad[2];
};

/* Key of the longest-prefix tries `routes`, `exempt_dst`, `exempt_src`. */
struct prefix_key {
	__u32 prefixlen; /* 0-32 */
	__be32 addr;	 /* host bits zero */
};

enum route_kind {
	ROUTE_NONE = 0,
	ROUTE_NEXTHOP = 1,     /* index into `nexthops` */
	ROUTE_GROUP = 2,       /* index into `groups` */
	ROUTE_LOCAL = 3,       /* an address of this host */
	ROUTE_BROADCAST = 4,   /* broadcast, anycast, multicast: the kernel's */
	ROUTE_BLACKHOLE = 5,   /* dropped */
	ROUTE_UNREACHABLE = 6, /* unreachable or prohibit: the kernel answers */
	ROUTE_KERNEL = 7, /* something the programs do not do (tunnel, encap, tos): the kernel's */
};

/* Value of `routes`: kind and index in one word, so that a reader never sees half of a change. */
#define ROUTE_KIND_SHIFT	 28
#define ROUTE_INDEX_MASK	 0x0fffffffU
#define ROUTE_VALUE(kind, index) ((__u32)(kind) << ROUTE_KIND_SHIFT | (index))

enum nexthop_flags {
	NEXTHOP_RESOLVED = 1 << 0, /* dmac is valid (gateway's neighbour entry is usable) */
	NEXTHOP_ONLINK = 1 << 1,   /* no gateway: the destination's own entry in `neighbours` */
	NEXTHOP_UPLINK = 1 << 2,   /* oif is a masquerading uplink */
	NEXTHOP_DOWN = 1 << 3,	   /* oif is down, without carrier or gone */
	NEXTHOP_TRANSMIT = 1 << 4, /* erxdp may transmit on oif */
};

/* Element of `nexthops` (memory-mapped array); written by the daemon. */
struct nexthop {
	__u32 seq;
	__u32 flags;		/* enum nexthop_flags */
	__u32 oif;		/* the kernel's device, e.g. bond0.1000: TC redirects to it */
	__u32 port;		/* the device below it that XDP transmits on, e.g. bond0 */
	struct vlan_tag tag[2]; /* tags a frame bears on that port, outermost first */
	__be32 gateway;		/* 0 with NEXTHOP_ONLINK */
	__u16 mtu;		/* of the IP packet; the route's own MTU where it is smaller */
	__u16 slot;		/* the egress interface's row in counters and `uplinks` */
	__u8 dmac[6];
	__u8 smac[6];
	__u32 pad;
};

/*
 * Element of `groups` (memory-mapped array); written by the daemon. A flow's 31-bit hash takes the
 * first member whose bound is not below it, as the kernel's hash-threshold does
 * (fib_select_multipath).
 */
struct nexthop_group {
	__u32 seq;
	__u32 count;
	struct {
		__u32 nexthop; /* index into `nexthops` */
		__u32 bound;   /* upper bound of the hash, 0..0x7fffffff, ascending */
	} member[ERXDP_MAX_MEMBERS];
};

/* Key of `neighbours`: on-link hosts (gateways' MACs are in their nexthop). */
struct neighbour_key {
	__u32 ifindex;
	__be32 addr;
};

/* Value of `neighbours`; replaced whole by the daemon, `used` written by the programs. */
struct neighbour {
	__u8 mac[6];
	__u8 pad[2];
	__u32 used; /* CLOCK_MONOTONIC seconds of the last packet sent to it */
	__u32 pad2;
};

/* Element of `uplinks`, by slot (memory-mapped array): the device's primary addresses in the
 * kernel's order, from which the outside address is chosen as inet_select_addr() does
 * (net/ipv4/devinet.c). */
struct uplink {
	__u32 seq;
	__u32 count;
	struct {
		__be32 addr; /* what packets are translated to */
		__be32 net;  /* ifa_address: an address of the subnet, the peer's where there is one
			      */
		__be32 mask;
	} addr[ERXDP_MAX_ADDRS];
};

/* A flow as one side of the translator sees it: `addr` and `port` are the inside host's (or, in
 * `mappings`, the outside address and port), `remote` is the peer's. ICMP echo: port is the
 * identifier, remote_port 0. Key of `sessions` and of `mappings`. */
struct flow {
	__be32 addr;
	__be32 remote;
	__be16 port;
	__be16 remote_port;
	__u8 proto;
	__u8 pad[3];
};

enum session_state {
	SESSION_NEW = 1,     /* one packet out, none back */
	SESSION_OPEN = 2,    /* UDP, ICMP: answered; TCP: handshake complete */
	SESSION_CLOSING = 3, /* TCP: a FIN was seen in at least one direction */
	SESSION_CLOSED = 4,  /* TCP: both FINs, or a RST */
};

enum session_flags {
	SESSION_FIN_OUT = 1 << 0,
	SESSION_FIN_IN = 1 << 1,
	SESSION_OWN = 1 << 2, /* of this host itself: only TC translates, and passes up */
};

/* Value of `sessions`; created and updated by the programs, read and expired by the daemon.
 * `mappings` holds the inside flow under the outside one; the mapping is made first (it claims the
 * port) and removed last. */
struct session {
	struct flow outside;
	__u32 uplink;	/* slot of the interface it leaves by */
	__u32 addr_gen; /* generation of the addresses under which `outside.addr` was valid */
	__u32 created;	/* CLOCK_MONOTONIC seconds, as the next two */
	__u32 last_out; /* last packet from inside */
	__u32 last_in;	/* last packet from outside */
	__u8 state;	/* enum session_state */
	__u8 flags;	/* enum session_flags */
	__u8 pad[2];
};

/* Key and value of `fragments` (LRU): how the first fragment of a datagram was translated. */
struct fragment_key {
	__be32 saddr; /* before translation */
	__be32 daddr;
	__be16 id;
	__u8 proto;
	__u8 pad;
};

struct fragment {
	__be32 saddr; /* after translation */
	__be32 daddr;
	__u32 created; /* CLOCK_MONOTONIC seconds; believed for 30 s (RFC 791's lower bound is 15)
			*/
};

/* Where a packet was counted. An interface's entry hook is XDP, or TC ingress with IFACE_TC_ONLY;
 * what the entry hook passed is counted a second time by the TC hooks, in rows of their own. */
enum hook { HOOK_XDP, HOOK_TC_INGRESS, HOOK_TC_EGRESS, HOOK_MAX };

/* Element of `counters` (per CPU), index COUNTER_INDEX(); and of `sent` (per CPU), index slot. */
struct counter {
	__u64 packets;
	__u64 bytes; /* of the frame as the program saw it; tags that are in it included */
};
#define COUNTER_INDEX(slot, hook, verdict) \
	(((__u32)(slot)*HOOK_MAX + (hook)) * VERDICT_MAX + (verdict))
#define ERXDP_MAX_COUNTERS (ERXDP_MAX_IFACES * HOOK_MAX * VERDICT_MAX)

/* Index into `local_ports` (memory-mapped array of __u64), port in host order: how many sockets of
 * this host are bound to it, which reserves it for them. The programs of bpf/sockets.bpf.c write
 * it, the daemon clears it before it attaches them. */
#define LOCAL_PORT_INDEX(proto, port) ((__u32)((proto) == 17 /* UDP */) << 16 | (__u16)(port))
#define ERXDP_LOCAL_PORTS	      (2 * 65536)

enum control_flags {
	CONTROL_TRUSTED = 1 << 0,    /* tables mirror the kernel: the fast path may run */
	CONTROL_HASH_L4 = 1 << 1,    /* net.ipv4.fib_multipath_hash_policy = 1 */
	CONTROL_EXEMPT_SRC = 1 << 2, /* exempt_src has entries */
	CONTROL_HANDBACK =
		1 << 3, /* detaching: what leaves is the kernel's, what answers is ours */
};

enum session_timeout {
	TIMEOUT_UDP,		 /* RFC 4787 REQ-5: 5 min recommended */
	TIMEOUT_TCP_ESTABLISHED, /* RFC 5382 REQ-5: at least 2 h 4 min */
	TIMEOUT_TCP_TRANSITORY,	 /* RFC 5382 REQ-5: at least 4 min */
	TIMEOUT_ICMP,		 /* RFC 5508 REQ-2: at least 60 s */
	TIMEOUT_MAX
};

/* Sole element of `control` (memory-mapped array); written by the daemon. */
struct control {
	__u32 abi;		    /* ERXDP_ABI */
	__u32 flags;		    /* enum control_flags; one word, so a change is whole */
	__u32 addr_gen;		    /* raised when an uplink's address comes or goes */
	__u32 mark_shift;	    /* where erxdp's two bits of skb->mark lie */
	__u32 timeout[TIMEOUT_MAX]; /* seconds */
	__u16 port_min;		    /* lowest and highest outside port of class "above 1023" */
	__u16 port_max;
	__u32 max_sessions; /* at most ERXDP_MAX_SESSIONS; 0 refuses all new sessions */
	__u32 hash_seed;
	__u32 pad;
};

#define ERXDP_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
ERXDP_ASSERT_SIZE(struct iface_key, 12);
ERXDP_ASSERT_SIZE(struct iface, 20);
ERXDP_ASSERT_SIZE(struct prefix_key, 8);
ERXDP_ASSERT_SIZE(struct nexthop, 48);
ERXDP_ASSERT_SIZE(struct nexthop_group, 264);
ERXDP_ASSERT_SIZE(struct neighbour_key, 8);
ERXDP_ASSERT_SIZE(struct neighbour, 16);
ERXDP_ASSERT_SIZE(struct uplink, 200);
ERXDP_ASSERT_SIZE(struct flow, 16);
ERXDP_ASSERT_SIZE(struct session, 40);
ERXDP_ASSERT_SIZE(struct fragment_key, 12);
ERXDP_ASSERT_SIZE(struct fragment, 12);
ERXDP_ASSERT_SIZE(struct counter, 16);
ERXDP_ASSERT_SIZE(struct control, 48);

#endif
