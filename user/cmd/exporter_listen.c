// SPDX-License-Identifier: GPL-2.0-only
#include "exporter_listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config_values.h"

#define BACKLOG 16

/* Closes it where it does not come to listening. */
static int start(int fd, const struct sockaddr *addr, socklen_t len)
{
	int one = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, addr, len) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int listen_by_name(const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	uint32_t number;
	int fd;

	/* getaddrinfo() takes a port modulo 65536. */
	if (!*host || value_number(port, 1, 65535, &number) ||
	    getaddrinfo(host, port, &hints, &found))
		return -EINVAL;
	fd = start(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), found->ai_addr,
		   found->ai_addrlen);
	freeaddrinfo(found);
	return fd;
}

/* ADDRESS:PORT or [ADDRESS]:PORT. */
static int listen_inet(const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	char host[64];

	if (!colon || len >= sizeof(host))
		return -EINVAL;
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	return listen_by_name(host, colon + 1);
}

/* Of somebody who was killed. Other files are left alone. */
static void remove_dead(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd >= 0 && !lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED)
		unlink(addr->sun_path);
	if (fd >= 0)
		close(fd);
}

/* As open as a port of localhost would be; the directory's permissions may close it. */
static int listen_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	remove_dead(&addr);
	mask = umask(0111);
	fd = start(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&addr,
		   sizeof(addr));
	umask(mask);
	return fd;
}

int exporter_listen(const char *text)
{
	return *text == '/' ? listen_unix(text) : listen_inet(text);
}

void exporter_unlisten(const char *text)
{
	if (*text == '/')
		unlink(text);
}
