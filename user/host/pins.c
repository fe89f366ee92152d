// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <erxdp/maps.h>

#include "error.h"
#include "log.h"
#include "pins.h"

#define BPF_FS "/sys/fs/bpf"

/* 0 where the directory is missing or empty. */
static int dir_entries(const char *path, char first[NAME_MAX + 1])
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int n = 0;

	if (!dir)
		return 0;
	while ((d = readdir(dir))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (!n++)
			snprintf(first, NAME_MAX + 1, "%s", d->d_name);
	}
	closedir(dir);
	return n;
}

/* The ABI number is the first word of the sole element of `control`, whatever follows it. */
static int read_abi(unsigned int *abi)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), key = 0;
	int fd = bpf_obj_get(ERXDP_PIN_DIR "/control");
	void *value = NULL;
	int err;

	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
	if (!err)
		value = calloc(1, info.value_size + sizeof(*abi));
	if (!err && !value)
		err = -ENOMEM;
	if (!err && bpf_map_lookup_elem(fd, &key, value))
		err = -errno;
	if (!err)
		memcpy(abi, value, sizeof(*abi));
	free(value);
	close(fd);
	return err;
}

enum pins pins_look(unsigned int *abi)
{
	char first[NAME_MAX + 1];

	if (!dir_entries(ERXDP_PIN_DIR, first))
		return PINS_NONE;
	if (access(PINS_LINKS, F_OK))
		return PINS_FOREIGN;
	if (read_abi(abi) || !*abi)
		return PINS_UNFINISHED;
	return *abi == ERXDP_ABI ? PINS_OURS : PINS_OTHER_ABI;
}

static int mount_bpf_fs(struct error *e)
{
	struct statfs fs;

	if (!statfs(BPF_FS, &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPF_FS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return error_set(e, -errno,
				 "no bpf file system at " BPF_FS
				 ", and it cannot be mounted (%s); try "
				 "`mount -t bpf bpf " BPF_FS "`",
				 strerror(errno));
	log_info("mounted the bpf file system at " BPF_FS);
	return 0;
}

static int make_dir(const char *path, struct error *e)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	return error_set(e, -errno, "%s cannot be made: %s%s", path, strerror(errno),
			 errno == EROFS ? "; remount " BPF_FS " read-write" : "");
}

int pins_check(struct error *e)
{
	char first[NAME_MAX + 1] = "";
	unsigned int abi = 0;

	switch (pins_look(&abi)) {
	case PINS_FOREIGN:
		dir_entries(ERXDP_PIN_DIR, first);
		return error_set(e, -EEXIST,
				 ERXDP_PIN_DIR " holds %s, which erxdp did not make; move it away",
				 first);
	case PINS_OTHER_ABI:
		return error_set(e, -EPROTO,
				 "the maps in " ERXDP_PIN_DIR
				 " have ABI %u and this erxdp " ERXDP_VERSION
				 " has ABI %u: `erxdp detach` by the erxdp that attached, which "
				 "hands the connections to the kernel, then attach by this one",
				 abi, ERXDP_ABI);
	default:
		return 0;
	}
}

int pins_prepare(struct error *e)
{
	unsigned int abi;
	int err = mount_bpf_fs(e);

	if (!err)
		err = pins_check(e);
	if (err)
		return err;
	if (pins_look(&abi) == PINS_UNFINISHED)
		pins_remove();
	err = make_dir(ERXDP_PIN_DIR, e);
	if (!err)
		err = make_dir(PINS_LINKS, e);
	if (!err)
		err = make_dir(PINS_PROGS, e);
	return err;
}

static void empty_dir(const char *path, const char *keep)
{
	char name[PATH_MAX];
	struct dirent *d;
	DIR *dir = opendir(path);

	if (!dir)
		return;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' || (keep && !strcmp(d->d_name, keep)))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		if (unlink(name) && errno == EISDIR)
			rmdir(name);
	}
	closedir(dir);
}

void pins_remove(void)
{
	if (access(PINS_LINKS, F_OK)) {
		rmdir(ERXDP_PIN_DIR);
		return;
	}
	empty_dir(PINS_PROGS, NULL);
	empty_dir(ERXDP_PIN_DIR, "links");
	empty_dir(PINS_LINKS, NULL);
	rmdir(PINS_LINKS);
	if (rmdir(ERXDP_PIN_DIR) && errno != ENOENT)
		log_warn(ERXDP_PIN_DIR " cannot be removed: %s", strerror(errno));
}
