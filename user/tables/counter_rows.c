// SPDX-License-Identifier: GPL-2.0-only
#include "counter_rows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <erxdp/abi.h>

/* A reader can wait for an attach that changes the driver's mode; the daemon has routes to follow.
 */
#define PAUSE_MS  5
#define READER_MS 2000
#define MOVER_MS  100

/* Kernels before 5.13 know no batches for per-CPU arrays. */
static int read_one_by_one(int fd, __u32 first, unsigned int n, struct counter *percpu, int ncpus)
{
	int err;

	for (__u32 i = 0; i < n; i++) {
		__u32 key = first + i;

		err = bpf_map_lookup_elem(fd, &key, percpu + i * ncpus);
		if (err)
			return err;
	}
	return 0;
}

int rows_read(int fd, __u32 first, unsigned int n, struct counter *percpu, int ncpus)
{
	__u32 before = first - 1, out, count = n, *keys = calloc(n, sizeof(*keys));
	int err;

	if (!keys)
		return -ENOMEM;
	/* A batch over an array begins behind the key given. */
	err = bpf_map_lookup_batch(fd, first ? &before : NULL, &out, keys, percpu, &count, NULL);
	free(keys);
	if (!err || (err == -ENOENT && count == n))
		return 0;
	return read_one_by_one(fd, first, n, percpu, ncpus);
}

/* On the directory of the pins: it is there as long as there is something to count. */
int rows_lock(enum rows_use use)
{
	int how = use == ROWS_MOVE ? LOCK_EX : LOCK_SH;
	int left = use == ROWS_MOVE ? MOVER_MS : READER_MS;
	int fd = open(ERXDP_PIN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, how | LOCK_NB)) {
		if (left <= 0 || (errno != EWOULDBLOCK && errno != EINTR)) {
			close(fd);
			return -1;
		}
		usleep(PAUSE_MS * 1000);
		left -= PAUSE_MS;
	}
	return fd;
}

void rows_unlock(int lock)
{
	if (lock < 0)
		return;
	/* Closing would not do while a child has a copy. */
	flock(lock, LOCK_UN);
	close(lock);
}
