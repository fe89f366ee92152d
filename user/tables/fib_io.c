// SPDX-License-Identifier: GPL-2.0-only
/* The maps by system call. libbpf 1.x returns negative errnos. */
#include <bpf/bpf.h>

#include "clock.h"
#include "fib.h"

static int update(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY);
}

const struct fib_io fib_io_bpf = {
	.update = update,
	.lookup = bpf_map_lookup_elem,
	.remove = bpf_map_delete_elem,
	.next = bpf_map_get_next_key,
	.now = clock_ms,
};
