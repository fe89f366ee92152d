/* SPDX-License-Identifier: GPL-2.0-only */
/* The prefixes' side that the model's routes use. */
#ifndef ERXDP_RIB_PREFIX_H
#define ERXDP_RIB_PREFIX_H

#include "rib.h"

struct rib_prefix *rib_get_prefix(struct rib *rib, __be32 addr, unsigned int len);
/* Frees a prefix that has neither routes nor a reader. */
void rib_put_prefix(struct rib *rib, struct rib_prefix *prefix);
/* After a route came or went: which tables the prefix is in, and what that covers. */
void rib_update_tables(struct rib *rib, struct rib_prefix *prefix);

#endif
