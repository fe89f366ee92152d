/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames from a description: the same builder makes what goes in and what is expected to come out,
 * with every checksum computed from nothing. A second, independent reader verifies the checksums of
 * what did come out, and another names the field in which two frames differ.
 */
#ifndef TEST_PACKET_H
#define TEST_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX   2048
#define TTL_ZERO    256
#define WINDOW_ZERO 0x10000

#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_ACK 0x10

#define FRAG_DF 0x4000
#define FRAG_MF 0x2000

struct frame {
	uint32_t len;
	uint8_t data[FRAME_MAX];
};

/* Numbers are in host order; what is left out takes the value in brackets. */
struct spec {
	uint64_t dmac, smac;
	struct {
		uint16_t tpid, tci;
	} tag[3];
	uint16_t ethertype; /* [IPv4] of anything else the payload is all there is */
	const char *src, *dst;
	uint16_t ttl; /* [64]; TTL_ZERO for 0 */
	uint8_t tos;
	uint8_t proto;
	uint8_t options; /* bytes of IP options, a multiple of 4 */
	uint16_t id;
	uint16_t frag; /* flags and offset as the header has them */
	uint16_t sport, dport;
	uint16_t echo; /* identifier */
	uint8_t tcp_flags;
	uint32_t seq, ack;
	uint32_t window;	    /* [64240]; WINDOW_ZERO for 0 */
	const uint8_t *tcp_options; /* a multiple of 4 bytes */
	uint8_t tcp_options_len;
	uint8_t data_offset;	  /* TCP: in words [right] */
	uint8_t type, code;	  /* ICMP */
	uint16_t mtu;		  /* ICMP: the next hop's, of "fragmentation needed" */
	uint16_t coverage;	  /* UDP-Lite: bytes under its checksum [0: all] */
	bool no_checksum;	  /* UDP: 0 */
	bool bad_checksum;	  /* of the IP header */
	uint16_t payload;	  /* bytes */
	uint16_t word;		  /* the first two of them */
	const struct spec *inner; /* the packet inside an ICMP error */
	uint16_t inner_len;	  /* bytes behind its IP header [all] */
	uint16_t trailer;	  /* bytes behind the IP packet */
};

void frame_build(struct frame *frame, const struct spec *spec);
/* NULL where every checksum is right, or the name of one that is not. */
const char *frame_wrong_checksum(const struct frame *frame);
/* The IP header, or NULL. */
uint8_t *frame_ip(struct frame *frame);
/* Fails the test, with both frames in hex and the field of the first difference, unless equal. */
void frame_assert_equal(const struct frame *want, const struct frame *got, const char *what);
void frame_print(const char *title, const struct frame *frame);

#endif
