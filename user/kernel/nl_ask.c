// SPDX-License-Identifier: GPL-2.0-only
#include "nl_ask.h"

#include <errno.h>
#include <sys/socket.h>

static int ask(struct mnl_socket *nl, const struct nlmsghdr *question, mnl_cb_t take, void *arg)
{
	char buf[MNL_SOCKET_BUFFER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned int port = mnl_socket_get_portid(nl);
	int more = MNL_CB_OK;
	ssize_t n;

	if (mnl_socket_sendto(nl, question, question->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		more = n < 0 ? MNL_CB_ERROR
			     : mnl_cb_run(buf, n, question->nlmsg_seq, port, take, arg);
	}
	return more < 0 ? -errno : 0;
}

int nl_ask(int bus, struct nlmsghdr *question, mnl_cb_t take, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int err;

	if (!nl)
		return -errno;
	question->nlmsg_seq = 1;
	/* The acknowledgement is the answer's end; a dump has an end of its own. */
	question->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	err = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
							     : ask(nl, question, take, arg);
	mnl_socket_close(nl);
	return err;
}
