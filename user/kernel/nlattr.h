/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink attributes checked against a table of presence and size, before anybody reads them. */
#ifndef ERXDP_NLATTR_H
#define ERXDP_NLATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One wanted attribute; found[] has the same index as its rule. */
struct attr_rule {
	uint16_t type;
	uint16_t min; /* bytes of payload */
	uint16_t max;
	bool required;
};

#define ATTR_ANY 0xffff

/*
 * Walks `len` bytes of attributes at `data`. Unwanted ones are skipped; of several of one type the
 * last counts, as in the kernel. 0 or -EBADMSG.
 */
int attr_collect(const void *data, size_t len, const struct attr_rule *rule, unsigned int nrules,
		 const struct nlattr **found);

const void *attr_data(const struct nlattr *attr);
size_t attr_len(const struct nlattr *attr);
/* Values of attributes whose size the table has checked; `otherwise` where absent. */
uint8_t attr_u8(const struct nlattr *attr, uint8_t otherwise);
uint16_t attr_u16(const struct nlattr *attr, uint16_t otherwise);
uint32_t attr_u32(const struct nlattr *attr, uint32_t otherwise);

#endif
