/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step of a sequence: a packet, or a silence. A step names a flow by its inside tuple and says
 * all that is in the packet, so that any step can be left out of a sequence, and printed and read
 * back as one line. What differs between the routers, the outside port, is put in when it is sent.
 */
#ifndef ORACLE_STEP_H
#define ORACLE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "net.h"

enum tcp_flags { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };

enum step_options { OPT_NONE, OPT_NOP, OPT_RECORD, OPT_TIMESTAMP, OPT_SOURCE_ROUTE, OPT_BROKEN };

enum step_damage {
	BAD_IP_CHECK = 1 << 0,
	BAD_L4_CHECK = 1 << 1,
	BAD_LEN_LONG = 1 << 2,	/* total length beyond the frame */
	BAD_LEN_SHORT = 1 << 3, /* total length ends within the transport header */
	BAD_VERSION = 1 << 4,
	BAD_IHL_SMALL = 1 << 5,
	BAD_IHL_LARGE = 1 << 6,
	BAD_UDP_LEN = 1 << 7,
	BAD_DOFF = 1 << 8, /* TCP data offset below 5 */
	BAD_INNER_IP_CHECK = 1 << 9,
	BAD_INNER_L4_CHECK = 1 << 10,
	BAD_INNER_IHL = 1 << 11,
};

enum step_order {
	FRAG_WHOLE,
	FRAG_IN_ORDER,
	FRAG_REVERSE,
	FRAG_SHUFFLED,	/* the second piece first */
	FRAG_OVERLAP,	/* the second piece begins 8 bytes early */
	FRAG_NO_FIRST,	/* the first piece is missing */
	FRAG_NO_LAST,	/* the last piece is missing */
	FRAG_DUPLICATE, /* the first piece twice */
};

/* X(name, value when left out, printed as ADDRESS or NUMBER) */
#define STEP_FIELDS(X)                                                                            \
	X(idle, 0, NUMBER) /* seconds of silence; no packet */                                    \
	X(from, 0, NUMBER) /* enum side */                                                        \
	X(proto, 17, NUMBER)                                                                      \
	X(host, IPV4(10, 0, 0, 4), ADDRESS)                                                       \
	X(port, 40000, NUMBER) /* or the identifier of an echo */                                 \
	X(remote, IPV4(198, 51, 100, 10), ADDRESS)                                                \
	X(rport, 53, NUMBER)                                                                      \
	X(source, 0, ADDRESS) /* instead of the flow's own; of an ICMP error: who reports */      \
	X(direct, 0, NUMBER)  /* from outside, to the inside host's own address */                \
	X(ttl, 64, NUMBER)                                                                        \
	X(tos, 0, NUMBER)                                                                         \
	X(id, 1, NUMBER)                                                                          \
	X(df, 0, NUMBER)                                                                          \
	X(options, 0, NUMBER) /* enum step_options */                                             \
	X(flags, 0, NUMBER)   /* TCP */                                                           \
	X(seq, 0, NUMBER)                                                                         \
	X(ack, 0, NUMBER)                                                                         \
	X(window, 65535, NUMBER)                                                                  \
	X(tcpopt, 0, NUMBER)  /* MSS, as in a SYN */                                              \
	X(nocheck, 0, NUMBER) /* UDP checksum 0 */                                                \
	X(type, 0, NUMBER)    /* ICMP; of an error, see `error` */                                \
	X(code, 0, NUMBER)                                                                        \
	X(error, 0, NUMBER) /* 1: an ICMP error about the flow's packet in the other direction */ \
	X(rest, 0, NUMBER)  /* ICMP error: second word of its header */                           \
	X(quote, 8, NUMBER) /* ICMP error: bytes quoted behind the inner IP header */             \
	X(inneropt, 0, NUMBER)                                                                    \
	X(innerfrag, 0, NUMBER) /* fragment offset of the quoted packet, in 8 bytes */            \
	X(len, 16, NUMBER)	/* payload */                                                     \
	X(cut, 0, NUMBER)	/* the IP packet ends after so many bytes, its length says so */  \
	X(pad, 0, NUMBER)	/* bytes behind the IP packet */                                  \
	X(bad, 0, NUMBER)	/* enum step_damage */                                            \
	X(mac, 0, NUMBER)	/* 1: to another host's MAC; 2: broadcast */                      \
	X(frag, 0, NUMBER)	/* enum step_order */                                             \
	X(piece, 64, NUMBER)	/* bytes of each fragment */

struct step {
#define STEP_MEMBER(name, value, format) uint32_t name;
	STEP_FIELDS(STEP_MEMBER)
#undef STEP_MEMBER
};

struct step step_default(void);
void step_print(FILE *to, const struct step *step);
/* 1: read; 0: an empty line or a comment; -1: not understood. */
int step_parse(const char *line, struct step *step);

/* Any field, for what tries simpler values. */
unsigned int step_fields(void);
uint32_t *step_field(struct step *step, unsigned int index);

struct sequence {
	struct step *step;
	unsigned int count;
};

#endif
