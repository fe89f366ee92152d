// SPDX-License-Identifier: GPL-2.0-only
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "build.h"
#include "step.h"

#define MARKER_PORT    9
#define MARKER_WAIT_MS 5000

static const char *const devices[ROUTERS][SIDES] = {{"ki", "ku"}, {"ei", "eu"}};
static const char *const names[ROUTERS] = {"kernel", "erxdp"};

static int failed(const char *what, const char *name)
{
	fprintf(stderr, "oracle: %s %s: %s\n", what, name, strerror(errno));
	return -1;
}

static int open_packet(const char *device)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(device),
	};
	int one = 1, bytes = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !addr.sll_ifindex)
		return failed("packet socket on", device);
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return failed("packet socket on", device);
	return fd;
}

static int enter(const char *namespace)
{
	char path[128];
	int fd, err;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed("namespace", namespace);
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	return err ? failed("namespace", namespace) : 0;
}

static int open_flush(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	return fd < 0 ? failed("socket of", "conntrack") : fd;
}

static int open_far(struct wire *wire)
{
	for (int r = 0; r < ROUTERS; r++)
		for (int s = 0; s < SIDES; s++)
			if ((wire->fd[r][s] = open_packet(devices[r][s])) < 0)
				return -1;
	return 0;
}

/* erxdp's router is the namespace that the oracle was started in. */
int wire_open(struct wire *wire, const char *far, const char *kernel)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err;

	if (own < 0)
		return failed("namespace", "of its own");
	wire->mark = 0;
	wire->flush[ERXDP] = open_flush();
	err = enter(kernel);
	if (!err)
		wire->flush[KERNEL] = open_flush();
	if (!err)
		err = enter(far);
	if (!err)
		err = open_far(wire);
	if (!err && setns(own, CLONE_NEWNET))
		err = failed("namespace", "of its own");
	close(own);
	return err || wire->flush[KERNEL] < 0 || wire->flush[ERXDP] < 0 ? -1 : 0;
}

static int flush_conntrack(int fd)
{
	struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
	} ask = {
		.h = {.nlmsg_len = sizeof(ask),
		      .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.g = {.nfgen_family = AF_INET, .version = NFNETLINK_V0},
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} answer;

	if (send(fd, &ask, sizeof(ask), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	return answer.h.nlmsg_type == NLMSG_ERROR && !answer.e.error ? 0 : -1;
}

int wire_flush(struct wire *wire)
{
	for (int r = 0; r < ROUTERS; r++)
		if (flush_conntrack(wire->flush[r]))
			return failed("flush of conntrack,", names[r]);
	return 0;
}

/* The marker that goes in on side `from`: UDP between two exempt addresses. */
static void build_marker(enum side from, uint32_t mark, bool slow, struct frame *frame)
{
	static struct frames frames;
	struct step step = step_default();

	step.from = from;
	step.host = NET_MARKER;
	step.remote = NET_MARKER_REMOTE;
	step.port = step.rport = MARKER_PORT;
	step.options = slow ? OPT_NOP : OPT_NONE;
	step.id = mark;
	step.nocheck = 1;
	build_frames(&step, MARKER_PORT, &frames);
	*frame = frames.frame[0];
}

/* 0 where it is none, 1 for the fast one and 2 for the slow one; -1 for one of an earlier barrier.
 */
static int is_marker(const struct frame *frame, uint32_t mark)
{
	const uint8_t *ip = frame->data + L3;
	uint32_t src, dst;

	if (frame->len < L3 + 20 || get16(frame->data + 12) != ETH_P_IP)
		return 0;
	src = get32(ip + 12), dst = get32(ip + 16);
	if ((src != NET_MARKER || dst != NET_MARKER_REMOTE) &&
	    (dst != NET_MARKER || src != NET_MARKER_REMOTE))
		return 0;
	if (get16(ip + 4) != (uint16_t)mark)
		return -1;
	return ip[0] == 0x45 ? 1 : 2;
}

static int send_frame(int fd, const struct frame *frame)
{
	return send(fd, frame->data, frame->len, 0) == (ssize_t)frame->len
		       ? 0
		       : failed("send of", "a frame");
}

static int send_markers(struct wire *wire, enum side from)
{
	struct frame marker[2];

	wire->mark++;
	for (int slow = 0; slow < 2; slow++)
		build_marker(from, wire->mark, slow, &marker[slow]);
	for (int r = 0; r < ROUTERS; r++)
		for (int slow = 0; slow < 2; slow++)
			if (send_frame(wire->fd[r][from], &marker[slow]))
				return -1;
	return 0;
}

/* One frame into *frame; -1 where none comes. */
static int receive(int fd, struct frame *frame)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t len = recv(fd, frame->data, FRAME_MAX, MSG_DONTWAIT);

	if (len < 0 && errno == EAGAIN) {
		if (poll(&wait, 1, MARKER_WAIT_MS) != 1)
			return -1;
		len = recv(fd, frame->data, FRAME_MAX, MSG_DONTWAIT);
	}
	frame->len = len < 0 ? 0 : len;
	return len < 0 ? -1 : 0;
}

/* The router's own "reassembly time exceeded": a clock sent it, which belongs to no step. */
static bool is_of_clock(struct frame *frame)
{
	struct view view = {};

	if (frame->len >= L3)
		view = frame_view(frame->data + L3, frame->len - L3);
	return view_is_icmp_error(&view) && net_is_router(view.src) && view.ip[8] == 64 &&
	       view.l4[0] == 11 && view.l4[1] == 1;
}

/* Collects what comes out until both markers have come. */
static int receive_to_markers(struct wire *wire, enum router r, enum side side, struct frames *got)
{
	struct frame spare, *frame;
	int seen = 0, marker;

	got->count = 0;
	while (seen != 3) {
		frame = got->count < FRAMES_MAX ? &got->frame[got->count] : &spare;
		if (receive(wire->fd[r][side], frame)) {
			fprintf(stderr, "oracle: %s forwards no markers any more\n", names[r]);
			return -1;
		}
		marker = is_marker(frame, wire->mark);
		if (marker > 0)
			seen |= marker;
		else if (!marker && frame != &spare && !is_of_clock(frame))
			got->count++;
	}
	return 0;
}

static int barrier(struct wire *wire, enum side from, struct output got[ROUTERS])
{
	if (send_markers(wire, from))
		return -1;
	for (int r = 0; r < ROUTERS; r++)
		if (receive_to_markers(wire, r, !from, &got[r].side[!from]))
			return -1;
	return 0;
}

int wire_exchange(struct wire *wire, enum side from, struct frames sent[ROUTERS],
		  struct output got[ROUTERS])
{
	for (int r = 0; r < ROUTERS; r++)
		for (unsigned int i = 0; i < sent[r].count; i++)
			if (send_frame(wire->fd[r][from], &sent[r].frame[i]))
				return -1;
	return barrier(wire, from, got) || barrier(wire, !from, got) ? -1 : 0;
}
