// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill_sessions N: as if N sessions had begun since the attach, in the records that commands read
 * (and in no index: packets do not meet them). Session n is of inside host 10.16.0.0 + n / 64, but
 * every sixteenth one of the first host; to port 443 of one of a thousand servers, every third one
 * to port 53; it began n seconds ago modulo 1000, and had n bytes out and 2 n in.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <erxdp/session_table.h>

#include "iface_names.h"
#include "mapset.h"
#include "sessions.h"

#define INSIDE	0x0a100000 /* 10.16.0.0 */
#define SERVER	0xcb007100 /* 203.0.113.0 */
#define OUTSIDE 0xc0000202 /* 192.0.2.2 */

static unsigned int uplink_slot(const struct mapset *maps)
{
	static struct iface_names names;

	for (unsigned int i = 1; !iface_names_read(maps, &names) && i < ERXDP_MAX_IFACES; i++)
		if (names.slot[i].known && names.slot[i].flags & IFACE_UPLINK)
			return i;
	return 0;
}

static struct session make(uint32_t n, uint32_t now, const struct control *ctl, unsigned int uplink)
{
	struct flow inside = {
		.addr = htonl(n % 16 ? INSIDE + n / 64 : INSIDE),
		.remote = htonl(SERVER + n % 1000),
		.port = htons(1024 + n % 60000),
		.remote_port = htons(n % 3 ? 443 : 53),
		.proto = n % 3 ? IPPROTO_TCP : IPPROTO_UDP,
	};
	struct session s = {
		.inside = inside,
		.outside = inside,
		.life = LIFE_NEXT + LIFE_LIVE,
		.addr_gen = ctl->addr_gen,
		.last_out = now,
		.last_in = now,
		.uplink = uplink,
		.state = n % 7 ? SESSION_OPEN : SESSION_NEW,
		.number = n,
		.created = now - n % 1000,
		.bytes_out = n,
		.bytes_in = 2ULL * n,
	};

	s.outside.addr = htonl(OUTSIDE);
	return s;
}

static int fill(const struct mapset *maps, uint32_t n)
{
	struct session_totals totals = {.live = n, .fresh = n};
	size_t bytes = maps->nsessions * sizeof(struct session);
	unsigned int uplink = uplink_slot(maps);
	uint32_t now = session_clock(), zero = 0;
	struct session *to =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, maps->sessions, 0);

	if (to == MAP_FAILED)
		return -errno;
	if (n >= maps->nsessions)
		return -ENOSPC;
	for (uint32_t i = 1; i <= n; i++)
		to[i] = make(i, now, maps->ctl, uplink);
	return bpf_map_update_elem(maps->session_totals, &zero, &totals, BPF_ANY);
}

int main(int argc, char **argv)
{
	uint32_t n = argc == 2 ? strtoul(argv[1], NULL, 0) : 0;
	struct mapset maps;
	int err = n ? mapset_open(&maps) : -EINVAL;

	if (!err)
		err = mapset_map(&maps, 0);
	if (!err)
		err = fill(&maps, n);
	if (!err)
		return 0;
	fprintf(stderr, "fill_sessions: %s\n", strerror(-err));
	return 1;
}
