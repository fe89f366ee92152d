// SPDX-License-Identifier: GPL-2.0-only
/* Slots of `nexthops`: whose they are and what stands in them. */
#include <stdlib.h>
#include <string.h>

#include "fib_parts.h"

#define MTU_MAX	    0xffff /* IP_MAX_MTU */
#define VLAN_HEADER 4

static uint32_t hash_key(const struct nexthop_key *key)
{
	return hash_bytes(key, sizeof(*key), 0);
}

/* An orphan is looked for by what a packet would be sent with. */
static uint32_t hash_content(const struct nexthop *is)
{
	uint32_t content[2] = {is->oif, is->gateway};

	return hash_bytes(content, sizeof(content), 1);
}

void fib_seq_begin(__u32 *seq)
{
	__atomic_store_n(seq, (*seq + 1) | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void fib_seq_end(__u32 *seq)
{
	__atomic_store_n(seq, *seq + 1, __ATOMIC_RELEASE);
}

static void write_slot(struct fib *fib, uint32_t slot, const struct nexthop *is)
{
	struct nexthop *at = &fib->maps->nexthop[slot];

	fib_seq_begin(&at->seq);
	memcpy((char *)at + sizeof(at->seq), (const char *)is + sizeof(is->seq),
	       sizeof(*at) - sizeof(at->seq));
	fib_seq_end(&at->seq);
}

static void fill_neighbour(const struct fib *fib, struct nexthop *is)
{
	const struct rib_neighbour *neighbour = rib_find_neighbour(fib->rib, is->oif, is->gateway);

	if (!rib_neighbour_is_usable(neighbour))
		return;
	is->flags |= NEXTHOP_RESOLVED;
	memcpy(is->dmac, neighbour->mac, sizeof(is->dmac));
}

static void fill_link(struct nexthop *is, const struct rib_link *link, uint32_t mtu)
{
	if (!mtu || mtu > link->is.mtu)
		mtu = link->is.mtu;
	is->mtu = mtu > MTU_MAX ? MTU_MAX : mtu;
	memcpy(is->smac, link->is.mac, sizeof(is->smac));
	if (!rib_link_is_up(link))
		is->flags |= NEXTHOP_DOWN;
}

static void fill_iface(struct nexthop *is, const struct plan_iface *iface)
{
	is->flags |= NEXTHOP_TRANSMIT | (iface->uplink ? NEXTHOP_UPLINK : 0);
	is->port = iface->port;
	is->slot = iface->slot;
	memcpy(is->tag, iface->tag, sizeof(is->tag));
}

static bool runs_xdp(const struct fib *fib, uint32_t port)
{
	for (unsigned int i = 0; i < fib->plan.nports; i++)
		if (fib->plan.port[i].ifindex == port)
			return !fib->plan.port[i].tc_only;
	return false;
}

/*
 * What XDP sends may be as long as the port's MTU with the Ethernet header and one tag
 * (xdp_ok_fwd_dev()); the kernel loses a longer frame without a sign, where it would send its own.
 * So a full packet with two tags is left to it.
 */
static void fit_port(const struct fib *fib, const struct plan_iface *iface, struct nexthop *is)
{
	const struct rib_link *port = rib_find_link(fib->rib, iface->port);
	uint32_t most;

	if (!port || !iface->tag[1].tpid || !runs_xdp(fib, iface->port))
		return;
	most = port->is.mtu - VLAN_HEADER;
	if (is->mtu > most)
		is->mtu = most;
}

/* The hop behind a key; false where the object is gone, or no single hop any more. */
static bool find_hop(const struct fib *fib, const struct nexthop_key *key, struct hop *hop)
{
	const struct rib_nexthop *object;

	*hop = (struct hop){.oif = key->oif, .gateway = key->gateway};
	if (!key->nh_id)
		return true;
	object = rib_find_nexthop(fib->rib, key->nh_id);
	if (!object || object->kind != NH_SINGLE)
		return false;
	*hop = object->hop;
	return true;
}

/* Whatever is missing leaves a flag set or unset that sends the packet to the kernel. */
static void fill(const struct fib *fib, const struct nexthop_key *key, struct nexthop *is)
{
	const struct rib_link *link;
	const struct plan_iface *iface;
	struct hop hop;

	memset(is, 0, sizeof(*is));
	if (!find_hop(fib, key, &hop)) {
		is->flags = NEXTHOP_DOWN;
		return;
	}
	is->oif = hop.oif;
	is->gateway = hop.gateway;
	if (!hop.gateway)
		is->flags |= NEXTHOP_ONLINK;
	link = rib_find_link(fib->rib, hop.oif);
	iface = fib_iface_of(fib, hop.oif);
	if (link)
		fill_link(is, link, key->mtu);
	else
		is->flags |= NEXTHOP_DOWN;
	if (iface) {
		fill_iface(is, iface);
		fit_port(fib, iface, is);
	}
	if (hop.gateway)
		fill_neighbour(fib, is);
}

static void note_unresolved(struct fib *fib, const struct nexthop *is)
{
	const uint32_t flags = NEXTHOP_TRANSMIT | NEXTHOP_ONLINK | NEXTHOP_DOWN | NEXTHOP_RESOLVED;

	if ((is->flags & flags) == NEXTHOP_TRANSMIT)
		fib->wants_resolution = true;
}

static struct fib_nexthop *find(const struct fib *fib, const struct nexthop_key *key)
{
	struct hnode *node = htable_first(&fib->nexthops, hash_key(key));

	for (; node; node = htable_again(node)) {
		struct fib_nexthop *nexthop = hentry(node, struct fib_nexthop, node);

		if (!nexthop->orphan && !memcmp(&nexthop->key, key, sizeof(*key)))
			return nexthop;
	}
	return NULL;
}

static struct fib_nexthop *find_orphan(const struct fib *fib, const struct nexthop *is)
{
	struct hnode *node = htable_first(&fib->nexthops, hash_content(is));

	for (; node; node = htable_again(node)) {
		struct fib_nexthop *nexthop = hentry(node, struct fib_nexthop, node);

		if (nexthop->orphan && nexthop->is.oif == is->oif &&
		    nexthop->is.gateway == is->gateway && nexthop->is.mtu == is->mtu)
			return nexthop;
	}
	return NULL;
}

static struct fib_nexthop *make(struct fib *fib, uint32_t slot, uint32_t hash)
{
	struct fib_nexthop *nexthop = calloc(1, sizeof(*nexthop));

	if (!nexthop)
		return NULL;
	nexthop->slot = slot;
	if (htable_insert(&fib->nexthops, &nexthop->node, hash) < 0) {
		free(nexthop);
		return NULL;
	}
	fib->nexthop_at[slot] = nexthop;
	return nexthop;
}

static struct fib_nexthop *make_new(struct fib *fib, const struct nexthop_key *key)
{
	uint32_t slot = fib_slots_get(&fib->nexthop_slots, fib->io->now());
	struct fib_nexthop *nexthop = slot ? make(fib, slot, hash_key(key)) : NULL;

	if (slot && !nexthop)
		fib_slots_put(&fib->nexthop_slots, slot, fib->io->now());
	return nexthop;
}

static struct fib_nexthop *take_over(struct fib *fib, struct fib_nexthop *orphan,
				     const struct nexthop_key *key)
{
	htable_remove(&fib->nexthops, &orphan->node);
	orphan->orphan = false;
	/* Cannot fail: the table has had room for it. */
	htable_insert(&fib->nexthops, &orphan->node, hash_key(key));
	return orphan;
}

struct fib_nexthop *fib_get_nexthop(struct fib *fib, const struct nexthop_key *key)
{
	struct fib_nexthop *nexthop = find(fib, key), *orphan;
	struct nexthop is;

	if (nexthop) {
		nexthop->refs++;
		return nexthop;
	}
	fill(fib, key, &is);
	orphan = find_orphan(fib, &is);
	nexthop = orphan ? take_over(fib, orphan, key) : make_new(fib, key);
	if (!nexthop)
		return NULL;
	nexthop->key = *key;
	nexthop->is = is;
	nexthop->refs++;
	write_slot(fib, nexthop->slot, &is);
	note_unresolved(fib, &is);
	return nexthop;
}

void fib_put_nexthop(struct fib *fib, struct fib_nexthop *nexthop)
{
	if (!nexthop || --nexthop->refs)
		return;
	htable_remove(&fib->nexthops, &nexthop->node);
	fib->nexthop_at[nexthop->slot] = NULL;
	fib_slots_put(&fib->nexthop_slots, nexthop->slot, fib->io->now());
	free(nexthop);
}

/* All but the neighbour, which the programs look at for each packet. */
static bool leads_elsewhere(struct nexthop a, struct nexthop b)
{
	memcpy(a.dmac, b.dmac, sizeof(a.dmac));
	a.flags ^= (a.flags ^ b.flags) & NEXTHOP_RESOLVED;
	a.seq = b.seq;
	return memcmp(&a, &b, sizeof(a));
}

void fib_refresh_nexthops(struct fib *fib)
{
	struct hnode *node;

	hash_for_each(node, &fib->nexthops) {
		struct fib_nexthop *nexthop = hentry(node, struct fib_nexthop, node);
		struct nexthop is;

		if (nexthop->orphan)
			continue;
		fill(fib, &nexthop->key, &is);
		if (!memcmp(&is, &nexthop->is, sizeof(is)))
			continue;
		if (leads_elsewhere(is, nexthop->is))
			fib_decided(fib);
		nexthop->is = is;
		write_slot(fib, nexthop->slot, &is);
		note_unresolved(fib, &is);
	}
}

struct fib_nexthop *fib_adopt_nexthop(struct fib *fib, uint32_t slot)
{
	struct fib_nexthop *nexthop;

	if (slot >= ERXDP_MAX_NEXTHOPS)
		return NULL;
	nexthop = fib->nexthop_at[slot];
	if (!nexthop && fib_slots_take(&fib->nexthop_slots, slot)) {
		const struct nexthop *is = &fib->maps->nexthop[slot];

		nexthop = make(fib, slot, hash_content(is));
		if (nexthop) {
			nexthop->orphan = true;
			nexthop->is = *is;
		}
	}
	if (nexthop)
		nexthop->refs++;
	return nexthop;
}

void fib_free_nexthops(struct fib *fib)
{
	struct hnode *node;

	hash_for_each(node, &fib->nexthops)
		free(hentry(node, struct fib_nexthop, node));
	htable_free(&fib->nexthops);
}
