// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_socket.h"

#define MAX_CLIENTS    8
#define MAX_REQUEST    64
#define MAX_ANSWER     (256 * 1024)
#define CLIENT_SECONDS 5

struct client {
	int fd; /* -1: free */
	unsigned int age;
	size_t len;
	char request[MAX_REQUEST];
};

struct control_socket {
	int listener, epoll;
	control_answer answer;
	void *user;
	struct client client[MAX_CLIENTS];
};

static void client_drop(struct client *c)
{
	close(c->fd); /* leaves the epoll set by this */
	c->fd = -1;
}

static int watch(struct control_socket *cs, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(cs->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;
	mode_t mask;

	if (fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path); /* a dead daemon's: the lock is ours */
	mask = umask(0177);
	err = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, MAX_CLIENTS) ? -errno
											  : 0;
	umask(mask);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int control_open(struct control_socket **out, control_answer answer, void *user)
{
	struct control_socket *cs = calloc(1, sizeof(*cs));
	int err;

	if (!cs)
		return -ENOMEM;
	for (unsigned int i = 0; i < MAX_CLIENTS; i++)
		cs->client[i].fd = -1;
	cs->answer = answer;
	cs->user = user;
	cs->epoll = epoll_create1(EPOLL_CLOEXEC);
	cs->listener = listen_at(CONTROL_SOCKET);
	err = cs->listener < 0 ? cs->listener : cs->epoll < 0 ? -EMFILE : 0;
	if (!err)
		err = watch(cs, cs->listener, NULL);
	if (!err) {
		*out = cs;
		return 0;
	}
	control_close(cs);
	return err;
}

int control_fd(const struct control_socket *cs)
{
	return cs->epoll;
}

static void client_accept(struct control_socket *cs)
{
	int fd = accept4(cs->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int room = MAX_ANSWER;

	if (fd < 0)
		return;
	for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &cs->client[i];

		if (c->fd >= 0)
			continue;
		/* So that an answer is sent at once, or not at all. */
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		*c = (struct client){.fd = fd};
		if (watch(cs, fd, c))
			client_drop(c);
		return;
	}
	close(fd);
}

static void client_answer(struct control_socket *cs, struct client *c)
{
	char *answer = cs->answer(cs->user, c->request);

	if (answer && send(c->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
		/* The client has gone, or will find the answer cut off; either way it is over. */
	}
	free(answer);
}

static void client_read(struct control_socket *cs, struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->len, sizeof(c->request) - c->len, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->len += n;
		end = memchr(c->request, '\n', c->len);
		if (!end && c->len < sizeof(c->request))
			return;
		if (end) {
			*end = '\0';
			client_answer(cs, c);
		}
	}
	client_drop(c);
}

void control_dispatch(struct control_socket *cs)
{
	struct epoll_event event[MAX_CLIENTS + 1];
	int n = epoll_wait(cs->epoll, event, MAX_CLIENTS + 1, 0);

	for (int i = 0; i < n; i++) {
		if (event[i].data.ptr)
			client_read(cs, event[i].data.ptr);
		else
			client_accept(cs);
	}
}

void control_tick(struct control_socket *cs)
{
	for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
		struct client *c = &cs->client[i];

		if (c->fd >= 0 && ++c->age > CLIENT_SECONDS)
			client_drop(c);
	}
}

void control_close(struct control_socket *cs)
{
	if (!cs)
		return;
	for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
		if (cs->client[i].fd >= 0)
			client_drop(&cs->client[i]);
	}
	if (cs->listener >= 0) {
		close(cs->listener);
		unlink(CONTROL_SOCKET);
	}
	if (cs->epoll >= 0)
		close(cs->epoll);
	free(cs);
}
