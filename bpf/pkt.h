/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One packet, described once: parse fills it, the stages read it and write down what is to become
 * of it (`nat`, `inner_nat`, `nexthop`), rewrite carries that out. Offsets count from the start of
 * the frame, so they survive a helper that invalidates pointers.
 */
#ifndef BPF_PKT_H
#define BPF_PKT_H

#include <linux/types.h>
#include <stdbool.h>

#include <erxdp/maps.h>

/*
 * The larger stages are functions that are not static: the verifier looks at each once, by itself,
 * instead of along every path that leads to it, which cuts its work to a tenth. It assumes that
 * their pointers may be NULL, so they ask, though no caller passes one; and kernels before 6.4 take
 * none of these pointers as a map's key, which must be copied to the stack first.
 */

/* A stage answers CONTINUE, or the verdict that ends the packet's way. */
#define CONTINUE 0

#define VLAN_VID_MASK 0x0fff
#define TCP_FIN	      0x01
#define TCP_SYN	      0x02
#define TCP_RST	      0x04
#define TCP_ACK	      0x10

#define TCP_CHECK_OFF  16
#define UDP_CHECK_OFF  6
#define ICMP_CHECK_OFF 2

enum pkt_flags {
	PKT_OPTIONS = 1 << 0,	     /* IP options */
	PKT_FRAGMENT_FIRST = 1 << 1, /* has the ports, more follow */
	PKT_FRAGMENT_LATER = 1 << 2, /* no ports */
	PKT_PORTS = 1 << 3,	     /* sport and dport are filled; protocols by address: 0 */
	PKT_ECHO_REQUEST = 1 << 4,   /* or another query: sport is the identifier, dport 0 */
	PKT_ECHO_REPLY = 1 << 5,     /* its answer: dport is the identifier, sport 0 */
	PKT_ICMP_ERROR = 1 << 6,     /* `inner` is filled */
	PKT_TRANSLATE_IN = 1 << 7,   /* a mapping matched: nat.daddr is the inside host */
	PKT_TRANSLATED = 1 << 8,     /* `nat` or `inner_nat` differs from what came in */
	PKT_HAIRPIN = 1 << 9,	     /* from inside to an outside address of ours */
};

/* Addresses and ports of one header; a field that the header lacks is 0. */
struct tuple {
	__be32 saddr;
	__be32 daddr;
	union {
		struct {
			__be16 sport;
			__be16 dport;
		};
		__u32 ports; /* both: a tuple that is copied waits for two narrow stores */
	};
};

/* Of a TCP header; host byte order. `flags` is 0 of a packet that has none: what `inner` may hold
 * in the same place ends before it. */
struct pkt_tcp {
	__u32 seq, ack;
	__u16 window;  /* as the header has it */
	__u16 segment; /* sequence numbers it takes: data, SYN and FIN (of a fragment: its own) */
	__u8 flags;
	__u8 scale; /* of a SYN with the window scale option: 0-14; else TCP_NO_SCALE */
};

_Static_assert(__builtin_offsetof(struct pkt_tcp, flags) >= sizeof(struct tuple), "see above");

struct pkt {
	struct tuple ip;  /* as received */
	struct tuple nat; /* as to be sent */
	union {
		struct tuple inner; /* of the packet inside an ICMP error, as received */
		struct pkt_tcp tcp; /* IPPROTO_TCP */
	};
	struct tuple inner_nat; /* as to be sent */
	struct vlan_tag tag[2]; /* tags inside the frame (XDP), outermost first */
	__u32 now;		/* CLOCK_MONOTONIC seconds */
	__u32 session;		/* number of the session that translates it; 0: none */
	__u32 nexthop;		/* index into `nexthops` of where it leaves */
	__u32 generation;	/* of the tables, before any of them was looked at */
	__u32 bytes;		/* of the frame, for the counters */
	__u16 flags;		/* enum pkt_flags */
	__u16 tot_len;		/* of the IP packet, from its header */
	__u16 slot;		/* of the interface it entered by (TC egress: leaves by) */
	__u16 out_slot;		/* of the uplink it leaves by */
	__be32 towards;	   /* gateway it leaves by, or its destination: picks the outside address */
	__u16 iface_flags; /* enum iface_flags of that interface */
	__u32 port;	   /* device below that interface */
	__be16 id;	   /* IP identification */
	__u8 mac[6];	   /* the interface's own; 2-byte aligned */
	__u8 l3, l4;	   /* offsets of the IP header and of what follows; CTX_OFFSET_MAX is far */
	__u8 inner_l3, inner_l4;
	__u8 ntags;
	__u8 proto, inner_proto;
	__u8 ttl;
	__u8 inner_check; /* offset of the checksum in the inner transport header; 0: not there */
};

static __always_inline bool pkt_is_echo(const struct pkt *pkt)
{
	return pkt->flags & (PKT_ECHO_REQUEST | PKT_ECHO_REPLY);
}

/* A SYN that is no answer to one: with a FIN too, which netfilter lets pass as a SYN. */
static __always_inline bool tcp_opens(const struct pkt *pkt)
{
	return (pkt->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* May packets be judged by the mirrored tables? Not before they are complete, and not while erxdp
 * comes or goes. */
static __always_inline bool control_in_charge(const struct control *ctl)
{
	return (ctl->flags & (CONTROL_TRUSTED | CONTROL_HANDBACK | CONTROL_ASIDE)) ==
	       CONTROL_TRUSTED;
}

/* May what the kernel's conntrack may know be judged by whether there is a session? Not while
 * connections change hands. */
static __always_inline bool control_knows_all(const struct control *ctl)
{
	return control_in_charge(ctl) && !(ctl->flags & CONTROL_CHANGEOVER);
}

#endif
