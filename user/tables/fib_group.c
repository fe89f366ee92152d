// SPDX-License-Identifier: GPL-2.0-only
/* Slots of `groups`: whose they are, which nexthops are their members, what was written. */
#include <stdlib.h>
#include <string.h>

#include "fib_parts.h"

static uint32_t hash_key(const struct group_key *key)
{
	uint32_t hash = hash_bytes(&key->nh_id, sizeof(key->nh_id), key->mtu);

	for (unsigned int i = 0; i < key->nhops; i++) {
		uint32_t hop[3] = {key->hop[i].oif, key->hop[i].gateway, key->hop[i].weight};

		hash = hash_bytes(hop, sizeof(hop), hash);
	}
	return hash;
}

static bool same_key(const struct group_key *a, const struct group_key *b)
{
	if (a->nh_id != b->nh_id || a->mtu != b->mtu || a->nhops != b->nhops)
		return false;
	for (unsigned int i = 0; i < a->nhops; i++)
		if (a->hop[i].oif != b->hop[i].oif || a->hop[i].gateway != b->hop[i].gateway ||
		    a->hop[i].weight != b->hop[i].weight || a->hop[i].dead != b->hop[i].dead)
			return false;
	return true;
}

static struct fib_group *find(const struct fib *fib, const struct group_key *key)
{
	struct hnode *node = htable_first(&fib->groups, hash_key(key));

	for (; node; node = htable_again(node)) {
		struct fib_group *group = hentry(node, struct fib_group, node);

		if (!group->orphan && same_key(&group->key, key))
			return group;
	}
	return NULL;
}

static void write_slot(struct fib *fib, uint32_t slot, const struct nexthop_group *is)
{
	struct nexthop_group *at = &fib->maps->group[slot];

	fib_seq_begin(&at->seq);
	memcpy((char *)at + sizeof(at->seq), (const char *)is + sizeof(is->seq),
	       sizeof(*at) - sizeof(at->seq));
	fib_seq_end(&at->seq);
	fib_decided(fib);
}

struct wanted {
	unsigned int n;
	struct nexthop_key key[ERXDP_MAX_MEMBERS];
	uint32_t weight[ERXDP_MAX_MEMBERS];
};

static void list_members(const struct fib *fib, const struct group_key *key, struct wanted *wanted)
{
	const struct rib_nexthop *object;

	wanted->n = 0;
	for (unsigned int i = 0; i < key->nhops; i++, wanted->n++) {
		wanted->key[i] = (struct nexthop_key){
			.oif = key->hop[i].oif, .gateway = key->hop[i].gateway, .mtu = key->mtu};
		wanted->weight[i] = key->hop[i].weight;
	}
	object = key->nh_id ? rib_find_nexthop(fib->rib, key->nh_id) : NULL;
	if (!object || object->kind != NH_GROUP)
		return;
	for (unsigned int i = 0; i < object->nmembers; i++, wanted->n++) {
		wanted->key[i] =
			(struct nexthop_key){.nh_id = object->member[i].id, .mtu = key->mtu};
		wanted->weight[i] = object->member[i].weight;
	}
}

static bool has_members(const struct fib_group *group, const struct wanted *wanted)
{
	if (group->nmembers != wanted->n)
		return false;
	for (unsigned int i = 0; i < wanted->n; i++)
		if (memcmp(&group->member[i]->key, &wanted->key[i], sizeof(wanted->key[i])) ||
		    group->weight[i] != wanted->weight[i])
			return false;
	return true;
}

static void put_all(struct fib *fib, struct fib_nexthop *const *member, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		fib_put_nexthop(fib, member[i]);
}

/* The new members' references first; the old ones come out in old[] and are given back after the
 * slot has been written. False: no slots. */
static bool change_members(struct fib *fib, struct fib_group *group, const struct wanted *wanted,
			   struct fib_nexthop **old, unsigned int *nold)
{
	struct fib_nexthop *new[ERXDP_MAX_MEMBERS];

	*nold = 0;
	if (has_members(group, wanted))
		return true;
	for (unsigned int i = 0; i < wanted->n; i++) {
		new[i] = fib_get_nexthop(fib, &wanted->key[i]);
		if (new[i])
			continue;
		put_all(fib, new, i);
		return false;
	}
	*nold = group->nmembers;
	memcpy(old, group->member, sizeof(group->member));
	memcpy(group->member, new, wanted->n * sizeof(new[0]));
	memcpy(group->weight, wanted->weight, sizeof(group->weight));
	group->nmembers = wanted->n;
	return true;
}

static bool refresh(struct fib *fib, struct fib_group *group)
{
	struct fib_nexthop *old[ERXDP_MAX_MEMBERS];
	struct nexthop_group is;
	struct wanted wanted;
	unsigned int nold;

	list_members(fib, &group->key, &wanted);
	if (!change_members(fib, group, &wanted, old, &nold))
		return false;
	fib_share(fib, group, &is);
	if (memcmp(&is, &group->is, sizeof(is))) {
		group->is = is;
		write_slot(fib, group->slot, &is);
	}
	put_all(fib, old, nold);
	return true;
}

static struct fib_group *make(struct fib *fib, uint32_t slot, uint32_t hash)
{
	struct fib_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->slot = slot;
	if (htable_insert(&fib->groups, &group->node, hash) < 0) {
		free(group);
		return NULL;
	}
	fib->group_at[slot] = group;
	return group;
}

struct fib_group *fib_get_group(struct fib *fib, const struct group_key *key)
{
	struct fib_group *group = find(fib, key);
	uint32_t slot;

	if (group) {
		group->refs++;
		return group;
	}
	slot = fib_slots_get(&fib->group_slots, fib->io->now());
	if (!slot)
		return NULL;
	group = make(fib, slot, hash_key(key));
	if (!group) {
		fib_slots_put(&fib->group_slots, slot, fib->io->now());
		return NULL;
	}
	group->key = *key;
	group->refs = 1;
	/* No count is 0: what the slot held before must go in any case. */
	group->is.count = ~0u;
	if (!refresh(fib, group)) {
		fib_put_group(fib, group);
		return NULL;
	}
	return group;
}

void fib_put_group(struct fib *fib, struct fib_group *group)
{
	if (!group || --group->refs)
		return;
	put_all(fib, group->member, group->nmembers);
	htable_remove(&fib->groups, &group->node);
	fib->group_at[group->slot] = NULL;
	fib_slots_put(&fib->group_slots, group->slot, fib->io->now());
	free(group);
}

void fib_refresh_groups(struct fib *fib)
{
	struct hnode *node;

	hash_for_each(node, &fib->groups) {
		struct fib_group *group = hentry(node, struct fib_group, node);

		if (!group->orphan && !refresh(fib, group))
			fib->incomplete = true;
	}
}

static void adopt_members(struct fib *fib, struct fib_group *group)
{
	const struct nexthop_group *is = &fib->maps->group[group->slot];
	unsigned int n = is->count < ERXDP_MAX_MEMBERS ? is->count : ERXDP_MAX_MEMBERS;

	for (unsigned int i = 0; i < n; i++) {
		struct fib_nexthop *member = fib_adopt_nexthop(fib, is->member[i].nexthop);

		if (member)
			group->member[group->nmembers++] = member;
	}
}

struct fib_group *fib_adopt_group(struct fib *fib, uint32_t slot)
{
	struct fib_group *group;

	if (slot >= ERXDP_MAX_GROUPS)
		return NULL;
	group = fib->group_at[slot];
	if (!group && fib_slots_take(&fib->group_slots, slot)) {
		group = make(fib, slot, 0);
		if (group) {
			group->orphan = true;
			adopt_members(fib, group);
		}
	}
	if (group)
		group->refs++;
	return group;
}

void fib_free_groups(struct fib *fib)
{
	struct hnode *node;

	hash_for_each(node, &fib->groups)
		free(hentry(node, struct fib_group, node));
	htable_free(&fib->groups);
}
