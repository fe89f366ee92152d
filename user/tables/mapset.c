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
	X(bonds)            \
	X(control)          \
	X(neighbours)       \
	X(tx_ports)         \
	X(sessions)         \
	X(inside_index)     \
	X(outside_index)    \
	X(session_totals)   \
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
	{ERXDP_PIN_DIR "/progs/erxdp_import", offsetof(struct mapset, erxdp_import)},
};
#define NMAPS (sizeof(maps) / sizeof(maps[0]))

/* Those that are memory-mapped: pin, pointer, number of elements. */
#define MAPPINGS(X)                                          \
	X(routes, route, ERXDP_ROUTE_LINES)                  \
	X(route_chunks, route_chunk, ERXDP_MAX_ROUTE_CHUNKS) \
	X(prefixes, prefix, ERXDP_MAX_ROUTES)                \
	X(nexthops, nexthop, ERXDP_MAX_NEXTHOPS)             \
	X(groups, group, ERXDP_MAX_GROUPS)                   \
	X(uplinks, uplink, ERXDP_MAX_IFACES)                 \
	X(bonds, bond, ERXDP_MAX_IFACES)                     \
	X(policies, policy, ERXDP_MAX_POLICIES)              \
	X(control, ctl, 1)                                   \
	X(local_ports, local_port, ERXDP_LOCAL_PORTS)        \
	X(crowds, crowd, ERXDP_MAX_CROWDS)                   \
	X(port_state, ports, 1)                              \
	X(session_totals, totals, 1)

static const struct {
	size_t fd, at, bytes;
} mappings[] = {
#define MAPPING(name, member, n)                                         \
	{offsetof(struct mapset, name), offsetof(struct mapset, member), \
	 (n) * sizeof(*((struct mapset *)0)->member)},
	MAPPINGS(MAPPING)
#undef MAPPING
};
#define NMAPPINGS (sizeof(mappings) / sizeof(mappings[0]))

/* The kernel rounds an element's size up to 8 bytes; C's arrays must agree. */
_Static_assert(sizeof(struct nexthop) % 8 == 0, "stride of nexthops");
_Static_assert(sizeof(struct nexthop_group) % 8 == 0, "stride of groups");
_Static_assert(sizeof(struct uplink) % 8 == 0, "stride of uplinks");
_Static_assert(sizeof(struct bond) % 8 == 0, "stride of bonds");
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

/* As many as max-sessions asked for when the table was made. */
static int map_sessions(struct mapset *set)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	void *at;

	if (bpf_obj_get_info_by_fd(set->sessions, &info, &len))
		return -errno;
	at = mmap(NULL, info.max_entries * sizeof(*set->session), PROT_READ, MAP_SHARED,
		  set->sessions, 0);
	if (at == MAP_FAILED)
		return -errno;
	set->session = at;
	set->nsessions = info.max_entries;
	return 0;
}

int mapset_map(struct mapset *set, int writable)
{
	for (unsigned int i = 0; i < NMAPPINGS; i++) {
		int protection = PROT_READ | (writable ? PROT_WRITE : 0);
		void *at = mmap(NULL, mappings[i].bytes, protection, MAP_SHARED,
				*fd_of(set, mappings[i].fd), 0);

		if (at == MAP_FAILED)
			return -errno; /* mapset_close() undoes the others */
		*pointer_of(set, mappings[i].at) = at;
	}
	return map_sessions(set);
}

void mapset_close(struct mapset *set)
{
	for (unsigned int i = 0; i < NMAPPINGS; i++) {
		void **at = pointer_of(set, mappings[i].at);

		if (*at)
			munmap(*at, mappings[i].bytes);
		*at = NULL;
	}
	if (set->session)
		munmap(set->session, set->nsessions * sizeof(*set->session));
	set->session = NULL;
	for (unsigned int i = 0; i < NMAPS; i++) {
		int *fd = fd_of(set, maps[i].fd);

		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}
