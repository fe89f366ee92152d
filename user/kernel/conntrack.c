// SPDX-License-Identifier: GPL-2.0-only
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sysctl.h"

/* Of the announcements: some hundred thousand of them. */
#define FOLLOW_BUFFER (64 << 20)
#define REQUEST_MAX   2048

struct conntrack {
	struct mnl_socket *ask;
	struct mnl_socket *follow; /* or NULL */
	unsigned int seq;
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* ---- what the kernel says ---- */

/* The library has an identifier for one direction only. */
static int take_icmp_id(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTA_PROTO_ICMP_ID)
		*(__be16 *)arg = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int take_icmp_proto(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
		return mnl_attr_parse_nested(attr, take_icmp_id, arg);
	return MNL_CB_OK;
}

static int take_icmp_reply(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTA_TUPLE_REPLY)
		return mnl_attr_parse_nested(attr, take_icmp_proto, arg);
	return MNL_CB_OK;
}

static void read_ports(const struct nlmsghdr *nlh, const struct nf_conntrack *ct,
		       struct connection *c)
{
	if (c->sent.proto == IPPROTO_ICMP) {
		c->sent.port = c->answered.port = nfct_get_attr_u16(ct, ATTR_ICMP_ID);
		mnl_attr_parse(nlh, sizeof(struct nfgenmsg), take_icmp_reply, &c->answered.port);
		return;
	}
	c->sent.port = nfct_get_attr_u16(ct, ATTR_PORT_SRC);
	c->sent.remote_port = nfct_get_attr_u16(ct, ATTR_PORT_DST);
	c->answered.port = nfct_get_attr_u16(ct, ATTR_REPL_PORT_DST);
	c->answered.remote_port = nfct_get_attr_u16(ct, ATTR_REPL_PORT_SRC);
}

/* False for what erxdp has no flow for. */
static bool read_connection(const struct nlmsghdr *nlh, const struct nf_conntrack *ct,
			    struct connection *c)
{
	memset(c, 0, sizeof(*c));
	if (nfct_get_attr_u8(ct, ATTR_L3PROTO) != AF_INET || nfct_get_attr_u16(ct, ATTR_ZONE))
		return false;
	c->sent.proto = c->answered.proto = nfct_get_attr_u8(ct, ATTR_L4PROTO);
	if (c->sent.proto == IPPROTO_ICMP && nfct_get_attr_u8(ct, ATTR_ICMP_TYPE) != ICMP_ECHO)
		return false;
	c->sent.addr = nfct_get_attr_u32(ct, ATTR_IPV4_SRC);
	c->sent.remote = nfct_get_attr_u32(ct, ATTR_IPV4_DST);
	c->answered.addr = nfct_get_attr_u32(ct, ATTR_REPL_IPV4_DST);
	c->answered.remote = nfct_get_attr_u32(ct, ATTR_REPL_IPV4_SRC);
	read_ports(nlh, ct, c);
	c->id = nfct_get_attr_u32(ct, ATTR_ID);
	c->status = nfct_get_attr_u32(ct, ATTR_STATUS);
	c->timeout = nfct_get_attr_u32(ct, ATTR_TIMEOUT);
	c->tcp_state = nfct_get_attr_u8(ct, ATTR_TCP_STATE);
	c->tcp_flags[0] = nfct_get_attr_u8(ct, ATTR_TCP_FLAGS_ORIG);
	c->tcp_flags[1] = nfct_get_attr_u8(ct, ATTR_TCP_FLAGS_REPL);
	return true;
}

struct walk {
	conntrack_visit_fn visit;
	void *arg;
	int seen;
	int ret; /* visit's */
};

static int take_message(const struct nlmsghdr *nlh, void *arg)
{
	struct walk *walk = arg;
	struct nf_conntrack *ct;
	struct connection c;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW))
		return MNL_CB_OK;
	ct = nfct_new();
	if (!ct) {
		walk->ret = -ENOMEM;
		return MNL_CB_STOP;
	}
	walk->seen++;
	if (nfct_nlmsg_parse(nlh, ct) == 0 && read_connection(nlh, ct, &c))
		walk->ret = walk->visit(&c, walk->arg);
	nfct_destroy(ct);
	return walk->ret ? MNL_CB_STOP : MNL_CB_OK;
}

/* ---- what the kernel is asked ---- */

static struct nlmsghdr *begin_request(struct conntrack *ct, char *buf, unsigned int type,
				      unsigned int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfh;

	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++ct->seq;
	nfh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfh));
	nfh->nfgen_family = AF_INET;
	nfh->version = NFNETLINK_V0;
	nfh->res_id = 0;
	return nlh;
}

/* Sends the request and takes all that answers it. 0 or a negative errno. */
static int ask(struct conntrack *ct, const struct nlmsghdr *nlh, struct walk *walk)
{
	unsigned int port = mnl_socket_get_portid(ct->ask);
	int more = MNL_CB_OK;
	ssize_t n;

	if (mnl_socket_sendto(ct->ask, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(ct->ask, ct->buf, sizeof(ct->buf));
		if (n < 0)
			return -errno;
		more = mnl_cb_run(ct->buf, n, nlh->nlmsg_seq, port, take_message, walk);
		/* An answer to an earlier request that nobody waited for. */
		if (more < 0 && errno == EPROTO)
			more = MNL_CB_OK;
	}
	return more < 0 ? -errno : 0;
}

int conntrack_dump(struct conntrack *ct, conntrack_visit_fn visit, void *arg)
{
	struct walk walk = {.visit = visit, .arg = arg};
	char buf[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	int err = ask(ct, begin_request(ct, buf, IPCTNL_MSG_CT_GET, NLM_F_DUMP), &walk);

	return err ? err : walk.ret;
}

int conntrack_follow(struct conntrack *ct, int wait, conntrack_visit_fn visit, void *arg)
{
	struct walk walk = {.visit = visit, .arg = arg};
	struct pollfd p = {.fd = mnl_socket_get_fd(ct->follow), .events = POLLIN};
	ssize_t n;

	while (poll(&p, 1, wait) > 0) {
		n = mnl_socket_recvfrom(ct->follow, ct->buf, sizeof(ct->buf));
		if (n < 0)
			return -errno;
		mnl_cb_run(ct->buf, n, 0, 0, take_message, &walk);
		if (walk.ret)
			return walk.ret;
		wait = 0;
	}
	return walk.seen;
}

static void set_ports(struct nf_conntrack *nfct, const struct flow *sent)
{
	switch (sent->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_GRE: /* the keys, of which erxdp knows none */
		nfct_set_attr_u16(nfct, ATTR_PORT_SRC, sent->port);
		nfct_set_attr_u16(nfct, ATTR_PORT_DST, sent->remote_port);
		break;
	case IPPROTO_ICMP:
		nfct_set_attr_u8(nfct, ATTR_ICMP_TYPE, ICMP_ECHO);
		nfct_set_attr_u8(nfct, ATTR_ICMP_CODE, 0);
		nfct_set_attr_u16(nfct, ATTR_ICMP_ID, sent->port);
		break;
	}
}

static struct nf_conntrack *name_connection(const struct connection *c)
{
	struct nf_conntrack *nfct = nfct_new();

	if (!nfct)
		return NULL;
	nfct_set_attr_u8(nfct, ATTR_L3PROTO, AF_INET);
	nfct_set_attr_u32(nfct, ATTR_IPV4_SRC, c->sent.addr);
	nfct_set_attr_u32(nfct, ATTR_IPV4_DST, c->sent.remote);
	nfct_set_attr_u8(nfct, ATTR_L4PROTO, c->sent.proto);
	set_ports(nfct, &c->sent);
	return nfct;
}

/* Not acknowledged: there may be very many, and nothing follows from an error. */
void conntrack_delete(struct conntrack *ct, const struct connection *connection)
{
	char buf[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = begin_request(ct, buf, IPCTNL_MSG_CT_DELETE, 0);
	struct nf_conntrack *nfct = name_connection(connection);

	if (!nfct)
		return;
	nfct_nlmsg_build(nlh, nfct);
	if (connection->id)
		mnl_attr_put_u32(nlh, CTA_ID, htonl(connection->id));
	(void)!mnl_socket_sendto(ct->ask, nlh, nlh->nlmsg_len);
	/* Those that were gone already are answered, and would fill the buffer. */
	while (recv(mnl_socket_get_fd(ct->ask), ct->buf, sizeof(ct->buf), MSG_DONTWAIT) > 0)
		;
	nfct_destroy(nfct);
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP;
}

/* A translation can be given to an entry only when it is made. */
static void set_translation(struct nf_conntrack *nfct, const struct connection *c)
{
	const struct flow *sent = &c->sent, *answered = &c->answered;

	if (sent->addr != answered->addr || sent->port != answered->port) {
		nfct_set_attr_u32(nfct, ATTR_SNAT_IPV4, answered->addr);
		if (has_ports(sent->proto))
			nfct_set_attr_u16(nfct, ATTR_SNAT_PORT, answered->port);
	}
	if (sent->remote != answered->remote || sent->remote_port != answered->remote_port) {
		nfct_set_attr_u32(nfct, ATTR_DNAT_IPV4, answered->remote);
		if (has_ports(sent->proto))
			nfct_set_attr_u16(nfct, ATTR_DNAT_PORT, answered->remote_port);
	}
}

static void set_tcp(struct nf_conntrack *nfct, const struct connection *c)
{
	nfct_set_attr_u8(nfct, ATTR_TCP_STATE, c->tcp_state);
	nfct_set_attr_u8(nfct, ATTR_TCP_FLAGS_ORIG, c->tcp_flags[0]);
	nfct_set_attr_u8(nfct, ATTR_TCP_MASK_ORIG, c->tcp_flags[0]);
	nfct_set_attr_u8(nfct, ATTR_TCP_FLAGS_REPL, c->tcp_flags[1]);
	nfct_set_attr_u8(nfct, ATTR_TCP_MASK_REPL, c->tcp_flags[1]);
}

int conntrack_create(struct conntrack *ct, const struct connection *c)
{
	char buf[REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh =
		begin_request(ct, buf, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	struct nf_conntrack *nfct = name_connection(c);
	struct walk walk = {};
	int err;

	if (!nfct)
		return -ENOMEM;
	nfct_setobjopt(nfct, NFCT_SOPT_SETUP_REPLY);
	nfct_set_attr_u32(nfct, ATTR_STATUS, c->status | IPS_CONFIRMED);
	nfct_set_attr_u32(nfct, ATTR_TIMEOUT, c->timeout);
	if (c->sent.proto == IPPROTO_TCP)
		set_tcp(nfct, c);
	set_translation(nfct, c);
	err = nfct_nlmsg_build(nlh, nfct) ? -EINVAL : ask(ct, nlh, &walk);
	nfct_destroy(nfct);
	return err;
}

/* ---- sockets ---- */

static int open_follow(struct conntrack *ct)
{
	int size = FOLLOW_BUFFER;

	ct->follow = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!ct->follow)
		return -errno;
	setsockopt(mnl_socket_get_fd(ct->follow), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (mnl_socket_bind(ct->follow, NF_NETLINK_CONNTRACK_NEW | NF_NETLINK_CONNTRACK_UPDATE,
			    MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

int conntrack_open(struct conntrack **out, bool follow)
{
	struct conntrack *ct = calloc(1, sizeof(*ct));
	int err = 0;

	if (!ct)
		return -ENOMEM;
	ct->ask = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!ct->ask || mnl_socket_bind(ct->ask, 0, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	if (!err && follow)
		err = open_follow(ct);
	if (err)
		conntrack_close(ct);
	else
		*out = ct;
	return err;
}

void conntrack_close(struct conntrack *ct)
{
	if (!ct)
		return;
	if (ct->ask)
		mnl_socket_close(ct->ask);
	if (ct->follow)
		mnl_socket_close(ct->follow);
	free(ct);
}

unsigned long conntrack_count(void)
{
	long count = 0;

	sysctl_read("/proc/sys/net/netfilter/nf_conntrack_count", &count);
	return count;
}
