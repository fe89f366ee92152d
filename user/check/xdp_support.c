// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_ask.h"
#include "xdp_support.h"

/* From <linux/netdev.h> of 6.3; Debian 12's headers are of 6.1. */
#define NETDEV_FAMILY	      "netdev"
#define NETDEV_CMD_DEV_GET    1
#define NETDEV_A_IFINDEX      1
#define NETDEV_A_XDP_FEATURES 3
#define NETDEV_XDP_ACT_BASIC  1

static struct nlmsghdr *put_question(char *buf, uint16_t family, uint8_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	nlh->nlmsg_type = family;
	head->cmd = command;
	head->version = 1;
	return nlh;
}

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    !mnl_attr_validate(attr, MNL_TYPE_U16))
			*(uint16_t *)arg = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int take_features(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NETDEV_A_XDP_FEATURES &&
		    !mnl_attr_validate(attr, MNL_TYPE_U64))
			*(uint64_t *)arg = mnl_attr_get_u64(attr);
	}
	return MNL_CB_OK;
}

/* -ENOENT on a kernel that does not tell. */
static int ask_features(unsigned int ifindex, uint64_t *features)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = put_question(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	uint16_t family = 0;
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	err = nl_ask(NETLINK_GENERIC, nlh, take_family, &family);
	if (err || !family)
		return err ? err : -ENOENT;
	nlh = put_question(buf, family, NETDEV_CMD_DEV_GET);
	mnl_attr_put_u32(nlh, NETDEV_A_IFINDEX, ifindex);
	return nl_ask(NETLINK_GENERIC, nlh, take_features, features);
}

static void ask_driver(const char *device, char *name, size_t size)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq req = {.ifr_data = (void *)&info};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", device);
	if (!ioctl(fd, SIOCETHTOOL, &req))
		snprintf(name, size, "%s", info.driver);
	close(fd);
}

/* By the names that `ethtool -i` shows, of kernel 6.1. */
static const char *const native[] = {
	"atlantic",	 "bnxt_en",   "dpaa2-eth", "ena",     "enetc",	    "fsl_dpaa2_eth",
	"fsl_enetc",	 "hv_netvsc", "i40e",	   "ice",     "igb",	    "igc",
	"ixgbe",	 "ixgbevf",   "mana",	   "mlx4_en", "mlx5_core",  "mvneta",
	"mvpp2",	 "nfp",	      "qede",	   "sfc",     "st_gmac",    "stmmac",
	"thunder-nicvf", "tun",	      "veth",	   "vif",     "virtio_net",
};

static enum xdp_support support_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(native) / sizeof(native[0]); i++)
		if (!strcmp(name, native[i]))
			return XDP_SUPPORT_NATIVE;
	return XDP_SUPPORT_UNKNOWN;
}

void xdp_driver_look(const char *device, unsigned int ifindex, struct xdp_driver *driver)
{
	uint64_t features = 0;

	memset(driver, 0, sizeof(*driver));
	ask_driver(device, driver->name, sizeof(driver->name));
	if (ask_features(ifindex, &features))
		driver->support = support_by_name(driver->name);
	else
		driver->support =
			features & NETDEV_XDP_ACT_BASIC ? XDP_SUPPORT_NATIVE : XDP_SUPPORT_NONE;
}
