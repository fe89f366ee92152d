// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill_hash PIN: fills a pinned hash map until it has no more room, with zeros under the keys 1, 2,
 * 3 and so on, which for local_sockets are addresses of nothing. Prints how many there was room
 * for.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_VALUE 64

static int fill(int fd, uint64_t *entries)
{
	static const char zeros[MAX_VALUE];
	uint64_t key;
	int err = 0;

	for (key = 1; !err; key++)
		err = bpf_map_update_elem(fd, &key, zeros, BPF_ANY);
	*entries = key - 2;
	return err == -E2BIG ? 0 : err;
}

static int check(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	return info.key_size == sizeof(uint64_t) && info.value_size <= MAX_VALUE ? 0 : -EPROTO;
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? bpf_obj_get(argv[1]) : -1;
	int err = fd < 0 ? -errno : check(fd);
	uint64_t entries;

	if (!err)
		err = fill(fd, &entries);
	if (!err) {
		printf("%ju\n", (uintmax_t)entries);
		return 0;
	}
	fprintf(stderr, "fill_hash: %s\n", strerror(-err));
	return 1;
}
