// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which member of a group takes which part of the flows' hashes, as the kernel has it:
 * nh_hthr_group_rebalance() and nexthop_select_path_hthr() for groups of nexthop objects,
 * fib_rebalance() and fib_select_multipath() for routes with several hops of their own.
 */
#include <string.h>

#include "fib_parts.h"

#define HASH_MAX 0x7fffffffu

/* The kernel takes a hop out of the sharing: dead, or an object about to be flushed with its link.
 */
static bool is_out(const struct fib *fib, const struct fib_group *group, unsigned int i)
{
	if (group->key.nh_id)
		return group->member[i]->is.flags & NEXTHOP_DOWN;
	return !rib_hop_is_usable(fib->rib, &group->key.hop[i]);
}

/* ipv4_good_nh(): a group of objects skips a gateway whose neighbour entry has failed; one without
 * an entry has not failed yet. */
static bool is_failed(const struct fib *fib, const struct fib_group *group, unsigned int i)
{
	const struct nexthop *is = &group->member[i]->is;
	const struct rib_neighbour *neighbour;

	if (!group->key.nh_id || !is->gateway)
		return false;
	neighbour = rib_find_neighbour(fib->rib, is->oif, is->gateway);
	return neighbour && neighbour->state && !rib_neighbour_is_usable(neighbour);
}

struct share {
	unsigned int n;
	uint64_t total, sum;
	bool all; /* none is in: all are, so that the kernel gets the packet */
};

static void add_bound(const struct fib_group *group, unsigned int i, struct share *share,
		      bool failed, struct nexthop_group *is)
{
	uint32_t bound;

	share->sum += group->weight[i];
	/* DIV_ROUND_CLOSEST_ULL(sum << 31, total) - 1 */
	bound = ((share->sum << 31) + share->total / 2) / share->total - 1;
	if (failed)
		return;
	is->member[is->count].nexthop = group->member[i]->slot;
	is->member[is->count++].bound = bound;
}

static void count_share(const struct fib *fib, const struct fib_group *group, struct share *share)
{
	for (unsigned int i = 0; i < group->nmembers; i++) {
		if (is_out(fib, group, i))
			continue;
		share->n++;
		share->total += group->weight[i];
	}
	if (share->n)
		return;
	share->all = true;
	for (unsigned int i = 0; i < group->nmembers; i++)
		share->total += group->weight[i];
}

/*
 * Failed members leave a gap: their share falls to the next one, and what is above the last bound
 * to the first good member.
 */
static void close_gap(const struct fib_group *group, struct nexthop_group *is)
{
	if (!is->count) {
		is->member[0].nexthop = group->member[0]->slot;
		is->member[0].bound = HASH_MAX;
		is->count = 1;
	} else if (is->member[is->count - 1].bound < HASH_MAX && is->count < ERXDP_MAX_MEMBERS) {
		is->member[is->count].nexthop = is->member[0].nexthop;
		is->member[is->count++].bound = HASH_MAX;
	}
}

void fib_share(const struct fib *fib, const struct fib_group *group, struct nexthop_group *is)
{
	struct share share = {0};

	memset(is, 0, sizeof(*is));
	if (!group->nmembers)
		return;
	count_share(fib, group, &share);
	for (unsigned int i = 0; i < group->nmembers; i++)
		if (share.all || !is_out(fib, group, i))
			add_bound(group, i, &share, is_failed(fib, group, i), is);
	close_gap(group, is);
}
