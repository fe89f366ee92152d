// SPDX-License-Identifier: GPL-2.0-only
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int netns_enter(const char *name)
{
	char path[64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET))
		err = -errno;
	close(fd);
	return err;
}

unsigned int netns_device(const char *netns, const char *device)
{
	int err = netns_enter(netns);
	unsigned int index = err ? 0 : if_nametoindex(device);

	if (err)
		fprintf(stderr, "bench: namespace %s: %s\n", netns, strerror(-err));
	else if (!index)
		fprintf(stderr, "bench: %s: %s in namespace %s\n", device, strerror(errno), netns);
	return index;
}
