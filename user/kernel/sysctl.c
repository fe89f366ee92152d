// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "sysctl.h"

bool sysctl_read(const char *path, long *value)
{
	FILE *file = fopen(path, "re");
	bool read;

	if (!file)
		return false;
	read = fscanf(file, "%ld", value) == 1;
	fclose(file);
	return read;
}
