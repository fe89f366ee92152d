// SPDX-License-Identifier: GPL-2.0-only
/* The maps by system call. libbpf 1.x returns negative errnos. */
#include <bpf/bpf.h>
#include <time.h>

#include "fib.h"

static int update(int fd, const void *key, const void *value)
{
	return bpf_map_update_elem(fd, key, value, BPF_ANY);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

const struct fib_io fib_io_bpf = {
	.update = update,
	.lookup = bpf_map_lookup_elem,
	.remove = bpf_map_delete_elem,
	.next = bpf_map_get_next_key,
	.now = now,
};
