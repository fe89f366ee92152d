// SPDX-License-Identifier: GPL-2.0-only
#include "route_view.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "dir24.h"
#include "fib_record.h"
#include "mapset.h"
#include "prefix_mask.h"

#define MAX_TRIES  1000 /* of a reader against the daemon's writing */
#define HASH_RANGE 2147483648.0

static __u32 seq_of(const __u32 *seq)
{
	return __atomic_load_n(seq, __ATOMIC_ACQUIRE);
}

/* Copies an element of a memory-mapped array, whose first member is its sequence count. */
static int read_element(const void *element, void *copy, size_t size)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		__u32 before = seq_of(element);

		memcpy(copy, element, size);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(before & 1) && seq_of(element) == before)
			return 0;
	}
	return -EBUSY;
}

static int add_hop(const struct mapset *maps, __u32 index, double share, struct route_view *view)
{
	struct route_hop *hop = &view->hop[view->nhops];

	if (index >= ERXDP_MAX_NEXTHOPS)
		return -EINVAL;
	hop->share = share;
	view->nhops++;
	return read_element(&maps->nexthop[index], &hop->nexthop, sizeof(hop->nexthop));
}

/* A member's share is the distance of its bound from the one before. */
static int add_group(const struct mapset *maps, __u32 index, struct route_view *view)
{
	struct nexthop_group group;
	double below = -1;
	int err;

	if (index >= ERXDP_MAX_GROUPS)
		return -EINVAL;
	err = read_element(&maps->group[index], &group, sizeof(group));
	for (__u32 i = 0; i < group.count && i < ERXDP_MAX_MEMBERS && !err; i++) {
		double bound = group.member[i].bound;

		err = add_hop(maps, group.member[i].nexthop, (bound - below) / HASH_RANGE * 100,
			      view);
		below = bound;
	}
	return err;
}

int route_view_fill(const struct mapset *maps, const struct route_entry *entry,
		    struct route_view *view)
{
	__u32 index = route_index(entry->value);

	view->prefix = entry->prefix;
	view->kind = route_kind(entry->value);
	view->nhops = 0;
	if (view->kind == ROUTE_NEXTHOP)
		return add_hop(maps, index, 100, view);
	if (view->kind == ROUTE_GROUP)
		return add_group(maps, index, view);
	return 0;
}

/* The longest prefix that contains an address: all are looked at, since a word of the table does
 * not tell whose it is. */
static struct prefix_key find_prefix(const struct mapset *maps, __be32 addr)
{
	struct prefix_key found = {0};

	for (__u32 n = 0; n < ERXDP_MAX_ROUTES; n++) {
		struct route_record is = fib_record_read(&maps->prefix[n]);

		if (is.value && is.len >= found.prefixlen &&
		    (addr & prefix_mask(is.len)) == is.addr)
			found = (struct prefix_key){is.len, is.addr};
	}
	return found;
}

static void resolve_onlink(const struct mapset *maps, __be32 addr, struct nexthop *nexthop)
{
	struct neighbour_key key = {.ifindex = nexthop->oif, .addr = addr};
	struct neighbour neighbour;

	if (!(nexthop->flags & NEXTHOP_ONLINK) ||
	    bpf_map_lookup_elem(maps->neighbours, &key, &neighbour))
		return;
	memcpy(nexthop->dmac, neighbour.mac, sizeof(nexthop->dmac));
	nexthop->flags |= NEXTHOP_RESOLVED;
}

/* The programs leave multicast to the kernel without a look at the routes. */
static void set_multicast(struct route_view *view)
{
	view->prefix = (struct prefix_key){.prefixlen = 4, .addr = htonl(INADDR_UNSPEC_GROUP)};
	view->kind = ROUTE_BROADCAST;
	view->nhops = 0;
}

int route_view_find(const struct mapset *maps, __be32 addr, struct route_view *view)
{
	struct route_entry entry;
	int err;

	if (IN_MULTICAST(ntohl(addr))) {
		set_multicast(view);
		return 0;
	}
	entry.value = dir24_lookup(maps->route, maps->route_chunk, addr);
	entry.prefix = find_prefix(maps, addr);
	err = route_view_fill(maps, &entry, view);
	for (unsigned int i = 0; i < view->nhops; i++)
		resolve_onlink(maps, addr, &view->hop[i].nexthop);
	return err;
}

static const struct {
	const char *name, *text;
} kinds[] = {
	[ROUTE_NONE] = {"none", "no route: the kernel answers"},
	[ROUTE_NEXTHOP] = {"nexthop", NULL},
	[ROUTE_GROUP] = {"group", NULL},
	[ROUTE_LOCAL] = {"local", "this host"},
	[ROUTE_BROADCAST] = {"broadcast", "left to the kernel"},
	[ROUTE_BLACKHOLE] = {"blackhole", "dropped"},
	[ROUTE_UNREACHABLE] = {"unreachable", "the kernel answers"},
	[ROUTE_KERNEL] = {"kernel", "the kernel forwards"},
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *route_kind_name(enum route_kind kind)
{
	return kind < NKINDS ? kinds[kind].name : "unknown";
}

const char *route_kind_text(enum route_kind kind)
{
	return kind < NKINDS ? kinds[kind].text : "unknown";
}
