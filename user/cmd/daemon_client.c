// SPDX-License-Identifier: GPL-2.0-only
#include "daemon_client.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "clock.h"

#define STATUS_MS  2000
#define RELOAD_MS  60000 /* devices are asked and attached to, on a busy host */
#define ANSWER_MAX 65536

/* A path that is not there, or that nobody listens at, mean the same: no daemon. */
static int open_socket(const char *request)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = ERXDP_RUN_DIR "/erxdp.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		err = errno == ENOENT ? -ECONNREFUSED : errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (!err && send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Reads to the end of the stream; the length, or a negative errno. */
static ssize_t read_answer(int fd, char *buf, size_t size, long timeout)
{
	long deadline = clock_ms() + timeout;
	size_t len = 0;

	while (len < size) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		long left = deadline - (long)clock_ms();
		ssize_t n;

		if (left <= 0 || poll(&pfd, 1, left) == 0)
			return -ETIMEDOUT;
		n = recv(fd, buf + len, size - len, 0);
		if (n == 0)
			return len;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		len += n > 0 ? n : 0;
	}
	return -EMSGSIZE;
}

static struct json_object *parse_object(const char *buf, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *obj = NULL;

	if (tokener)
		obj = json_tokener_parse_ex(tokener, buf, len);
	json_tokener_free(tokener);
	if (json_object_is_type(obj, json_type_object))
		return obj;
	json_object_put(obj);
	return NULL;
}

static int ask(const char *request, long timeout, struct json_object **answer)
{
	static char buf[ANSWER_MAX];
	int fd = open_socket(request);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read_answer(fd, buf, sizeof(buf), timeout);
	close(fd);
	if (len < 0)
		return len;
	*answer = parse_object(buf, len);
	return *answer ? 0 : -EBADMSG;
}

int daemon_ask_status(struct json_object **answer)
{
	return ask("status\n", STATUS_MS, answer);
}

int daemon_ask_reload(struct json_object **answer)
{
	return ask("reload\n", RELOAD_MS, answer);
}
