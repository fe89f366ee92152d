/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_READ_LEGACY_H
#define ERXDP_READ_LEGACY_H

#include "rule.h"

/* Adds the chains of iptables-legacy's table nat, where the kernel has one: the question alone
 * would make it. 0 or a negative errno. */
int read_legacy(struct nat_ruleset *set, const struct import_host *host);

#endif
