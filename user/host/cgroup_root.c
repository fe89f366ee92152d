// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_root.h"

/* A line of mountinfo. */
struct mounted {
	unsigned long long id; /* no two mounts have the same, in whatever namespace */
	char root[256], point[256];
	char options[256]; /* of the file system, by commas */
};

static bool parse_mount(const char *line, struct mounted *m)
{
	const char *type = strstr(line, " - cgroup2 ");

	return type && sscanf(line, "%llu %*u %*s %255s %255s", &m->id, m->root, m->point) == 3 &&
	       sscanf(type, " - cgroup2 %*s %255s", m->options) == 1;
}

/* A mount may be hidden by another one in its place. */
static int open_mounted(const struct mounted *m)
{
	int fd = open(m->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statx at = {};

	if (fd < 0)
		return -errno;
	if (!statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &at) && at.stx_mnt_id == m->id)
		return fd;
	close(fd);
	return -ENOENT;
}

/* The first that can be opened, or -ENOENT; options: as they are in force (all mounts share them),
 * left alone where there is no mount. */
static int find_mounted(const char *mountinfo, char options[256])
{
	FILE *f = fopen(mountinfo, "re");
	int fd = -ENOENT;
	struct mounted m;
	char line[4096];

	while (f && fd < 0 && fgets(line, sizeof(line), f)) {
		if (!parse_mount(line, &m))
			continue;
		memcpy(options, m.options, sizeof(m.options));
		if (!strcmp(m.root, "/"))
			fd = open_mounted(&m);
	}
	if (f)
		fclose(f);
	return fd;
}

/* The options of a new mount become those of the hierarchy (seen with 6.1 and 6.12): nsdelegate or
 * memory_recursiveprot would be lost for the whole host. */
static void keep_options(int fs, char *options)
{
	for (char *at, *word = strtok_r(options, ",", &at); word; word = strtok_r(NULL, ",", &at)) {
		if (strcmp(word, "rw") && strcmp(word, "ro"))
			fsconfig(fs, FSCONFIG_SET_FLAG, word, NULL, 0);
	}
}

/* A mount of our own that is in no directory, and ends with the descriptor. */
static int mount_nowhere(char *options)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), mount = -1, root = -1, err = 0;

	if (fs < 0)
		return -errno;
	keep_options(fs, options);
	if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		err = -errno;
	if (mount >= 0)
		close(mount);
	close(fs);
	return err ? err : root;
}

int cgroup_root_open(void)
{
	char options[256] = "";
	int fd = find_mounted("/proc/self/mountinfo", options);

	/* In a mount namespace that has none, the host's may tell the options. */
	if (fd < 0 && !*options)
		fd = find_mounted("/proc/1/mountinfo", options);
	return fd < 0 ? mount_nowhere(options) : fd;
}
