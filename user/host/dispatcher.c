// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "dispatcher.h"
#include "dispatcher.skel.h"
#include "error.h"

#define OBJECT ERXDP_RUN_DIR "/xdp-dispatcher.o" /* the name is libxdp's */

static int write_object(void)
{
	size_t size;
	const void *elf = dispatcher_bpf__elf_bytes(&size);
	int fd, err = 0;

	unlink(OBJECT);
	fd = open(OBJECT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, elf, size) != (ssize_t)size)
		err = -EIO;
	close(fd);
	return err;
}

int dispatcher_provide(struct error *e)
{
	static bool provided;
	int err;

	if (provided)
		return 0;
	err = write_object();
	if (err)
		return error_set(e, err, OBJECT " cannot be written: %s", strerror(-err));
	setenv("LIBXDP_OBJECT_PATH", ERXDP_RUN_DIR, 1);
	provided = true;
	return 0;
}

void dispatcher_remove(void)
{
	unlink(OBJECT);
}
