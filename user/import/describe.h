/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets in words, for the comments of an import. */
#ifndef ERXDP_DESCRIBE_H
#define ERXDP_DESCRIBE_H

#include "rule.h"

/* Addresses that packets are forwarded from or to: below multicast. */
#define UNICAST_LAST 0xdfffffff

/* What it can be at most: full means "any". */
struct ranges dim_domain(struct obstack *mem, const struct import_host *host, enum dim dim);
/* "10.0.0.0/8 172.16.0.0/12", "all but 192.168.0.1", "any" */
const char *describe_values(struct nat_ruleset *set, const struct import_host *host,
			    struct ranges values, enum dim dim);
/* "destination 10.0.0.0/8, protocol tcp", "everything"; without the dimensions that are bits of
 * `leave_out`. */
const char *describe_box(struct nat_ruleset *set, const struct import_host *host,
			 const struct box *box, unsigned int leave_out);

#endif
