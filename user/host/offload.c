// SPDX-License-Identifier: GPL-2.0-only
/* By the features' names: the kernel's bit numbers are not part of its interface. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "error.h"
#include "offload.h"

#define MAX_FEATURES 256
#define MAX_BLOCKS   (MAX_FEATURES / 32)

static const struct {
	unsigned int feature;
	const char *kernel; /* its name in ETH_SS_FEATURES */
	const char *user;   /* and in `ethtool -k` */
} names[] = {
	{OFFLOAD_CTAG, "rx-vlan-hw-parse", "rx-vlan-offload"},
	{OFFLOAD_STAG, "rx-vlan-stag-hw-parse", "rx-vlan-stag-hw-parse"},
	{OFFLOAD_LRO, "rx-lro", "large-receive-offload"},
	{OFFLOAD_GRO_HW, "rx-gro-hw", "rx-gro-hw"},
};

#define NNAMES (sizeof(names) / sizeof(names[0]))

/* One device's features: which bit each of `names` has (-1: none), and the words they are in. */
struct features {
	int fd;
	struct ifreq req;
	unsigned int nblocks;
	int bit[NNAMES];
	struct {
		struct ethtool_gfeatures head;
		struct ethtool_get_features_block block[MAX_BLOCKS];
	} get;
};

static int ethtool(struct features *f, void *command)
{
	f->req.ifr_data = command;
	return ioctl(f->fd, SIOCETHTOOL, &f->req) < 0 ? -errno : 0;
}

static int count_features(struct features *f, unsigned int *count)
{
	struct {
		struct ethtool_sset_info head;
		__u32 count;
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
	int err = ethtool(f, &info);

	if (err)
		return err;
	if (!info.head.sset_mask || info.count > MAX_FEATURES)
		return -EOPNOTSUPP;
	*count = info.count;
	return 0;
}

static int find_bits(struct features *f, unsigned int count)
{
	struct ethtool_gstrings *s = calloc(1, sizeof(*s) + count * ETH_GSTRING_LEN);
	int err;

	if (!s)
		return -ENOMEM;
	s->cmd = ETHTOOL_GSTRINGS;
	s->string_set = ETH_SS_FEATURES;
	s->len = count;
	err = ethtool(f, s);
	for (size_t n = 0; n < NNAMES; n++) {
		f->bit[n] = -1;
		for (unsigned int i = 0; !err && i < count; i++) {
			if (!strncmp((char *)s->data + i * ETH_GSTRING_LEN, names[n].kernel,
				     ETH_GSTRING_LEN))
				f->bit[n] = i;
		}
	}
	free(s);
	return err;
}

static int features_read(struct features *f)
{
	memset(&f->get, 0, sizeof(f->get));
	f->get.head.cmd = ETHTOOL_GFEATURES;
	f->get.head.size = f->nblocks;
	return ethtool(f, &f->get);
}

static int features_open(struct features *f, const char *device)
{
	unsigned int count = 0;
	int err;

	memset(f, 0, sizeof(*f));
	f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return -errno;
	snprintf(f->req.ifr_name, IFNAMSIZ, "%s", device);
	err = count_features(f, &count);
	if (!err)
		err = find_bits(f, count);
	f->nblocks = (count + 31) / 32;
	if (!err)
		err = features_read(f);
	if (err)
		close(f->fd);
	return err;
}

static unsigned int features_on(const struct features *f)
{
	unsigned int on = 0;

	for (size_t n = 0; n < NNAMES; n++) {
		int bit = f->bit[n];

		if (bit >= 0 && f->get.block[bit / 32].active & 1U << bit % 32)
			on |= names[n].feature;
	}
	return on;
}

static unsigned int features_fixed(const struct features *f)
{
	unsigned int fixed = 0;

	for (size_t n = 0; n < NNAMES; n++) {
		int bit = f->bit[n];

		if (bit >= 0 && !(f->get.block[bit / 32].available & 1U << bit % 32))
			fixed |= names[n].feature;
	}
	return fixed;
}

int offload_look(const char *device, unsigned int *on, unsigned int *fixed)
{
	struct features f;
	int err = features_open(&f, device);

	*on = *fixed = 0;
	if (err)
		return err == -EOPNOTSUPP ? 0 : err;
	close(f.fd);
	*on = features_on(&f);
	*fixed = features_fixed(&f);
	return 0;
}

int offload_get(const char *device)
{
	unsigned int on, fixed;
	int err = offload_look(device, &on, &fixed);

	return err ? err : (int)(on & OFFLOAD_TAGS);
}

static int features_write(struct features *f, unsigned int wanted, int on)
{
	struct {
		struct ethtool_sfeatures head;
		struct ethtool_set_features_block block[MAX_BLOCKS];
	} set = {.head = {.cmd = ETHTOOL_SFEATURES, .size = f->nblocks}};

	for (size_t n = 0; n < NNAMES; n++) {
		__u32 mask = 1U << (f->bit[n] & 31);

		if (f->bit[n] < 0 || !(wanted & names[n].feature))
			continue;
		set.block[f->bit[n] / 32].valid |= mask;
		set.block[f->bit[n] / 32].requested |= on ? mask : 0;
	}
	return ethtool(f, &set);
}

/* SFEATURES succeeds for what is fixed too, so the features are read again. */
int offload_set(const char *device, unsigned int features, int on, struct error *e)
{
	const char *what = names[features & OFFLOAD_CTAG ? 0 : 1].user;
	struct features f;
	int err = features_open(&f, device);

	if (err)
		return error_set(e, err, "%s: features cannot be read: %s", device, strerror(-err));
	err = features_write(&f, features, on);
	if (!err)
		err = features_read(&f);
	close(f.fd);
	if (err)
		return error_set(e, err, "%s: %s cannot be turned %s: %s", device, what,
				 on ? "on" : "off", strerror(-err));
	if ((features_on(&f) & features) != (on ? features : 0))
		return error_set(e, -EOPNOTSUPP, "%s: %s is fixed %s in this driver", device, what,
				 on ? "off" : "on");
	return 0;
}
