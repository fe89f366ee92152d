// SPDX-License-Identifier: GPL-2.0-only
/* For LD_PRELOAD: a kernel that lets nobody open a file system of cgroups. */
#include <errno.h>

int fsopen(void)
{
	errno = EPERM;
	return -1;
}
