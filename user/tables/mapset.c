// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "mapset.h"

/* Each map by its pin's name and its place in the set. */
#define MAPS(X)             \
	X(ifaces)           \
	X(routes)           \
	X(route_chunks)     \
	X(prefixes)         \
	X(exempt_dst)       \
	X(exempt_src)       \
	X(policies)         \
	X(inside_policies)  \
	X(nexthops)         \
	X(groups)           \
	X(uplinks)          \
	X(control)          \
	X(neighbours)       \
	X(tx_ports)         \
	X(sessions)         \
	X(mappings)         \
	X(endpoints)        \
	X(inside_endpoints) \
	X(permits)          \
	X(local_ports)      \
	X(crowds)           \
	X(port_state)       \
	X(hosts)            \
	X(refused)          \
	X(counters)         \
	X(sent)

static const struct {
	const char *pin;
	size_t fd;
} maps[] = {
#define MAP(name) {ERXDP_PIN_DIR "/" #name, offsetof(struct mapset, name)},
	MAPS(MAP)
#undef MAP
		{ERXDP_PIN_DIR "/progs/erxdp_sweep", offsetof(struct mapset, erxdp_sweep)},
};
#define NMAPS (sizeof(maps) / sizeof(maps[0]))

/* Those that are memory-mapped: pin, pointer, number of elements, writable for everybody. */
#define MAPPINGS(X)                                             \
	X(routes, route, ERXDP_ROUTE_LINES, 0)                  \
	X(route_chunks, route_chunk, ERXDP_MAX_ROUTE_CHUNKS, 0) \
	X(prefixes, prefix, ERXDP_MAX_ROUTES, 0)                \
	X(nexthops, nexthop, ERXDP_MAX_NEXTHOPS, 0)             \
	X(groups, group, ERXDP_MAX_GROUPS, 0)                   \
	X(uplinks, uplink, ERXDP_MAX_IFACES, 0)                 \
	X(policies, policy, ERXDP_MAX_POLICIES, 0)              \
	X(control, ctl, 1, 0)                                   \
	X(local_ports, local_port, ERXDP_LOCAL_PORTS, 0)        \
	X(crowds, crowd, ERXDP_MAX_CROWDS, 1)                   \
	X(port_state, ports, 1, 1)

static const struct {
	size_t fd, at, bytes;
	int always_writable;
} mappings[] = {
#define MAPPING(name, member, n, writable)                               \
	{offsetof(struct mapset, name), offsetof(struct mapset, member), \
	 (n) * sizeof(*((struct mapset *)0)->member), writable},
	MAPPINGS(MAPPING)
#undef MAPPING
};
#define NMAPPINGS (sizeof(mappings) / sizeof(mappings[0]))

/* The kernel rounds an element's size up to 8 bytes; C's arrays must agree. */
_Static_assert(sizeof(struct nexthop) % 8 == 0, "stride of nexthops");
_Static_assert(sizeof(struct nexthop_group) % 8 == 0, "stride of groups");
_Static_assert(sizeof(struct uplink) % 8 == 0, "stride of uplinks");
_Static_assert(sizeof(struct policy) % 8 == 0, "stride of policies");
_Static_assert(sizeof(struct crowd) % 8 == 0, "stride of crowds");

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
	for (unsigned int i = 0; i < NMAPPINGS; i++) {
		int write = writable || mappings[i].always_writable;
		int protection = PROT_READ | (write ? PROT_WRITE : 0);
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
