// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "mapset.h"

/* Each map by its pin's name and its place in the set. */
static const struct {
	const char *pin;
	size_t fd;
} maps[] = {
#define MAP(name)                                                      \
	{                                                              \
		ERXDP_PIN_DIR "/" #name, offsetof(struct mapset, name) \
	}
	MAP(ifaces),	 MAP(routes),	MAP(exempt_dst), MAP(exempt_src),
	MAP(nexthops),	 MAP(groups),	MAP(uplinks),	 MAP(control),
	MAP(neighbours), MAP(tx_ports), MAP(sessions),	 MAP(mappings),
	MAP(fragments),	 MAP(counters), MAP(sent),	 MAP(local_ports),
#undef MAP
};
#define NMAPS (sizeof(maps) / sizeof(maps[0]))

/* Those that are memory-mapped: descriptor, pointer, and how much of it. */
static const struct {
	size_t fd, at, bytes;
} mappings[] = {
#define MAPPING(name, member, n)                                                \
	{                                                                       \
		offsetof(struct mapset, name), offsetof(struct mapset, member), \
			(n) * sizeof(*((struct mapset *)0)->member)             \
	}
	MAPPING(nexthops, nexthop, ERXDP_MAX_NEXTHOPS),
	MAPPING(groups, group, ERXDP_MAX_GROUPS),
	MAPPING(uplinks, uplink, ERXDP_MAX_IFACES),
	MAPPING(control, ctl, 1),
	MAPPING(local_ports, local_port, ERXDP_LOCAL_PORTS),
#undef MAPPING
};
#define NMAPPINGS (sizeof(mappings) / sizeof(mappings[0]))

/* The kernel rounds an element's size up to 8 bytes; C's arrays must agree. */
_Static_assert(sizeof(struct nexthop) % 8 == 0, "stride of nexthops");
_Static_assert(sizeof(struct nexthop_group) % 8 == 0, "stride of groups");
_Static_assert(sizeof(struct uplink) % 8 == 0, "stride of uplinks");

static int *fd_of(struct mapset *set, size_t offset)
{
	return (int *)((char *)set + offset);
}

static void **pointer_of(struct mapset *set, size_t offset)
{
	return (void **)((char *)set + offset);
}

int mapset_open(struct mapset *set)
{
	memset(set, 0, sizeof(*set));
	for (unsigned int i = 0; i < NMAPS; i++)
		*fd_of(set, maps[i].fd) = -1;
	for (unsigned int i = 0; i < NMAPS; i++) {
		int fd = bpf_obj_get(maps[i].pin);

		if (fd < 0) {
			mapset_close(set);
			return fd;
		}
		*fd_of(set, maps[i].fd) = fd;
	}
	return 0;
}

int mapset_map(struct mapset *set, int writable)
{
	int protection = PROT_READ | (writable ? PROT_WRITE : 0);

	for (unsigned int i = 0; i < NMAPPINGS; i++) {
		void *at = mmap(NULL, mappings[i].bytes, protection, MAP_SHARED,
				*fd_of(set, mappings[i].fd), 0);

		if (at == MAP_FAILED)
			return -errno; /* mapset_close() undoes the others */
		*pointer_of(set, mappings[i].at) = at;
	}
	return 0;
}

void mapset_close(struct mapset *set)
{
	for (unsigned int i = 0; i < NMAPPINGS; i++) {
		void **at = pointer_of(set, mappings[i].at);

		if (*at)
			munmap(*at, mappings[i].bytes);
		*at = NULL;
	}
	for (unsigned int i = 0; i < NMAPS; i++) {
		int *fd = fd_of(set, maps[i].fd);

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}
