/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames as bytes, the fields of their headers, and the Internet checksum. */
#ifndef ORACLE_FRAME_H
#define ORACLE_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FRAME_MAX  2048
#define FRAMES_MAX 64
#define L3	   14 /* where the IP header begins */

struct frame {
	uint32_t len;
	uint8_t data[FRAME_MAX];
};

struct frames {
	unsigned int count;
	struct frame frame[FRAMES_MAX];
};

static inline uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static inline uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static inline void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* RFC 1071, without the last complement; a sum can be begun with another one. */
uint16_t frame_sum(const uint8_t *data, uint32_t len, uint32_t sum);
uint32_t frame_pseudo_sum(const uint8_t *ip, uint8_t proto, uint32_t len);
/* Puts `value` at `at`, and its change into the checksum at `check` (RFC 1624); check may be NULL.
 */
void frame_replace16(uint8_t *at, uint16_t value, uint8_t *check);

/* Makes a checksum wrong by an amount that any right change to it leaves as it is. */
void frame_spoil(uint8_t *check);

/* What an IP packet of so many bytes is, as far as it can be read. */
struct view {
	uint8_t *ip, *l4; /* l4: NULL in a later fragment, or where no byte of it is there */
	uint32_t l4len;	  /* bytes that are there */
	uint32_t src, dst;
	uint8_t proto;
	bool valid; /* IPv4 with a whole header */
};

struct view frame_view(uint8_t *ip, uint32_t len);
bool view_is_icmp_error(const struct view *view);
/* ICMP with an identifier: an echo, a timestamp, ... (RFC 792, RFC 950), asked or answered. */
bool view_has_id(const struct view *view);
bool view_is_query(const struct view *view);
/* The packet quoted in an ICMP error. */
struct view view_inner(const struct view *view);
/* The transport checksum's place, NULL where it is not there or says "none". */
uint8_t *view_check(const struct view *view);

void frame_print(FILE *to, const char *title, const struct frame *frame);

#endif
