/* SPDX-License-Identifier: GPL-2.0-only */
/* The element that the daemon steers all programs by. */
#ifndef BPF_CONTROL_H
#define BPF_CONTROL_H

#include "maps.h"

static __always_inline struct control *control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&control, &zero);
}

#endif
