/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp attach --dry-run: what would be loaded, attached and changed. */
#ifndef ERXDP_DRY_RUN_H
#define ERXDP_DRY_RUN_H

#include <stdbool.h>

struct host;

/* h has its configuration, and is left. The exit code: 0, attach would not refuse. */
int dry_run(struct host *h, bool json);

#endif
