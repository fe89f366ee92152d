// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "nl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define BUFFER_BYTES (64 << 20) /* 100,000 notifications of a nexthop's replacement, and room */
#define READ_BYTES   (256 << 10)

static const int groups[] = {RTNLGRP_LINK,	  RTNLGRP_IPV4_IFADDR, RTNLGRP_NEIGH,
			     RTNLGRP_IPV4_ROUTE,  RTNLGRP_IPV4_RULE,   RTNLGRP_NEXTHOP,
			     RTNLGRP_IPV4_NETCONF};

int nl_set_buffer(struct nl *nl, int bytes)
{
	if (!setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		return 0;
	return setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) ? -errno : 0;
}

static int open_socket(struct nl *nl, int flags)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(addr);
	int on = 1;

	nl->seq = 0;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
	if (nl->fd < 0)
		return -errno;
	if (bind(nl->fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    getsockname(nl->fd, (struct sockaddr *)&addr, &len)) {
		int err = -errno;

		nl_close(nl);
		return err;
	}
	nl->port = addr.nl_pid;
	/* Strict checking (4.20) keeps cached exceptions out of route dumps; the message of an
	 * extended acknowledgement is for the log only. Neither is needed to be right. */
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

int nl_open_requests(struct nl *nl)
{
	return open_socket(nl, 0);
}

int nl_open_events(struct nl *nl)
{
	int err = open_socket(nl, SOCK_NONBLOCK);

	if (err < 0)
		return err;
	nl_set_buffer(nl, BUFFER_BYTES);
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
				sizeof(groups[i])))
			continue;
		err = -errno;
		nl_close(nl);
		return err;
	}
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

/* One datagram. Its length, or a negative errno; one that did not fit is as good as lost. */
static ssize_t read_some(struct nl *nl, void *buf, size_t size, int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = {buf, size};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len;

	do {
		len = recvmsg(nl->fd, &msg, flags);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -ENOBUFS;
	/* Any process may send to our port; only the kernel is believed. */
	return from.nl_pid ? 0 : len;
}

static int handle_all(const void *buf, int len, nl_handler handle, void *arg)
{
	const struct nlmsghdr *nlh = buf;
	int n = 0;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len), n++) {
		int err = handle(nlh, arg);

		if (err < 0)
			return err;
	}
	return n;
}

int nl_receive(struct nl *nl, unsigned int most, nl_handler handle, void *arg)
{
	static char buf[READ_BYTES] __attribute__((aligned(8)));
	unsigned int n = 0;

	while (n < most) {
		ssize_t len = read_some(nl, buf, sizeof(buf), MSG_DONTWAIT);
		int taken;

		if (len == -EAGAIN)
			return 0;
		if (len < 0)
			return len;
		taken = handle_all(buf, len, handle, arg);
		if (taken < 0)
			return taken;
		n += taken;
	}
	return 1;
}

/* The fixed headers of the dumps; strict checking wants them whole and otherwise zero. */
static const struct dump {
	uint16_t type;
	uint16_t size;
	uint8_t family;
} dumps[EVENT_MAX] = {
	[EVENT_LINK] = {RTM_GETLINK, sizeof(struct ifinfomsg), AF_UNSPEC},
	[EVENT_NETCONF] = {RTM_GETNETCONF, sizeof(uint8_t), AF_INET},
	[EVENT_ADDRESS] = {RTM_GETADDR, sizeof(struct ifaddrmsg), AF_INET},
	[EVENT_NEIGHBOUR] = {RTM_GETNEIGH, sizeof(struct ndmsg), AF_INET},
	[EVENT_RULE] = {RTM_GETRULE, sizeof(struct rtmsg), AF_INET},
	[EVENT_NEXTHOP] = {RTM_GETNEXTHOP, sizeof(struct nhmsg), AF_UNSPEC},
	[EVENT_ROUTE] = {RTM_GETROUTE, sizeof(struct rtmsg), AF_INET},
};

static struct nlmsghdr *make_request(struct nl *nl, void *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->seq;
	return nlh;
}

static int send_request(struct nl *nl, const struct nlmsghdr *nlh)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	if (sendto(nl->fd, nlh, nlh->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

static const char *ext_ack_text(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	size_t skip = sizeof(struct nlmsgerr);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	mnl_attr_for_each(attr, nlh, skip)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return mnl_attr_get_str(attr);
	return NULL;
}

/* The error in an acknowledgement (0: none), or of the end of a dump. */
static int error_of(const struct nlmsghdr *nlh)
{
	const char *text;
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	text = err && nlh->nlmsg_type == NLMSG_ERROR ? ext_ack_text(nlh) : NULL;
	if (text)
		log_debug("netlink: the kernel says: %s", text);
	return err;
}

struct answer {
	uint32_t seq;
	nl_handler handle;
	void *arg;
	bool done;
	bool interrupted;
	int err;
};

static int take_answer(const struct nlmsghdr *nlh, void *arg)
{
	struct answer *answer = arg;

	if (nlh->nlmsg_seq != answer->seq)
		return 0; /* of an earlier request that was given up */
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		answer->done = true;
		answer->err = error_of(nlh);
		return answer->err;
	}
	return answer->handle ? answer->handle(nlh, answer->arg) : 0;
}

static int await(struct nl *nl, struct answer *answer)
{
	static char buf[READ_BYTES] __attribute__((aligned(8)));

	while (!answer->done) {
		ssize_t len = read_some(nl, buf, sizeof(buf), 0);
		int err = len < 0 ? (int)len : handle_all(buf, len, take_answer, answer);

		if (err < 0)
			return err;
	}
	return answer->interrupted ? -EINTR : 0;
}

int nl_dump(struct nl *nl, enum event_kind kind, nl_handler handle, void *arg)
{
	char buf[128] __attribute__((aligned(8)));
	const struct dump *dump = &dumps[kind];
	struct nlmsghdr *nlh = make_request(nl, buf, dump->type, NLM_F_DUMP);
	struct answer answer = {.seq = nl->seq, .handle = handle, .arg = arg};
	uint8_t *head = mnl_nlmsg_put_extra_header(nlh, dump->size);
	int err;

	/* Each of the headers begins with its family. */
	*head = dump->family;
	if (kind == EVENT_LINK)
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = send_request(nl, nlh);
	return err < 0 ? err : await(nl, &answer);
}

int nl_await_change(struct nl *nl)
{
	char buf[128] __attribute__((aligned(8)));
	/* Any request that is served under RTNL will do; one for the loopback is the smallest. */
	struct nlmsghdr *nlh = make_request(nl, buf, RTM_GETLINK, NLM_F_ACK);
	struct answer answer = {.seq = nl->seq};
	struct ifinfomsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	int err;

	head->ifi_index = 1;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = send_request(nl, nlh);
	return err < 0 ? err : await(nl, &answer);
}

int nl_use_neighbour(struct nl *nl, uint32_t ifindex, __be32 addr)
{
	char buf[128] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = make_request(nl, buf, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK);
	struct answer answer = {.seq = nl->seq};
	struct ndmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	int err;

	head->ndm_family = AF_INET;
	head->ndm_ifindex = ifindex;
	head->ndm_state = NUD_NONE;
	head->ndm_flags = NTF_USE;
	mnl_attr_put_u32(nlh, NDA_DST, addr);
	err = send_request(nl, nlh);
	return err < 0 ? err : await(nl, &answer);
}
