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
 * the kernel (V_PASS_BUSY), unless it has another way to ask again.
 */
#ifndef ERXDP_MAPS_H
#define ERXDP_MAPS_H

#include <linux/types.h>

#include <erxdp/route.h>
#include <erxdp/verdict.h>

#define ERXDP_MAX_IFACES     256 /* slots of logical interfaces; slot 0 counts unknown ones */
#define ERXDP_MAX_MEMBERS    32	 /* nexthops of one group */
#define ERXDP_MAX_NEIGHBOURS 65536
#define ERXDP_MAX_SESSIONS   4194304
#define ERXDP_DEF_SESSIONS   262144 /* by default, as many as nf_conntrack_max usually is */
#define ERXDP_MAX_EXEMPT     16384  /* prefixes times uplinks */
#define ERXDP_MAX_ADDRS	     16	    /* addresses of one uplink */
#define ERXDP_MAX_FRAGMENTS  16384
#define ERXDP_MAX_HELD	     1024 /* fragments that wait for their first one: 1.5 MB */
#define ERXDP_HELD_EACH	     44	  /* of one datagram: 64 KB at an MTU of 1500 */
#define ERXDP_HELD_BYTES     1500
#define ERXDP_MAX_POLICIES   64	   /* entry 0 is what the configuration says of all */
#define ERXDP_MAX_POOL	     16	   /* addresses of one uplink's pool */
#define ERXDP_MAX_HOSTS	     65536 /* inside hosts that are counted */
#define ERXDP_MAX_REFUSED    1024  /* flows whose packet is on its way to the kernel's answer */
#define ERXDP_MAX_CROWDS     128   /* destinations whose ports have run short; a power of two */
#define ERXDP_MAX_SLAVES     16	   /* of one bond */
#define ERXDP_MAX_TX_PORTS   512   /* ports and the slaves of bonds among them */

/* The last slot is no interface's: the counters of those that have left are moved there. */
#define ERXDP_SLOT_REMOVED (ERXDP_MAX_IFACES - 1)

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

/* Key of the longest-prefix trie `inside_policies` (value: index into `policies`). */
struct prefix_key {
	__u32 prefixlen; /* 0-32 */
	__be32 addr;	 /* host bits zero */
};

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
	__u32 policy; /* index into `policies`, for inside hosts that have none of their own */
	__u32 npool;  /* 0: chosen from addr[] as below; else one of pool[] by the inside host */
	__be32 pool[ERXDP_MAX_POOL];
	struct {
		__be32 addr; /* what packets are translated to */
		__be32 net;  /* ifa_address: an address of the subnet, the peer's where there is one
			      */
		__be32 mask;
	} addr[ERXDP_MAX_ADDRS];
};

enum bond_hash {
	BOND_HASH_L23, /* xmit_hash_policy layer2+3: by MAC and IP addresses */
	BOND_HASH_L34, /* layer3+4: by IP addresses and ports */
};

/* Seconds for which an element of `bonds` is believed: without the daemon nobody would take out a
 * slave that fails. */
#define BOND_BELIEVED 3

/*
 * Element of `bonds`, by slot of an interface whose frames leave a bond with a tag (memory-mapped
 * array); written by the daemon. The bond's own hash of an XDP frame does not look behind a tag
 * (bond_xmit_hash_xdp() in drivers/net/bonding/bond_main.c), so the slave is chosen by the programs
 * as the bond would choose it for the frame without.
 */
struct bond {
	__u32 seq;
	__u32 port;  /* the bond; an entry with another one than the nexthop's is outdated */
	__u32 hash;  /* enum bond_hash */
	__u32 count; /* 0: the bond chooses */
	__u32 slave[ERXDP_MAX_SLAVES];
	__u32 seen; /* CLOCK_MONOTONIC second in which it was right; not under `seq` */
	__u32 pad;
};

enum policy_behaviour {
	BEHAVIOUR_COMPAT, /* netfilter's: one outside port for many destinations */
	BEHAVIOUR_RFC,	  /* RFC 4787 REQ-1: one mapping for an inside address and port */
};

/* What comes in to a mapping of BEHAVIOUR_RFC without a session (RFC 4787 section 5). */
enum policy_filtering {
	FILTERING_ENDPOINT_INDEPENDENT, /* from anybody */
	FILTERING_ADDRESS,		/* from addresses that the inside host has sent to */
	FILTERING_ADDRESS_PORT,		/* from addresses and ports that it has sent to */
};

enum policy_flags {
	POLICY_INBOUND_REFRESH = 1 << 0, /* what comes in prolongs a session too */
};

/* Element of `policies`: how flows of some inside hosts are translated. Written by the daemon
 * before it is referred to; looked at when a session begins. */
struct policy {
	__u8 behaviour;	      /* enum policy_behaviour */
	__u8 filtering;	      /* enum policy_filtering */
	__u8 flags;	      /* enum policy_flags */
	__u8 block_prefixlen; /* of the inside prefix that is served by port blocks */
	__be32 block_prefix;
	__u32 block_size;   /* ports a host, a power of two; 0: ports are not dealt in blocks */
	__u32 max_sessions; /* of one inside host; 0: no limit */
	__u32 max_rate;	    /* new sessions a second of one inside host; 0: no limit */
	__u32 pad;
};

/* Key of `exempt_dst` and `exempt_src`. */
struct exempt_key {
	__u32 prefixlen; /* 32 + 0-32 */
	__u32 slot;	 /* the uplink's; the daemon enters what holds for all uplinks for each */
	__be32 addr;	 /* host bits zero */
};

/* A flow as one side of the translator sees it: `addr` and `port` are the inside host's (or, of an
 * outside flow, the outside address and port), `remote` is the peer's. ICMP echo: port is the
 * identifier, remote_port 0; protocols by address: both 0. Compared as two words, pad and all. */
struct flow {
	__be32 addr;
	__be32 remote;
	__be16 port;
	__be16 remote_port;
	__u8 proto;
	__u8 pad[3];
} __attribute__((aligned(8)));

enum session_state {
	SESSION_NEW = 1,     /* one packet out, none back */
	SESSION_OPEN = 2,    /* UDP, ICMP: answered; TCP: handshake complete */
	SESSION_CLOSING = 3, /* TCP: half-closed, one side has sent its FIN */
	SESSION_CLOSED = 4,  /* TCP: both FINs, or a RST */
};

enum session_flags {
	SESSION_OWN = 1 << 2,	   /* of this host itself: only TC translates, and passes up */
	SESSION_MAPPED = 1 << 3,   /* counted in `uses` of its outside endpoint's owner */
	SESSION_INBOUND = 1 << 4,  /* begun from outside */
	SESSION_COUNTED = 1 << 5,  /* counted in `hosts` */
	SESSION_OUT_ONLY = 1 << 6, /* not prolonged by what comes in */
	SESSION_HAIRPIN = 1 << 7,  /* between inside hosts: nothing from an uplink is of it */
};

enum tcp_side_flags {
	TCP_SIDE_SENT = 1 << 0,	 /* `end` is known */
	TCP_SIDE_ACKED = 1 << 1, /* `ack` and `window` are known */
	TCP_SIDE_SCALE =
		1 << 2,	       /* its SYN had the window scale option (RFC 7323), or was not seen */
	TCP_SIDE_SYN = 1 << 3, /* the last thing it said was its SYN */
	TCP_SIDE_FIN = 1 << 4, /* it has sent a FIN */
	TCP_SIDE_RST = 1 << 5, /* it has sent a RST, and nothing since */
	TCP_SIDE_ANEW =
		1 << 6, /* that SYN came in an open session; `ack` is the old connection's */
};

/* What one side of a TCP connection has said; host byte order. Enough to judge whether a RST, a FIN
 * or a packet inside an ICMP error can be true (RFC 5961, RFC 5927 section 4.1). Each side is
 * written by its own direction's packets; a SYN that begins anew clears the other one. */
struct tcp_side {
	__u32 end;    /* sequence number behind the last octet it sent; SYN and FIN count one */
	__u32 ack;    /* highest acknowledgment it sent; before the first one: behind its SYN, which
			 may bear data (RFC 7413) */
	__u32 window; /* largest window it offered, scaled, in octets */
	__u8 scale;   /* shift of its window (0-14) */
	__u8 flags;   /* enum tcp_side_flags */
	__u8 pad[2];
};

/* Element of `sessions` (memory-mapped array), see erxdp/session_table.h; created, updated and
 * ended by the programs, read by the daemon. Its first half, a cache line, is all that UDP needs.
 */
struct session {
	struct flow inside;
	struct flow outside;
	__u32 life;	/* enum session_life and which one; changed by compare-and-exchange */
	__u32 addr_gen; /* generation of the addresses under which `outside.addr` was valid */
	__u32 last_out; /* CLOCK_MONOTONIC seconds of the last packet from inside */
	__u32 last_in;	/* and from outside */
	__u16 uplink;	/* slot of the interface it leaves by */
	__u16 policy;	/* index into `policies` under which it was made */
	__u8 state;	/* enum session_state */
	__u8 flags;	/* enum session_flags */
	__u16 pad;
	__u64 way;		 /* SESSION_WAY: where its packets leave, as was decided last */
	__u32 number;		 /* its own place */
	__u32 created;		 /* CLOCK_MONOTONIC seconds */
	struct tcp_side out, in; /* TCP: what the inside host, and its peer, have said */
	__u64 bytes_out;	 /* with CONTROL_ACCOUNT: octets of its IP packets from inside */
	__u64 bytes_in;		 /* and from outside; both atomic */
	__u32 spare[2];
} __attribute__((aligned(64)));

/* The generation of the tables under which it was decided, and the nexthops (index into `nexthops`,
 * 0: not known) of what goes out and of what comes in. One word, so that none is ever taken with
 * another one's generation. */
#define SESSION_WAY(generation, out, in) \
	((__u64)(generation) << 32 | (__u32)(__u16)(out) << 16 | (__u16)(in))
#define SESSION_WAY_GENERATION(way)  ((__u32)((way) >> 32))
#define SESSION_WAY_NEXTHOP(way, in) ((__u16)((in) ? (way) : (way) >> 16))

#define SESSION_SLOTS 7

/* Element of `inside_index` and `outside_index`, a cache line; changed by atomic operations. */
struct session_bucket {
	__u32 displaced; /* flows that lie further on because this bucket was full */
	__u32 pad;
	__u64 slot[SESSION_SLOTS]; /* SLOT_WORD */
} __attribute__((aligned(64)));

/* Sole element of `session_totals` (memory-mapped array); written by the programs, atomic. */
struct session_totals {
	__u32 live;  /* sessions there are */
	__u32 fresh; /* numbers that were ever given out; 1 to that one may be in use */
	__u64 head;  /* places in `session_pool`, counted on without end: the oldest one's */
	__u64 tail;  /* and the next one's */
};

/* Element of `session_pool`, a ring of numbers that rest, as REST_WORD; 0 where it is empty. */
struct session_rest {
	__u64 word;
};

/* An address and port of one side. Key of `endpoints` (the outside one). */
struct endpoint {
	__be32 addr;
	__be16 port;
	__u8 proto;
	__u8 slot; /* 0 */
};

/* Key of `inside_endpoints`; its value is the outside endpoint that the inside one has for itself.
 * By address, since an uplink with two providers' addresses translates to the one that fits the
 * gateway, and then has a mapping of each. The daemon enters its forwardings too, one at an address
 * of a pool under all of the pool's. */
struct inside_endpoint {
	struct endpoint inside;
	__be32 outside; /* the address that would be translated to */
};

enum endpoint_kind {
	ENDPOINT_MAPPING = 1, /* of BEHAVIOUR_RFC: dynamic, belongs to one inside endpoint */
	ENDPOINT_FORWARD = 2, /* static port forwarding, of the configuration */
	ENDPOINT_SHARED = 3,  /* `uses` flows of BEHAVIOUR_COMPAT have this outside port */
};

/* `uses` of an endpoint that is an ENDPOINT_MAPPING's, also while it is becoming one. */
#define ENDPOINT_OWNED 0x80000000U
#define ENDPOINT_BUSY  0x40000000U /* its owner is just being changed */
#define ENDPOINT_USES  0x3fffffffU /* the number in it */

/*
 * Value of `endpoints`: who has an outside address and port. Made by the programs, of forwardings
 * by the daemon. `uses` is changed by atomic operations only, and decides whose it is: the other
 * members are written by whoever set ENDPOINT_BUSY. The programs give an idle endpoint to another
 * owner; they remove none, which is left to the daemon.
 */
struct endpoint_owner {
	struct endpoint inside; /* ENDPOINT_MAPPING, ENDPOINT_FORWARD */
	__u32 last_out; /* CLOCK_MONOTONIC seconds of the last packet from inside; SHARED: of the
			   last session's end */
	__u32 addr_gen;
	__u32 uses; /* sessions that have this outside port; 0 of an ENDPOINT_FORWARD */
	__u16 policy;
	__u8 kind; /* enum endpoint_kind */
	__u8 uplink;
};

/* Key of `permits`: FILTERING_ADDRESS lets `remote` in. The value is the CLOCK_MONOTONIC second of
 * the last packet from inside to it; believed as long as the mapping would be. */
struct permit {
	struct endpoint outside;
	__be32 remote;
};

/* Key `hosts` is an inside address (__be32); value written by the programs, with atomic operations
 * on `sessions`. */
struct inside_host {
	__u32 sessions; /* it has now */
	__u32 second;	/* CLOCK_MONOTONIC second that `begun` counts */
	__u32 begun;	/* sessions begun in that second */
	__u32 refused;	/* since it is known */
};

enum crowd_state { CROWD_FREE, CROWD_READY, CROWD_BUSY };

/* Element of `crowds` (memory-mapped array), see erxdp/crowd.h: the ports that are taken towards
 * one destination. Made by the programs, ended by the daemon; the bits are changed by both, with
 * atomic operations. */
struct crowd {
	struct flow key; /* outside flow; its port means nothing */
	__u32 state;	 /* enum crowd_state; changed by compare-and-exchange */
	__u32 used;	 /* CLOCK_MONOTONIC seconds of the last search, as the next */
	__u32 verified;	 /* when taken ports were last tried in spite of their bits */
	__u32 cursor;	 /* where that goes on */
	__u64 full[16];	 /* bit N: no bit of taken[N] is clear */
	__u64 taken[1024];
};

/* Sole element of `port_state` (memory-mapped array). */
struct port_state {
	__u64 secret[2]; /* key of the random ports; the daemon writes it once, before attaching */
	__u32 crowds;	 /* elements of `crowds` in use; atomic */
	__u32 pad;
};

/* Sole element of `port_search` (per CPU): the programs' own, see bpf/port.h. */
struct port_search {
	struct flow outside; /* with the port that is being tried */
	struct flow inside;
	struct flow crowded; /* key of `crowds`; its port means nothing */
	__u32 min, max;	     /* the ports to choose from; none where max < min */
	__u32 parity;	     /* not 0: of the inside port's parity where one is free */
	__u32 crowd;	     /* its place in `crowds`, or none */
	__u32 start;	     /* a random number, where a row begins */
	__u32 now;
	__s32 verdict; /* of the last try */
	__u32 policy;  /* of the session that wants the port, as the next two */
	__u32 uplink;
	__u32 claim;  /* enum claim of bpf/claim.h */
	__u32 number; /* of the session's record */
};

#define INSIDE_HOST_GONE 0x80000000U /* in `sessions`: the entry is being deleted */

/* Element of `recent`, a ring of as many sessions as there may be, in the order in which they
 * began. Written by the programs; one that is torn or outdated is found out when its session is
 * looked at. */
struct recent {
	__u32 number;
	__u32 life;
	__u32 began; /* CLOCK_MONOTONIC milliseconds */
	__u32 pad;
};

/* Sole element of `recent_ends`: places in the ring, counted on without end. */
struct recent_ends {
	__u64 head; /* the next session's */
	__u64 tail; /* the oldest one's that may still be half-open */
};

/* Sole element of `refused` (per CPU); written by the programs, for the daemon's log. */
struct refused {
	__u64 count;	    /* packets for which no session was made */
	struct flow inside; /* the last one's */
	__u32 verdict;
	__u32 second; /* CLOCK_MONOTONIC */
};

/* Sole element of `answers`: how often the kernel was asked to answer with ICMP. */
struct answers {
	__u32 second; /* CLOCK_MONOTONIC second that `count` counts */
	__u32 count;
};

/* What the program erxdp_sweep is asked; it returns 1 where it removed the session. */
struct sweep_request {
	__u32 number;
	__u32 life;   /* the session's, as it was read: none that came after it is removed */
	__u32 always; /* 1: even if it lives */
	__u32 grace;  /* seconds by which it must have outlived its timeout */
};

/* What the program erxdp_import is asked: a session that the kernel's conntrack has. Of `session`
 * the program fills in what the table wants (life, number, addr_gen, and the flags that tell what
 * it counted). */
struct import_request {
	struct session session;
	__u32 anew; /* 1: what is known of a session that is there already is outdated */
	__u32 pad[15];
};

enum import_answer {
	IMPORT_FULL,  /* there is no room */
	IMPORT_MADE,  /* the session is in force */
	IMPORT_KNOWN, /* it was already */
	IMPORT_TAKEN, /* its outside flow is another session's */
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
	__u32 seen;    /* octets of the datagram's payload that have come */
	__u32 total;   /* octets it has, from its last fragment; 0: that has not come */
};

/* Key of `held` (LRU): one of the fragments that came before their datagram's first one. */
struct held_key {
	struct fragment_key datagram;
	__u32 n; /* 0.. in the order they came */
};

/* Value of `held`. */
struct held {
	__u32 created; /* CLOCK_MONOTONIC seconds */
	__u32 serial;  /* random: tells whether the entry was reused while it was read */
	__u32 len;
	__u8 packet[ERXDP_HELD_BYTES]; /* from the IP header on */
};

/* Where a packet was counted. An interface's entry hook is XDP, or TC ingress with IFACE_TC_ONLY;
 * what the entry hook passed is counted a second time by the TC hooks, in rows of their own. The
 * programs write the rows of the interfaces and of slot 0; the daemon moves those of an interface
 * that leaves to ERXDP_SLOT_REMOVED, whose entry hook is always XDP. */
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
/* Nobody binds port 0: how often a bound socket was not counted, for want of room. */
#define LOCAL_PORTS_NO_ROOM LOCAL_PORT_INDEX(6 /* TCP */, 0)

enum control_flags {
	CONTROL_TRUSTED = 1 << 0,    /* tables mirror the kernel: the fast path may run */
	CONTROL_HASH_L4 = 1 << 1,    /* net.ipv4.fib_multipath_hash_policy = 1 */
	CONTROL_EXEMPT_SRC = 1 << 2, /* exempt_src has entries */
	CONTROL_HANDBACK =
		1 << 3, /* detaching: what leaves is the kernel's, what answers is ours */
	CONTROL_POLICIES = 1 << 4,  /* `inside_policies` has entries */
	CONTROL_ENDPOINTS = 1 << 5, /* some policy is BEHAVIOUR_RFC, or there are forwardings */
	CONTROL_LIMITS = 1 << 6,    /* some policy limits inside hosts */
	CONTROL_ANSWER = 1 << 7,    /* the nft table answers what TC ingress marks as refused */
	CONTROL_STAGES = 1 << 8,    /* no packet takes the express way: tests compare */
	/* Connections change hands between the kernel and erxdp. ASIDE: all are the kernel's, and
	 * the programs touch nothing. CHANGEOVER: sessions are in force, but none begins; what has
	 * none is the kernel's. Attach goes from the one to the other, detach back. */
	CONTROL_ASIDE = 1 << 9,
	CONTROL_CHANGEOVER = 1 << 10,
	CONTROL_ACCOUNT = 1 << 11, /* sessions count their bytes */
};

enum session_timeout {
	TIMEOUT_UDP,		 /* RFC 4787 REQ-5: 5 min recommended */
	TIMEOUT_TCP_ESTABLISHED, /* RFC 5382 REQ-5: at least 2 h 4 min */
	TIMEOUT_TCP_TRANSITORY,	 /* handshake not complete; RFC 5382 REQ-5: at least 4 min */
	TIMEOUT_ICMP,		 /* RFC 5508 REQ-2: at least 60 s */
	TIMEOUT_TCP_CLOSING,	 /* both FINs, or a RST; RFC 5382 REQ-5: at least 4 min */
	TIMEOUT_OTHER,		 /* protocols by address; netfilter's generic one is 10 min */
	TIMEOUT_MAX
};

#define ERXDP_MAX_COMMON 4

/* A prefix, not of length 0; written in one store. */
struct common_prefix {
	__be32 addr, mask;
} __attribute__((aligned(8)));

/* Sole element of `control` (memory-mapped array); written by the daemon. What each packet asks
 * comes first. */
struct control {
	__u32 abi;		    /* ERXDP_ABI */
	__u32 flags;		    /* enum control_flags; one word, so a change is whole */
	__u32 addr_gen;		    /* raised when an uplink's address comes or goes */
	__u32 generation;	    /* raised after a change of what decides where packets leave */
	__u64 session_seed;	    /* secret; as the next, never changed */
	__u32 session_buckets;	    /* elements of each index */
	__u32 mark_shift;	    /* where erxdp's two bits of skb->mark lie */
	__u32 timeout[TIMEOUT_MAX]; /* seconds */
	__u32 hash_seed;
	__u32 max_sessions; /* at most ERXDP_MAX_SESSIONS; 0 refuses all new sessions */
	__u16 port_min;	    /* lowest and highest outside port of TCP and UDP */
	__u16 port_max;
	__u32 session_records; /* in the table, number 0 included; never changed */
	__u32 pad[2];
	/* The first of the exempt destinations that all uplinks have, for a comparison instead of a
	 * lookup: the default ones are all of them. A row of 0 ends them. */
	struct common_prefix common[ERXDP_MAX_COMMON];
};

#define ERXDP_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)
ERXDP_ASSERT_SIZE(struct iface_key, 12);
ERXDP_ASSERT_SIZE(struct iface, 20);
ERXDP_ASSERT_SIZE(struct prefix_key, 8);
ERXDP_ASSERT_SIZE(struct nexthop, 48);
ERXDP_ASSERT_SIZE(struct nexthop_group, 264);
ERXDP_ASSERT_SIZE(struct neighbour_key, 8);
ERXDP_ASSERT_SIZE(struct neighbour, 16);
ERXDP_ASSERT_SIZE(struct uplink, 272);
ERXDP_ASSERT_SIZE(struct bond, 88);
ERXDP_ASSERT_SIZE(struct flow, 16);
ERXDP_ASSERT_SIZE(struct session, 128);
_Static_assert(__builtin_offsetof(struct session, number) == 64, "second line of struct session");
ERXDP_ASSERT_SIZE(struct session_bucket, 64);
ERXDP_ASSERT_SIZE(struct session_totals, 24);
ERXDP_ASSERT_SIZE(struct session_rest, 8);
ERXDP_ASSERT_SIZE(struct policy, 24);
ERXDP_ASSERT_SIZE(struct exempt_key, 12);
ERXDP_ASSERT_SIZE(struct tcp_side, 16);
ERXDP_ASSERT_SIZE(struct endpoint, 8);
ERXDP_ASSERT_SIZE(struct endpoint_owner, 24);
ERXDP_ASSERT_SIZE(struct inside_endpoint, 12);
ERXDP_ASSERT_SIZE(struct permit, 12);
ERXDP_ASSERT_SIZE(struct inside_host, 16);
ERXDP_ASSERT_SIZE(struct crowd, 8352);
ERXDP_ASSERT_SIZE(struct port_state, 24);
ERXDP_ASSERT_SIZE(struct port_search, 96);
ERXDP_ASSERT_SIZE(struct recent, 16);
ERXDP_ASSERT_SIZE(struct recent_ends, 16);
ERXDP_ASSERT_SIZE(struct refused, 32);
ERXDP_ASSERT_SIZE(struct answers, 8);
ERXDP_ASSERT_SIZE(struct sweep_request, 16);
ERXDP_ASSERT_SIZE(struct import_request, 192);
ERXDP_ASSERT_SIZE(struct fragment_key, 12);
ERXDP_ASSERT_SIZE(struct fragment, 20);
ERXDP_ASSERT_SIZE(struct held_key, 16);
ERXDP_ASSERT_SIZE(struct held, 12 + ERXDP_HELD_BYTES);
ERXDP_ASSERT_SIZE(struct counter, 16);
ERXDP_ASSERT_SIZE(struct control, 112);

#endif
