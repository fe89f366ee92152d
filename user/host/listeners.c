// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "listeners.h"

/* States as the files give them (include/net/tcp_states.h). */
#define STATE_CLOSE  7 /* of an unconnected UDP socket */
#define STATE_LISTEN 10

static const struct {
	const char *path;
	uint8_t proto;
	unsigned int words; /* of an address */
	unsigned int state;
} files[] = {
	{"/proc/net/tcp", IPPROTO_TCP, 1, STATE_LISTEN},
	{"/proc/net/tcp6", IPPROTO_TCP, 4, STATE_LISTEN},
	{"/proc/net/udp", IPPROTO_UDP, 1, STATE_CLOSE},
	{"/proc/net/udp6", IPPROTO_UDP, 4, STATE_CLOSE},
};

/* An IPv6 socket takes IPv4 too, at :: (unless it was told not to, which is not seen here) and at
 * ::ffff:ADDRESS. Each word is printed as the number that lies in memory. */
static bool take_address(const char *text, unsigned int words, __be32 *addr)
{
	uint32_t word[4] = {0};

	for (unsigned int i = 0; i < words; i++)
		if (sscanf(text + 8 * i, "%8x", &word[i]) != 1)
			return false;
	*addr = word[words - 1];
	if (words == 1)
		return true;
	if (word[0] || word[1])
		return false;
	return word[2] ? word[2] == htonl(0xffff) : !word[3];
}

static bool take_line(const char *line, unsigned int words, unsigned int want,
		      struct listener *listener)
{
	unsigned int port, state;
	char local[40];

	if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*[0-9A-F]:%*4X %2X", local, &port, &state) != 3)
		return false;
	listener->port = port;
	return state == want && strlen(local) == 8 * words &&
	       take_address(local, words, &listener->addr);
}

int listeners_walk(listener_fn visit, void *arg)
{
	char line[512];
	int ret = 0;

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]) && !ret; i++) {
		struct listener listener = {.proto = files[i].proto};
		FILE *file = fopen(files[i].path, "re");

		if (!file && errno == ENOENT)
			continue; /* no IPv6 */
		if (!file)
			return -errno;
		while (!ret && fgets(line, sizeof(line), file))
			if (take_line(line, files[i].words, files[i].state, &listener))
				ret = visit(&listener, arg);
		fclose(file);
	}
	return ret;
}
