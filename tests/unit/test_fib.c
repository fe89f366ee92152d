// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the programs read is what the model implies, written with as few changes as it takes and in
 * an order that never lets a packet see half of one.
 */
#include "model.h"
#include "fake_maps.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "config.h"
#include "fib_parts.h"
#include "plan.h"
#include "prefix_mask.h"
#include "rib_parts.h"

/* Behind <net/if.h>, which it makes room for, and not before it. */
#include <linux/if_bonding.h>

enum { ETH0 = 2, ETH1, BOND0, VLAN1000, SLAVE0, SLAVE1, STRANGER, QINQ };

/* Tests have fewer prefixes than that, and the lowest records are taken first. */
#define RECORDS 64

static struct mapset *tables;

struct world {
	struct rib *rib;
	struct fib *fib;
	struct mapset maps;
	struct config config;
	struct plan plan;
};

/* bond0 is the uplink, bond0.1000 and eth0 are inside, eth1 is nobody's. */
static void fill_plan(struct plan *plan)
{
	plan->nports = 2;
	plan->port[0] = (struct plan_port){.name = "bond0", .ifindex = BOND0, .bond = true};
	plan->port[0].nslaves = 2;
	plan->port[0].slave[0] = (struct plan_slave){"slave0", SLAVE0};
	plan->port[0].slave[1] = (struct plan_slave){"slave1", SLAVE1};
	plan->port[1] = (struct plan_port){.name = "eth0", .ifindex = ETH0, .tc_only = true};
	plan->nifaces = 3;
	plan->iface[0] = (struct plan_iface){
		.name = "bond0", .ifindex = BOND0, .port = BOND0, .slot = 1, .uplink = true};
	plan->iface[1] = (struct plan_iface){.name = "bond0.1000",
					     .ifindex = VLAN1000,
					     .port = BOND0,
					     .tag = {{htons(0x8100), 1000}},
					     .slot = 2};
	plan->iface[2] =
		(struct plan_iface){.name = "eth0", .ifindex = ETH0, .port = ETH0, .slot = 3};
}

static void fill_rib(struct rib *rib)
{
	set_bond(rib, BOND0, "bond0");
	set_vlan(rib, VLAN1000, "bond0.1000", BOND0, 1000);
	set_link(rib, ETH0, "eth0", UP);
	set_link(rib, ETH1, "eth1", UP);
	set_forwarding(rib, BOND0, true);
	add(rib, an_address(BOND0, "192.0.2.1", 24));
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	fake_maps_make(&w->maps);
	tables = &w->maps;
	w->rib = rib_new();
	fill_rib(w->rib);
	fill_plan(&w->plan);
	w->config.nexempt_dst = 1;
	w->config.exempt_dst[0] = (struct config_prefix){inet_addr("10.0.0.0"), 8};
	w->fib = fib_new(w->rib, &w->config, &w->maps, &fake_io);
	*state = w;
	return fib_start(w->fib, &w->plan);
}

static int teardown(void **state)
{
	struct world *w = *state;

	fib_free(w->fib);
	rib_free(w->rib);
	fake_maps_free(&w->maps);
	free(w);
	return 0;
}

static uint16_t value_of(const char *addr, uint8_t len)
{
	for (unsigned int n = 0; n < RECORDS; n++) {
		const struct route_record *is = &tables->prefix[n];

		if (is->value && is->len == len && is->addr == inet_addr(addr))
			return is->value;
	}
	return ROUTE_NONE;
}

static enum route_kind kind_of(const char *addr, uint8_t len)
{
	return route_kind(value_of(addr, len));
}

static uint16_t answer_for(__be32 addr)
{
	return dir24_lookup(tables->route, tables->route_chunk, addr);
}

/* What the records say of an address. */
static uint16_t match(__be32 addr)
{
	struct route_record best = {0};

	for (unsigned int n = 0; n < RECORDS; n++) {
		struct route_record is = tables->prefix[n];

		if (is.value && (addr & prefix_mask(is.len)) == is.addr &&
		    (!best.value || is.len > best.len))
			best = is;
	}
	return best.value;
}

/* The table and the records say the same, at both ends of each prefix and beyond them. */
static void check_table(void)
{
	for (unsigned int n = 0; n < RECORDS; n++) {
		uint32_t first = ntohl(tables->prefix[n].addr);
		uint32_t last = first | ~ntohl(prefix_mask(tables->prefix[n].len));
		const uint32_t at[] = {first - 1, first, last, last + 1};

		for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++)
			assert_int_equal(answer_for(htonl(at[i])), match(htonl(at[i])));
	}
}

static const struct nexthop *nexthop_of(const struct world *w, const char *addr, uint8_t len)
{
	assert_int_equal(kind_of(addr, len), ROUTE_NEXTHOP);
	return &w->maps.nexthop[route_index(value_of(addr, len))];
}

static const struct nexthop_group *group_of(const struct world *w, const char *addr, uint8_t len)
{
	assert_int_equal(kind_of(addr, len), ROUTE_GROUP);
	return &w->maps.group[route_index(value_of(addr, len))];
}

static void put(struct world *w, struct event event)
{
	add(w->rib, event);
	assert_int_equal(fib_apply(w->fib), 0);
	check_table();
}

/* The table and the records as they are, to be compared with what they will be. */
struct picture {
	struct route_line *route;
	struct route_record prefix[RECORDS];
};

static struct picture take_picture(void)
{
	struct picture p = {.route = malloc(ERXDP_ROUTE_LINES * sizeof(*p.route))};

	assert_non_null(p.route);
	memcpy(p.route, tables->route, ERXDP_ROUTE_LINES * sizeof(*p.route));
	memcpy(p.prefix, tables->prefix, sizeof(p.prefix));
	return p;
}

static void assert_unchanged(struct picture p)
{
	assert_true(!memcmp(p.route, tables->route, ERXDP_ROUTE_LINES * sizeof(*p.route)));
	assert_memory_equal(p.prefix, tables->prefix, sizeof(p.prefix));
	free(p.route);
}

/* Sessions decide anew when the tables say something else; not for a neighbour, which the programs
 * look at for each packet, and not when nothing has changed. */
static void test_generation(void **state)
{
	struct world *w = *state;
	uint32_t before = w->maps.ctl->generation;

	assert_int_not_equal(before, 0);
	assert_int_equal(fib_retry(w->fib), 0);
	set_neighbour(w->rib, ETH0, "10.79.0.2", NUD_REACHABLE, 1);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(w->maps.ctl->generation, before);
	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	assert_int_equal(w->maps.ctl->generation, before + 1);
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(w->maps.ctl->generation, before + 2);
}

static void test_kinds(void **state)
{
	struct world *w = *state;
	const struct event unicast = a_route("10.0.0.0", 16, ETH0, "10.79.0.2");
	struct event foreign = unicast, tos = unicast, dead = unicast;
	const struct {
		const char *what;
		struct event event;
		unsigned int kind;
	} cases[] = {
		{"unicast", unicast, ROUTE_NEXTHOP},
		{"local", of_type(unicast, RTN_LOCAL), ROUTE_LOCAL},
		{"broadcast", of_type(unicast, RTN_BROADCAST), ROUTE_BROADCAST},
		{"blackhole", of_type(unicast, RTN_BLACKHOLE), ROUTE_BLACKHOLE},
		{"unreachable", of_type(unicast, RTN_UNREACHABLE), ROUTE_UNREACHABLE},
		{"prohibit", of_type(unicast, RTN_PROHIBIT), ROUTE_UNREACHABLE},
		{"throw goes on in another table", of_type(unicast, RTN_THROW), ROUTE_KERNEL},
		{"a type that nobody uses", of_type(unicast, RTN_NAT), ROUTE_KERNEL},
		{"an IPv6 gateway or a tunnel", foreign, ROUTE_KERNEL},
		{"one with a TOS", tos, ROUTE_KERNEL},
		{"without a usable hop it is not there", dead, ROUTE_NONE},
		{"of another table", in_table(unicast, 77), ROUTE_NONE},
		{"of the default table", in_table(unicast, RT_TABLE_DEFAULT), ROUTE_NEXTHOP},
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event event = cases[i].event;

		event.route.foreign = i == 8;
		event.route.tos = i == 9 ? 0x10 : 0;
		event.route.hop[0].dead = i == 10;
		put(w, event);
		if (kind_of("10.0.0.0", 16) != cases[i].kind)
			fail_msg("%s: kind %u", cases[i].what, kind_of("10.0.0.0", 16));
		put(w, removal_of(event));
		assert_int_equal(kind_of("10.0.0.0", 16), ROUTE_NONE);
	}
}

/* A later table's prefix inside a shorter one of an earlier table: the kernel decides. */
static void test_covered(void **state)
{
	struct world *w = *state;
	struct event local = of_type(a_route("127.0.0.0", 8, ETH0, NULL), RTN_LOCAL);

	put(w, a_route("127.1.0.0", 16, ETH0, "10.79.0.2"));
	assert_int_equal(kind_of("127.1.0.0", 16), ROUTE_NEXTHOP);
	put(w, in_table(local, RT_TABLE_LOCAL));
	assert_int_equal(kind_of("127.1.0.0", 16), ROUTE_KERNEL);
	put(w, removal_of(in_table(local, RT_TABLE_LOCAL)));
	assert_int_equal(kind_of("127.1.0.0", 16), ROUTE_NEXTHOP);
	/* The default table behind main. */
	put(w, in_table(a_route("10.1.0.0", 16, ETH0, "10.79.0.2"), RT_TABLE_DEFAULT));
	assert_int_equal(kind_of("10.1.0.0", 16), ROUTE_NEXTHOP);
	put(w, of_type(a_route("0.0.0.0", 0, ETH0, NULL), RTN_BLACKHOLE));
	assert_int_equal(kind_of("10.1.0.0", 16), ROUTE_KERNEL);
}

static void test_best_of_several(void **state)
{
	struct world *w = *state;
	struct event slow = a_route("10.0.0.0", 16, ETH0, "10.79.0.9");
	struct event fast = a_route("10.0.0.0", 16, ETH0, "10.79.0.2");

	slow.route.metric = 20;
	put(w, slow);
	assert_int_equal(nexthop_of(w, "10.0.0.0", 16)->gateway, inet_addr("10.79.0.9"));
	put(w, fast);
	assert_int_equal(nexthop_of(w, "10.0.0.0", 16)->gateway, inet_addr("10.79.0.2"));
	put(w, removal_of(fast));
	assert_int_equal(nexthop_of(w, "10.0.0.0", 16)->gateway, inet_addr("10.79.0.9"));
	/* fib_select_default() chooses among equal default routes by what it has seen. */
	put(w, a_route("0.0.0.0", 0, ETH0, "10.79.0.2"));
	assert_int_equal(kind_of("0.0.0.0", 0), ROUTE_NEXTHOP);
	put(w, a_route("0.0.0.0", 0, ETH0, "10.79.0.3"));
	assert_int_equal(kind_of("0.0.0.0", 0), ROUTE_KERNEL);
}

/* XDP cannot send a full packet with two tags; TC can. */
static void test_mtu_of_two_tags(void **state)
{
	struct world *w = *state;
	struct plan_iface *iface = &w->plan.iface[w->plan.nifaces++];
	struct event event = a_route("10.40.0.0", 16, QINQ, "192.168.40.2");

	set_vlan(w->rib, QINQ, "bond0.1000.7", VLAN1000, 7);
	*iface = w->plan.iface[1];
	iface->ifindex = QINQ;
	iface->slot = 4;
	iface->tag[1] = (struct vlan_tag){htons(0x8100), 7};
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	put(w, event);
	assert_int_equal(nexthop_of(w, "10.40.0.0", 16)->mtu, 1496);
	w->plan.port[0].tc_only = true;
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(nexthop_of(w, "10.40.0.0", 16)->mtu, 1500);
}

static void test_contents(void **state)
{
	struct world *w = *state;
	struct event event = a_route("10.0.0.0", 16, VLAN1000, "192.168.0.2");
	const struct nexthop *nexthop;

	event.route.mtu = 1400;
	put(w, event);
	nexthop = nexthop_of(w, "10.0.0.0", 16);
	assert_int_equal(nexthop->flags, NEXTHOP_TRANSMIT);
	assert_int_equal(nexthop->oif, VLAN1000);
	assert_int_equal(nexthop->port, BOND0);
	assert_int_equal(nexthop->tag[0].tpid, htons(0x8100));
	assert_int_equal(nexthop->tag[0].vid, 1000);
	assert_int_equal(nexthop->mtu, 1400);
	assert_int_equal(nexthop->slot, 2);
	assert_int_equal(nexthop->smac[5], VLAN1000);
	assert_int_equal(nexthop->seq % 2, 0);
	set_neighbour(w->rib, VLAN1000, "192.168.0.2", NUD_STALE, 0x77);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(nexthop->flags, NEXTHOP_TRANSMIT | NEXTHOP_RESOLVED);
	assert_int_equal(nexthop->dmac[5], 0x77);
	/* On the link, of the uplink, and of a device that is not ours. */
	put(w, a_route("198.51.100.0", 24, BOND0, NULL));
	assert_int_equal(nexthop_of(w, "198.51.100.0", 24)->flags,
			 NEXTHOP_TRANSMIT | NEXTHOP_UPLINK | NEXTHOP_ONLINK);
	put(w, a_route("10.3.0.0", 16, ETH1, "10.80.0.2"));
	assert_int_equal(nexthop_of(w, "10.3.0.0", 16)->flags, 0);
}

/* Ten routes by one gateway are one slot, and one write when it moves. */
static void test_shared(void **state)
{
	struct world *w = *state;
	struct picture before;
	uint32_t slot;

	add(w->rib, an_object(1, ETH0, "10.79.0.2"));
	put(w, by_object("10.0.0.0", 16, 1));
	put(w, by_object("10.1.0.0", 16, 1));
	slot = value_of("10.0.0.0", 16);
	assert_int_equal(value_of("10.1.0.0", 16), slot);
	before = take_picture();
	put(w, an_object(1, VLAN1000, "192.168.0.2"));
	assert_unchanged(before);
	assert_int_equal(nexthop_of(w, "10.0.0.0", 16)->oif, VLAN1000);
	/* Without objects: by device, gateway and MTU. */
	put(w, a_route("10.2.0.0", 16, ETH0, "10.79.0.2"));
	put(w, a_route("10.3.0.0", 16, ETH0, "10.79.0.2"));
	assert_int_not_equal(value_of("10.2.0.0", 16), slot);
	assert_int_equal(value_of("10.2.0.0", 16), value_of("10.3.0.0", 16));
	/* An object that becomes a blackhole changes what the routes say. */
	put(w, a_blackhole(1));
	assert_int_equal(kind_of("10.0.0.0", 16), ROUTE_BLACKHOLE);
	assert_int_equal(kind_of("10.1.0.0", 16), ROUTE_BLACKHOLE);
	put(w, removal_of(a_blackhole(1)));
	assert_int_equal(kind_of("10.1.0.0", 16), ROUTE_NONE);
}

static void test_link_down(void **state)
{
	struct world *w = *state;
	struct event two = a_route("10.1.0.0", 16, ETH0, "10.79.0.2");

	add_hop(&two, VLAN1000, "192.168.0.2", 1);
	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	put(w, two);
	assert_int_equal(group_of(w, "10.1.0.0", 16)->count, 2);
	/* Without carrier: the kernel still routes there, the programs hand over. */
	set_link(w->rib, ETH0, "eth0", IFF_UP);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_true(nexthop_of(w, "10.0.0.0", 16)->flags & NEXTHOP_DOWN);
	assert_int_equal(group_of(w, "10.1.0.0", 16)->count, 2);
	/* Down: not there at all, and out of its group, before any dump says so. */
	set_link(w->rib, ETH0, "eth0", 0);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(kind_of("10.0.0.0", 16), ROUTE_NONE);
	assert_int_equal(group_of(w, "10.1.0.0", 16)->count, 1);
	assert_int_equal(group_of(w, "10.1.0.0", 16)->member[0].bound, 0x7fffffff);
	set_link(w->rib, ETH0, "eth0", UP);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(kind_of("10.0.0.0", 16), ROUTE_NEXTHOP);
	assert_int_equal(group_of(w, "10.1.0.0", 16)->count, 2);
}

static void test_shares(void **state)
{
	static const struct {
		const char *what;
		uint16_t state_one, state_two;
		unsigned int count;
		uint32_t bound[3];
	} cases[] = {
		{"one to three", NUD_REACHABLE, NUD_REACHABLE, 2, {0x1fffffff, 0x7fffffff}},
		{"the second failed: its share falls to the first",
		 NUD_REACHABLE,
		 NUD_FAILED,
		 2,
		 {0x1fffffff, 0x7fffffff}},
		{"the first failed", NUD_FAILED, NUD_STALE, 1, {0x7fffffff}},
		{"both failed: the first", NUD_FAILED, NUD_FAILED, 1, {0x7fffffff}},
		{"unknown is not failed", 0, NUD_REACHABLE, 2, {0x1fffffff, 0x7fffffff}},
	};
	struct world *w = *state;

	add(w->rib, an_object(1, ETH0, "10.79.0.2"));
	add(w->rib, an_object(2, VLAN1000, "192.168.0.2"));
	add(w->rib, a_group(3, 1, 1, 2, 3));
	put(w, by_object("10.0.0.0", 16, 3));
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nexthop_group *group = group_of(w, "10.0.0.0", 16);
		struct nexthop_group before;
		uint32_t generation;

		if (cases[i].state_one)
			set_neighbour(w->rib, ETH0, "10.79.0.2", cases[i].state_one, 1);
		else
			del(w->rib, a_neighbour(ETH0, "10.79.0.2", 0, 0));
		set_neighbour(w->rib, VLAN1000, "192.168.0.2", cases[i].state_two, 2);
		before = *group;
		generation = w->maps.ctl->generation;
		assert_int_equal(fib_apply(w->fib), 0);
		/* Flows that are under way heed it. */
		assert_int_equal(w->maps.ctl->generation != generation,
				 memcmp(&before, group, sizeof(before)) != 0);
		if (group->count != cases[i].count)
			fail_msg("%s: %u members", cases[i].what, group->count);
		for (unsigned int j = 0; j < group->count; j++)
			if (group->member[j].bound != cases[i].bound[j])
				fail_msg("%s: bound %x", cases[i].what, group->member[j].bound);
	}
}

static void test_group_members(void **state)
{
	struct world *w = *state;
	struct fib_counts counts;
	struct picture before;

	add(w->rib, an_object(1, ETH0, "10.79.0.2"));
	add(w->rib, an_object(2, VLAN1000, "192.168.0.2"));
	add(w->rib, a_group(3, 1, 1, 2, 1));
	put(w, by_object("10.0.0.0", 16, 3));
	before = take_picture();
	put(w, removal_of(an_object(2, 0, NULL)));
	assert_int_equal(group_of(w, "10.0.0.0", 16)->count, 1);
	put(w, an_object(4, VLAN1000, "192.168.0.4"));
	put(w, a_group(3, 4, 2, 1, 1));
	assert_int_equal(group_of(w, "10.0.0.0", 16)->count, 2);
	assert_unchanged(before);
	put(w, removal_of(by_object("10.0.0.0", 16, 3)));
	fib_count(w->fib, &counts);
	assert_int_equal(counts.groups, 0);
	assert_int_equal(counts.nexthops, 0);
}

static void test_slot_rests(void **state)
{
	struct world *w = *state;
	uint32_t first, second;

	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	first = value_of("10.0.0.0", 16);
	put(w, removal_of(a_route("10.0.0.0", 16, ETH0, "10.79.0.2")));
	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.3"));
	second = value_of("10.0.0.0", 16);
	assert_int_not_equal(first, second);
	fake_time += FIB_SLOT_REST;
	put(w, a_route("10.1.0.0", 16, ETH0, "10.79.0.4"));
	assert_int_equal(value_of("10.1.0.0", 16), first);
}

/* A program that looks one address up without a pause. */
struct reader {
	pthread_t thread;
	__be32 addr;
	bool stop;
	unsigned long lookups, gaps;
};

static void *read_on(void *arg)
{
	struct reader *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		r->gaps += answer_for(r->addr) == ROUTE_NONE;
		__atomic_fetch_add(&r->lookups, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* One prefix takes another's place in the same batch: no lookup may fall in between. */
static void test_additions_first(void **state)
{
	struct world *w = *state;
	struct event event[] = {a_route("10.1.0.0", 17, ETH0, "10.79.0.2"),
				a_route("10.1.0.0", 26, ETH0, "10.79.0.2")};
	struct reader r = {.addr = inet_addr("10.1.0.5")};

	put(w, event[0]);
	assert_int_equal(pthread_create(&r.thread, NULL, read_on, &r), 0);
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned long seen = __atomic_load_n(&r.lookups, __ATOMIC_RELAXED);

		del(w->rib, event[i % 2]);
		add(w->rib, event[!(i % 2)]);
		assert_int_equal(fib_apply(w->fib), 0);
		while (__atomic_load_n(&r.lookups, __ATOMIC_RELAXED) == seen)
			;
	}
	__atomic_store_n(&r.stop, true, __ATOMIC_RELAXED);
	pthread_join(r.thread, NULL);
	assert_int_equal(r.gaps, 0);
	check_table();
}

static void start_again(struct world *w)
{
	struct rib *old = w->rib;

	fib_free(w->fib);
	w->rib = rib_new();
	fill_rib(w->rib);
	rib_free(old);
	fake_forget_writes();
}

/* A daemon that comes back and finds everything as it was writes nothing. */
static void test_adopt_unchanged(void **state)
{
	struct world *w = *state;
	struct fib_counts counts;
	struct picture before;

	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	put(w, a_route("10.1.0.0", 16, VLAN1000, NULL));
	before = take_picture();
	start_again(w);
	add(w->rib, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	add(w->rib, a_route("10.1.0.0", 16, VLAN1000, NULL));
	w->fib = fib_new(w->rib, &w->config, &w->maps, &fake_io);
	assert_int_equal(fib_start(w->fib, &w->plan), 0);
	for (unsigned int i = 0; i < FAKE_MAPS; i++)
		assert_int_equal(fake[i].updates + fake[i].removals, 0);
	assert_unchanged(before);
	fib_count(w->fib, &counts);
	assert_int_equal(counts.nexthops, 2);
	assert_int_equal(counts.prefixes, 2);
	assert_int_equal(w->maps.ctl->addr_gen, 1);
}

/* What changed meanwhile is changed, what is gone is removed, a writer that died is made good. */
static void test_adopt_changed(void **state)
{
	struct world *w = *state;
	struct fib_counts counts;
	struct event two = a_route("10.4.0.0", 16, ETH0, "10.79.0.2");

	add_hop(&two, VLAN1000, "192.168.0.2", 1);
	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	put(w, a_route("10.1.0.0", 16, ETH0, "10.79.0.3"));
	put(w, two);
	set_neighbour(w->rib, ETH0, "10.79.0.50", NUD_REACHABLE, 5);
	assert_int_equal(fib_apply(w->fib), 0);
	w->maps.nexthop[route_index(value_of("10.0.0.0", 16))].seq |= 1;
	start_again(w);
	add(w->rib, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	add(w->rib, a_route("10.4.0.0", 16, ETH0, "10.79.0.8"));
	add(w->rib, a_route("10.9.0.0", 16, ETH0, "10.79.0.9"));
	del(w->rib, an_address(BOND0, "192.0.2.1", 24));
	w->fib = fib_new(w->rib, &w->config, &w->maps, &fake_io);
	assert_int_equal(fib_start(w->fib, &w->plan), 0);
	assert_int_equal(nexthop_of(w, "10.0.0.0", 16)->seq % 2, 0);
	assert_int_equal(kind_of("10.1.0.0", 16), ROUTE_NONE);
	assert_int_equal(nexthop_of(w, "10.4.0.0", 16)->gateway, inet_addr("10.79.0.8"));
	assert_int_equal(nexthop_of(w, "10.9.0.0", 16)->gateway, inet_addr("10.79.0.9"));
	assert_int_equal(fake[FAKE_NEIGHBOURS].n, 0);
	assert_int_equal(w->maps.ctl->addr_gen, 2);
	fib_count(w->fib, &counts);
	assert_int_equal(counts.prefixes, 3);
	assert_int_equal(counts.nexthops, 3);
	assert_int_equal(counts.groups, 0);
}

/* Without a gateway of its own a prefix changes nothing: all of these have one. */
static struct event drawn_route(unsigned int *seed)
{
	static const uint8_t lens[] = {9, 9, 9, 16, 24, 25, 32};
	uint8_t len = lens[rand_r(seed) % sizeof(lens)];
	struct in_addr addr = {htonl(0x0a000000 | rand_r(seed) % 3 << 6) & prefix_mask(len)};
	char gateway[16];

	snprintf(gateway, sizeof(gateway), "10.79.0.%d", 2 + rand_r(seed) % 30);
	return a_route(inet_ntoa(addr), len, ETH0, gateway);
}

/* A route of the same prefix gives way, as with `ip route replace`. */
static void replace(struct world *w, struct event event)
{
	event.route.place = PLACE_REPLACE;
	add(w->rib, event);
}

static void __attribute__((noreturn)) change_on(struct world *w, unsigned int seed, int *changes)
{
	for (;; __atomic_fetch_add(changes, 1, __ATOMIC_RELAXED)) {
		struct event event = drawn_route(&seed);
		struct rib_prefix *prefix =
			rib_find_prefix(w->rib, event.route.dst, event.route.len);

		if (prefix && rand_r(&seed) % 2)
			rib_remove_route(w->rib, prefix->routes);
		else
			replace(w, event);
		fake_time += 100;
		fib_apply(w->fib);
	}
}

static void change_until_killed(struct world *w, unsigned int seed)
{
	int *changes = fake_array(1, sizeof(*changes));
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		change_on(w, seed, changes);
	while (__atomic_load_n(changes, __ATOMIC_RELAXED) < 50 + rand_r(&seed) % 500)
		;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	munmap(changes, sizeof(*changes));
}

/* The routes that the records tell of: the next daemon has nothing to change, but for what was
 * being written. */
static void add_recorded(struct world *w)
{
	for (unsigned int n = 0; n < RECORDS; n++) {
		struct route_record is = tables->prefix[n];
		struct in_addr addr = {is.addr}, gateway;
		char text[16];

		if (!is.value)
			continue;
		gateway.s_addr = w->maps.nexthop[route_index(is.value)].gateway;
		snprintf(text, sizeof(text), "%s", inet_ntoa(gateway));
		replace(w, a_route(inet_ntoa(addr), is.len, ETH0, text));
	}
}

/* A daemon that is killed at any instruction leaves tables that the next one makes whole, whether
 * its routes are still the same or others. */
static void test_killed(void **state)
{
	struct world *w = *state;
	struct fib_counts counts;

	for (unsigned int seed = 1; seed <= 20; seed++) {
		unsigned int next = seed;

		change_until_killed(w, seed);
		start_again(w);
		if (seed % 4)
			add_recorded(w);
		for (unsigned int i = 0; i < 10 && !(seed % 4); i++)
			replace(w, drawn_route(&next));
		w->fib = fib_new(w->rib, &w->config, &w->maps, &fake_io);
		assert_int_equal(fib_start(w->fib, &w->plan), 0);
		check_table();
		fib_count(w->fib, &counts);
		assert_int_equal(counts.prefixes, w->rib->nroutes);
		assert_int_equal(counts.prefixes, fib_records_count(tables->prefix, RECORDS));
	}
}

/* One word, whatever else there is. */
static void test_default_flap(void **state)
{
	struct world *w = *state;
	struct event first = a_route("0.0.0.0", 0, ETH0, "10.79.0.2");
	struct event second = a_route("0.0.0.0", 0, ETH0, "10.79.0.3");
	struct picture before;

	put(w, a_route("10.0.0.0", 9, ETH0, "10.79.0.4"));
	put(w, a_route("10.0.0.5", 32, ETH0, "10.79.0.5"));
	before = take_picture();
	put(w, first);
	put(w, removal_of(first));
	assert_unchanged(before);
	before = take_picture();
	put(w, second);
	assert_int_equal(answer_for(inet_addr("8.8.8.8")), value_of("0.0.0.0", 0));
	assert_true(
		!memcmp(before.route, tables->route, ROUTE_DEFAULT_LINE * sizeof(*before.route)));
	free(before.route);
}

/* Without a chunk for it the /24 is the kernel's, nothing is lost, and later it is made good. */
static void test_no_chunk(void **state)
{
	struct world *w = *state;
	struct fib_slots *chunks = &w->fib->table.chunks;
	uint32_t chunk, last = 0;

	while ((chunk = fib_slots_get(chunks, fake_time)))
		last = chunk;
	add(w->rib, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	add(w->rib, a_route("10.0.1.128", 25, ETH0, "10.79.0.3"));
	assert_int_equal(fib_apply(w->fib), 0);
	assert_string_equal(fib_trouble(w->fib), "");
	assert_int_equal(answer_for(inet_addr("10.0.1.1")), ROUTE_KERNEL);
	assert_int_equal(answer_for(inet_addr("10.0.1.129")), ROUTE_KERNEL);
	assert_int_equal(answer_for(inet_addr("10.0.2.1")), value_of("10.0.0.0", 16));
	for (uint32_t i = 0; i <= w->fib->table.reserve; i++)
		fib_slots_put(chunks, last - i, fake_time);
	fake_time += FIB_SLOT_REST;
	assert_int_equal(fib_retry(w->fib), 0);
	check_table();
}

static struct event own_address(const char *addr)
{
	return of_type(in_table(a_route(addr, 32, ETH0, NULL), RT_TABLE_LOCAL), RTN_LOCAL);
}

/* However many host routes a peer sends: the programs know this host's own addresses, or they would
 * take its traffic for somebody else's. */
static void test_own_has_a_chunk(void **state)
{
	struct world *w = *state;
	struct fib_slots *chunks = &w->fib->table.chunks;

	put(w, own_address("192.0.2.1"));
	while (fib_slots_left(chunks) > w->fib->table.reserve)
		assert_int_not_equal(fib_slots_get(chunks, fake_time), 0);
	add(w->rib, a_route("10.0.1.128", 25, ETH0, "10.79.0.3"));
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(answer_for(inet_addr("10.0.1.1")), ROUTE_KERNEL);
	put(w, own_address("10.0.1.1"));
	put(w, own_address("10.0.2.1"));
	assert_int_equal(answer_for(inet_addr("192.0.2.1")), ROUTE_LOCAL);
	assert_int_equal(answer_for(inet_addr("10.0.1.1")), ROUTE_LOCAL);
	assert_int_equal(answer_for(inet_addr("10.0.2.1")), ROUTE_LOCAL);
	assert_int_equal(answer_for(inet_addr("10.0.1.129")), value_of("10.0.1.128", 25));
}

static const struct iface *iface_at(uint32_t ifindex, uint16_t vid)
{
	struct iface_key key = {.ifindex = ifindex};
	int at;

	if (vid)
		key.tag[0] = (struct vlan_tag){htons(0x8100), vid};
	at = fake_find(&fake[FAKE_IFACES], &key);
	return at < 0 ? NULL : (const struct iface *)fake[FAKE_IFACES].value[at];
}

static void test_ifaces(void **state)
{
	struct world *w = *state;

	/* As native XDP sees a bond's packets (by slave), generic XDP (the port) and TC. */
	assert_int_equal(iface_at(SLAVE0, 0)->slot, 1);
	assert_int_equal(iface_at(SLAVE1, 1000)->slot, 2);
	assert_int_equal(iface_at(BOND0, 1000)->ifindex, VLAN1000);
	assert_int_equal(iface_at(VLAN1000, 0)->port, BOND0);
	assert_int_equal(iface_at(BOND0, 0)->flags, IFACE_UPLINK | IFACE_FORWARD);
	assert_int_equal(iface_at(VLAN1000, 0)->flags, 0);
	assert_int_equal(iface_at(ETH0, 0)->flags, IFACE_TC_ONLY);
	/* The bond and its slaves. Nothing is redirected to a port without XDP: the kernel would
	 * lose it. */
	assert_int_equal(fake[FAKE_PORTS].n, 3);
	/* ip_forward turned off reaches each device. */
	set_forwarding(w->rib, BOND0, false);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(iface_at(SLAVE0, 0)->flags, IFACE_UPLINK);
	/* A slave that is pulled. */
	w->plan.port[0].nslaves = 1;
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_null(iface_at(SLAVE1, 0));
	assert_null(iface_at(SLAVE1, 1000));
	assert_non_null(iface_at(SLAVE0, 1000));
}

static struct event a_bond(uint8_t mode, uint8_t policy, uint16_t aggregator)
{
	struct event event = {.kind = EVENT_LINK};

	event.link = (struct event_link){.ifindex = BOND0,
					 .name = "bond0",
					 .flags = UP,
					 .mtu = 1500,
					 .has_mac = true,
					 .kind = LINK_BOND,
					 .bond = {mode, policy, aggregator, false}};
	return event;
}

static struct event a_slave(uint32_t ifindex, uint32_t flags, uint16_t aggregator, bool active)
{
	struct event event = {.kind = EVENT_LINK};

	event.link = (struct event_link){.ifindex = ifindex,
					 .flags = flags,
					 .mtu = 1500,
					 .has_mac = true,
					 .master = BOND0,
					 .bond = {0, 0, aggregator, active}};
	snprintf(event.link.name, sizeof(event.link.name), "slave%u", ifindex - SLAVE0);
	return event;
}

/* 802.3ad by ports, both slaves in aggregator 1. */
static void put_lag(struct world *w)
{
	put(w, a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER34, 1));
	put(w, a_slave(SLAVE1, UP, 1, true));
	put(w, a_slave(SLAVE0, UP, 1, true));
}

static void test_bond(void **state)
{
	struct world *w = *state;
	const struct bond *bond = &w->maps.bond[2];
	uint32_t seq;

	/* Before anything is known of its slaves. */
	assert_int_equal(bond->count, 0);
	put_lag(w);
	assert_int_equal(bond->port, BOND0);
	assert_int_equal(bond->hash, BOND_HASH_L34);
	assert_int_equal(bond->count, 2);
	assert_int_equal(bond->slave[0], SLAVE0);
	assert_int_equal(bond->slave[1], SLAVE1);
	assert_int_equal(bond->seen, fake_time / 1000);
	/* Untagged, and no bond: nothing to choose. */
	assert_int_equal(w->maps.bond[1].count, 0);
	assert_int_equal(w->maps.bond[3].count, 0);
	/* Each second a sign of life, and no change. */
	seq = bond->seq;
	fake_time += 1000;
	assert_int_equal(fib_retry(w->fib), 0);
	assert_int_equal(bond->seen, fake_time / 1000);
	assert_int_equal(bond->seq, seq);
}

/* SLAVE0 and the bond may change, each by itself; by which slaves the programs may choose then. */
static void test_bond_slaves(void **state)
{
	struct event freed = a_slave(SLAVE0, UP, 1, true);
	const struct {
		const char *what;
		struct event event;
		unsigned int count;
	} cases[] = {
		{"no carrier", a_slave(SLAVE0, IFF_UP, 1, true), 1},
		{"down", a_slave(SLAVE0, 0, 1, true), 1},
		{"not active", a_slave(SLAVE0, UP, 1, false), 1},
		{"of another aggregator", a_slave(SLAVE0, UP, 2, true), 1},
		{"without an aggregator", a_slave(SLAVE0, UP, 0, true), 1},
		{"removed", removal_of(a_slave(SLAVE0, UP, 1, true)), 1},
		{"by addresses", a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER23, 1), 2},
		{"by MAC", a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER2, 1), 0},
		{"by what is encapsulated", a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_ENCAP34, 1),
		 0},
		{"no active aggregator", a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER34, 0), 0},
		{"without LACP", a_bond(BOND_MODE_XOR, BOND_XMIT_POLICY_LAYER34, 0), 2},
		{"in turn", a_bond(BOND_MODE_ROUNDROBIN, BOND_XMIT_POLICY_LAYER34, 0), 0},
		{"one at a time", a_bond(BOND_MODE_ACTIVEBACKUP, BOND_XMIT_POLICY_LAYER34, 0), 0},
	};
	struct world *w = *state;
	const struct bond *bond = &w->maps.bond[2];

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_lag(w);
		assert_int_equal(bond->count, 2);
		put(w, cases[i].event);
		if (bond->count != cases[i].count)
			fail_msg("%s: %u slaves", cases[i].what, bond->count);
		if (bond->count == 1)
			assert_int_equal(bond->slave[0], SLAVE1);
		assert_int_equal(bond->seq % 2, 0);
	}
	put_lag(w);
	freed.link.master = 0;
	put(w, freed);
	assert_int_equal(bond->count, 1);
	put(w, a_slave(SLAVE0, UP, 0, true));
	put(w, a_slave(SLAVE1, UP, 0, true));
	put(w, a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER34, 0));
	assert_int_equal(bond->count, 0);
	put_lag(w);
	put(w, a_bond(BOND_MODE_8023AD, BOND_XMIT_POLICY_LAYER23, 1));
	assert_int_equal(bond->hash, BOND_HASH_L23);
	/* A writer that died in the middle of it. */
	w->maps.bond[2].seq |= 1;
	assert_int_equal(fib_retry(w->fib), 0);
	assert_int_equal(bond->seq % 2, 0);
	assert_int_equal(bond->count, 2);
	/* XDP on the port no more. */
	w->plan.port[0].tc_only = true;
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(bond->count, 0);
}

static void test_uplink_addresses(void **state)
{
	struct world *w = *state;
	const struct uplink *uplink = &w->maps.uplink[1];
	struct event secondary = an_address(BOND0, "192.0.2.9", 24);
	struct event link_scope = an_address(BOND0, "169.254.0.1", 16);

	secondary.address.secondary = true;
	link_scope.address.scope = RT_SCOPE_LINK;
	put(w, secondary);
	put(w, link_scope);
	put(w, an_address(BOND0, "10.79.30.129", 31));
	assert_int_equal(uplink->count, 3);
	assert_int_equal(uplink->addr[0].addr, inet_addr("192.0.2.1"));
	assert_int_equal(uplink->addr[1].mask, inet_addr("255.255.255.254"));
	assert_int_equal(uplink->addr[1].net, inet_addr("10.79.30.129"));
	/* Behind the primary ones, in a subnet of its own. */
	assert_int_equal(uplink->addr[2].addr, inet_addr("192.0.2.9"));
	assert_int_equal(uplink->addr[2].mask, 0xffffffff);
	/* What comes does not disturb the sessions; what goes does. */
	assert_int_equal(w->maps.ctl->addr_gen, 1);
	put(w, removal_of(an_address(BOND0, "192.0.2.1", 24)));
	assert_int_equal(uplink->count, 2);
	assert_int_equal(w->maps.ctl->addr_gen, 2);
	/* An inside interface has no row. */
	put(w, an_address(ETH0, "10.79.0.1", 24));
	assert_int_equal(w->maps.uplink[3].count, 0);
}

static bool is_exempt(int map, unsigned int slot, const char *addr, uint8_t len)
{
	struct exempt_key key = {.prefixlen = 32 + len, .slot = slot, .addr = inet_addr(addr)};

	return fake_find(&fake[map], &key) >= 0;
}

/* eth0 becomes the second uplink, with a section of its own. */
static struct config_uplink *add_uplink(struct world *w)
{
	struct config_uplink *section = &w->config.uplink_section[0];

	strcpy(section->name, "eth0");
	w->config.nuplink_sections = 1;
	w->plan.iface[2].uplink = true;
	return section;
}

static void test_exemptions_by_uplink(void **state)
{
	struct world *w = *state;
	struct config_uplink *section;

	assert_true(is_exempt(FAKE_DST, 1, "10.0.0.0", 8));
	assert_int_equal(fake[FAKE_DST].n, 1);
	/* One that comes has the global list's, but for what it has of its own. */
	section = add_uplink(w);
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_true(is_exempt(FAKE_DST, 3, "10.0.0.0", 8));
	assert_int_equal(fake[FAKE_DST].n, 2);
	assert_int_equal(w->maps.ctl->flags & CONTROL_EXEMPT_SRC, 0);
	section->own_exempt_dst = section->own_exempt_src = true;
	section->nexempt_src = 1;
	section->exempt_src[0] = (struct config_prefix){inet_addr("10.9.0.0"), 16};
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(fake[FAKE_DST].n, 1);
	assert_true(is_exempt(FAKE_SRC, 3, "10.9.0.0", 16));
	assert_int_equal(w->maps.ctl->flags & CONTROL_EXEMPT_SRC, CONTROL_EXEMPT_SRC);
	/* One that goes takes them along. */
	w->plan.iface[2].uplink = false;
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(fake[FAKE_SRC].n, 0);
	assert_int_equal(w->maps.ctl->flags & CONTROL_EXEMPT_SRC, 0);
}

/* As bpf/exempt.h reads them, which stops at a row of 0: how many rows there are, and that each is
 * one of the configuration. */
static unsigned int common_rows(const struct world *w)
{
	const struct common_prefix *row = w->maps.ctl->common;
	unsigned int n = 0;

	while (n < ERXDP_MAX_COMMON && (row[n].addr || row[n].mask)) {
		assert_int_equal(row[n].addr, w->config.exempt_dst[n].addr);
		assert_int_equal(row[n].mask, htonl(~0U << (32 - w->config.exempt_dst[n].len)));
		n++;
	}
	return n;
}

static unsigned int common_rows_of(struct world *w, unsigned int prefixes)
{
	w->config.nexempt_dst = prefixes;
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	return common_rows(w);
}

/* The rows grow and shrink with the list; what does not fit, and what has no row, is looked up. */
static void test_common_exemptions(void **state)
{
	struct world *w = *state;
	static const char *const prefix[] = {"10.0.0.0",    "10.64.0.0",  "172.16.0.0",
					     "192.168.0.0", "198.18.0.0", "100.64.0.0"};

	for (unsigned int i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		w->config.exempt_dst[i] = (struct config_prefix){inet_addr(prefix[i]), 10};
	assert_int_equal(common_rows_of(w, 3), 3);
	assert_int_equal(common_rows_of(w, 1), 1);
	assert_int_equal(common_rows_of(w, 2), 2);
	assert_int_equal(common_rows_of(w, 4), 4);
	assert_int_equal(common_rows_of(w, 6), ERXDP_MAX_COMMON);
	assert_int_equal(common_rows_of(w, 0), 0);
	/* Everything is exempt: not by a row, which would end them. */
	w->config.exempt_dst[1] = (struct config_prefix){0, 0};
	assert_int_equal(common_rows_of(w, 3), 1);
	/* What is exempt where a packet leaves depends on the uplink. */
	add_uplink(w)->own_exempt_dst = true;
	assert_int_equal(common_rows_of(w, 3), 0);
}

/* A device is an uplink to the programs only with its exemptions. */
static void test_exemptions_come_first(void **state)
{
	struct world *w = *state;

	add_uplink(w);
	fake[FAKE_DST].refuse = ENOMEM;
	assert_int_equal(fib_replan(w->fib, &w->plan), -ENOMEM);
	assert_int_equal(iface_at(ETH0, 0)->flags & IFACE_UPLINK, 0);
	fake[FAKE_DST].refuse = 0;
	assert_int_equal(fib_retry(w->fib), 0);
	assert_int_equal(iface_at(ETH0, 0)->flags & IFACE_UPLINK, IFACE_UPLINK);
}

static void test_pool(void **state)
{
	struct world *w = *state;
	struct config_uplink *section = add_uplink(w);
	const struct uplink *uplink = &w->maps.uplink[3];

	section->policy = 2;
	section->npool = 2;
	section->pool[0] = inet_addr("203.0.113.8");
	section->pool[1] = inet_addr("203.0.113.9");
	add(w->rib, an_address(ETH0, "198.51.100.2", 24));
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(uplink->policy, 2);
	assert_int_equal(uplink->npool, 2);
	assert_int_equal(uplink->pool[1], inet_addr("203.0.113.9"));
	assert_int_equal(uplink->count, 1);
	assert_int_equal(uplink->seq % 2, 0);
	assert_int_equal(w->maps.ctl->addr_gen, 1);
	/* Another file, where the pool begins later: its first address is gone. */
	section->npool = 1;
	section->pool[0] = section->pool[1];
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(w->maps.ctl->addr_gen, 2);
	/* What was of the pool and is the device's own stays valid. */
	section->npool = 0;
	add(w->rib, an_address(ETH0, "203.0.113.9", 32));
	assert_int_equal(fib_replan(w->fib, &w->plan), 0);
	assert_int_equal(w->maps.ctl->addr_gen, 2);
}

static void start_anew(struct world *w)
{
	fib_free(w->fib);
	w->fib = fib_new(w->rib, &w->config, &w->maps, &fake_io);
	assert_int_equal(fib_start(w->fib, &w->plan), 0);
}

static void test_policies(void **state)
{
	const unsigned int all = CONTROL_POLICIES | CONTROL_ENDPOINTS | CONTROL_LIMITS;
	struct prefix_key key = {.prefixlen = 24, .addr = inet_addr("10.0.2.0")};
	struct world *w = *state;
	uint32_t index = 0;

	assert_int_equal(w->maps.ctl->flags & all, 0);
	w->config.npolicies = 2;
	w->config.policy[1] = (struct policy){.behaviour = BEHAVIOUR_RFC, .max_rate = 7};
	w->config.ninside_sections = 1;
	w->config.inside_section[0] = (struct config_inside){.prefix = {key.addr, 24}, .policy = 1};
	start_anew(w);
	assert_int_equal(w->maps.policy[1].max_rate, 7);
	assert_int_equal(fake_lookup(FAKE_INSIDE, &key, &index), 0);
	assert_int_equal(index, 1);
	assert_int_equal(w->maps.ctl->flags & all, all);
	w->config.npolicies = 1;
	w->config.policy[1] = (struct policy){};
	w->config.ninside_sections = 0;
	start_anew(w);
	assert_int_equal(w->maps.policy[1].max_rate, 0);
	assert_int_equal(fake[FAKE_INSIDE].n, 0);
	assert_int_equal(w->maps.ctl->flags & all, 0);
}

/* What the programs judge a session by is what the file says. */
static void test_timeouts(void **state)
{
	struct world *w = *state;

	for (unsigned int i = 0; i < TIMEOUT_MAX; i++)
		w->config.timeout[i] = 100 + i;
	start_anew(w);
	for (unsigned int i = 0; i < TIMEOUT_MAX; i++)
		assert_int_equal(w->maps.ctl->timeout[i], 100 + i);
}

static struct endpoint_owner *owner_at(const char *addr, uint16_t port)
{
	struct endpoint key = {.addr = inet_addr(addr), .port = htons(port), .proto = 6};
	int at = fake_find(&fake[FAKE_ENDPOINTS], &key);

	return at < 0 ? NULL : (struct endpoint_owner *)fake[FAKE_ENDPOINTS].value[at];
}

static void add_forward(struct world *w, const char *device, const char *addr, uint16_t first,
			uint16_t last, const char *inside)
{
	struct config_forward *forward = &w->config.forward[w->config.nforwards++];

	*forward = (struct config_forward){.proto = 6,
					   .first = first,
					   .last = last,
					   .inside = inet_addr(inside),
					   .inside_first = first + 1000};
	strcpy(forward->device, device);
	if (addr)
		forward->addr = inet_addr(addr);
}

static void test_forwards_follow_addresses(void **state)
{
	struct world *w = *state;

	add_forward(w, "uplink", NULL, 80, 82, "10.0.2.4");
	add_forward(w, "", "192.0.2.77", 90, 90, "10.0.2.5");
	start_anew(w);
	assert_int_equal(w->maps.ctl->flags & CONTROL_ENDPOINTS, CONTROL_ENDPOINTS);
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 3);
	assert_int_equal(owner_at("192.0.2.1", 82)->inside.addr, inet_addr("10.0.2.4"));
	assert_int_equal(owner_at("192.0.2.1", 82)->inside.port, htons(1082));
	assert_int_equal(owner_at("192.0.2.1", 82)->inside.proto, 6);
	assert_int_equal(owner_at("192.0.2.1", 82)->uplink, 1);
	assert_int_equal(owner_at("192.0.2.1", 82)->kind, ENDPOINT_FORWARD);
	/* An address that comes, and one that a line waits for. */
	put(w, an_address(BOND0, "192.0.2.77", 32));
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 7);
	assert_int_equal(owner_at("192.0.2.77", 90)->inside.addr, inet_addr("10.0.2.5"));
	put(w, removal_of(an_address(BOND0, "192.0.2.1", 24)));
	assert_null(owner_at("192.0.2.1", 80));
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 4);
	/* An inside interface's address is none of an uplink's. */
	put(w, an_address(ETH0, "10.79.0.1", 24));
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 4);
	/* Taken out of the file. */
	w->config.nforwards = 0;
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 0);
	assert_int_equal(w->maps.ctl->flags & CONTROL_ENDPOINTS, 0);
}

static void test_forwards_by_precedence(void **state)
{
	struct world *w = *state;
	struct config_uplink *section = add_uplink(w);

	section->npool = 1;
	section->pool[0] = inet_addr("203.0.113.8");
	add(w->rib, an_address(ETH0, "198.51.100.2", 24));
	add_forward(w, "uplink", NULL, 80, 81, "10.0.2.1");
	add_forward(w, "eth0", NULL, 80, 80, "10.0.2.2");
	add_forward(w, "", "203.0.113.8", 80, 80, "10.0.2.3");
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 6);
	assert_int_equal(owner_at("192.0.2.1", 80)->inside.addr, inet_addr("10.0.2.1"));
	assert_int_equal(owner_at("198.51.100.2", 80)->inside.addr, inet_addr("10.0.2.2"));
	assert_int_equal(owner_at("198.51.100.2", 81)->inside.addr, inet_addr("10.0.2.1"));
	assert_int_equal(owner_at("203.0.113.8", 80)->inside.addr, inet_addr("10.0.2.3"));
	assert_int_equal(owner_at("203.0.113.8", 80)->uplink, 3);
	/* Nothing is written where nothing changed. */
	fake_forget_writes();
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].updates + fake[FAKE_ENDPOINTS].removals, 0);
}

/* As whom the server's own connections are seen where they would get that address: the outside
 * port at `at`, or 0. */
static unsigned int own_port(const char *inside, uint16_t port, const char *instead, const char *at)
{
	struct inside_endpoint key = {
		.inside = {.addr = inet_addr(inside), .port = htons(port), .proto = 6},
		.outside = inet_addr(instead)};
	struct endpoint outside;

	if (fake_lookup(FAKE_INSIDE_ENDPOINTS, &key, &outside))
		return 0;
	assert_int_equal(outside.addr, inet_addr(at));
	assert_int_equal(outside.proto, 6);
	return ntohs(outside.port);
}

static void test_forwards_of_servers(void **state)
{
	struct world *w = *state;

	add_forward(w, "uplink", NULL, 80, 81, "10.0.2.4");
	add_forward(w, "", "192.0.2.77", 2080, 2080, "10.0.2.4");
	w->config.forward[1].inside_first = 1080;
	start_anew(w);
	assert_int_equal(own_port("10.0.2.4", 1080, "192.0.2.1", "192.0.2.1"), 80);
	assert_int_equal(own_port("10.0.2.4", 1081, "192.0.2.1", "192.0.2.1"), 81);
	assert_int_equal(fake[FAKE_INSIDE_ENDPOINTS].n, 2);
	/* By two lines at one address it has the port of the more specific one. */
	put(w, an_address(BOND0, "192.0.2.77", 32));
	assert_int_equal(own_port("10.0.2.4", 1080, "192.0.2.77", "192.0.2.77"), 2080);
	assert_int_equal(own_port("10.0.2.4", 1081, "192.0.2.77", "192.0.2.77"), 81);
	assert_int_equal(own_port("10.0.2.4", 1080, "192.0.2.1", "192.0.2.1"), 80);
	put(w, removal_of(an_address(BOND0, "192.0.2.1", 24)));
	assert_int_equal(fake[FAKE_INSIDE_ENDPOINTS].n, 2);
}

static void test_forwards_of_pool(void **state)
{
	struct world *w = *state;
	struct config_uplink *section = add_uplink(w);

	section->npool = 3;
	section->pool[0] = inet_addr("203.0.113.8");
	section->pool[1] = inet_addr("203.0.113.9");
	section->pool[2] = inet_addr("203.0.113.10");
	add_forward(w, "", "203.0.113.9", 80, 80, "10.0.2.4");
	add_forward(w, "", "203.0.113.10", 90, 90, "10.0.2.4");
	w->config.forward[1].inside_first = 1080;
	add_forward(w, "", "203.0.113.8", 70, 70, "10.0.2.5");
	add_forward(w, "uplink", NULL, 70, 70, "10.0.2.6");
	start_anew(w);
	/* The address of its own where there is a line, else the first line's. */
	assert_int_equal(own_port("10.0.2.4", 1080, "203.0.113.9", "203.0.113.9"), 80);
	assert_int_equal(own_port("10.0.2.4", 1080, "203.0.113.10", "203.0.113.10"), 90);
	assert_int_equal(own_port("10.0.2.4", 1080, "203.0.113.8", "203.0.113.9"), 80);
	assert_int_equal(own_port("10.0.2.4", 1080, "192.0.2.1", ""), 0);
	assert_int_equal(own_port("10.0.2.5", 1070, "203.0.113.10", "203.0.113.8"), 70);
	/* Where another line has the port. */
	assert_int_equal(own_port("10.0.2.6", 1070, "203.0.113.8", "203.0.113.9"), 70);
	assert_int_equal(own_port("10.0.2.6", 1070, "203.0.113.10", "203.0.113.10"), 70);
	fake_forget_writes();
	put(w, an_address(BOND0, "192.0.2.77", 32));
	assert_int_equal(fake[FAKE_INSIDE_ENDPOINTS].removals, 0);
	assert_int_equal(fake[FAKE_INSIDE_ENDPOINTS].updates, 1); /* 10.0.2.6 at the new one */
}

/* The programs' own entries stay, but for one that stands in the way. */
static void test_forwards_beside_mappings(void **state)
{
	struct world *w = *state;
	struct endpoint outside = {.addr = inet_addr("192.0.2.1"), .port = htons(80), .proto = 6};
	struct endpoint inside = {.addr = inet_addr("10.0.9.9"), .port = htons(5), .proto = 6};
	struct endpoint_owner owner = {.inside = inside, .kind = ENDPOINT_MAPPING, .uplink = 1};
	struct inside_endpoint entry = {.inside = inside, .outside = outside.addr};
	struct endpoint_owner *mine;

	fake_update(FAKE_ENDPOINTS, &outside, &owner);
	fake_update(FAKE_INSIDE_ENDPOINTS, &entry, &outside);
	outside.port = htons(99);
	fake_update(FAKE_ENDPOINTS, &outside, &owner);
	add_forward(w, "uplink", NULL, 80, 80, "10.0.2.4");
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 2);
	assert_int_equal(owner_at("192.0.2.1", 99)->kind, ENDPOINT_MAPPING);
	assert_int_equal(owner_at("192.0.2.1", 80)->kind, ENDPOINT_FORWARD);
	assert_int_equal(fake_find(&fake[FAKE_INSIDE_ENDPOINTS], &entry), -1);
	/* What the programs count in one of ours is theirs: no difference, and carried over. */
	mine = owner_at("192.0.2.1", 80);
	mine->uses = 3;
	mine->last_out = 77;
	fake_forget_writes();
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].updates, 0);
	w->config.forward[0].inside = inet_addr("10.0.2.5");
	start_anew(w);
	assert_int_equal(owner_at("192.0.2.1", 80)->inside.addr, inet_addr("10.0.2.5"));
	assert_int_equal(owner_at("192.0.2.1", 80)->uses, 3);
	w->config.nforwards = 0;
	start_anew(w);
	assert_int_equal(fake[FAKE_ENDPOINTS].n, 1);
}

static struct neighbour *neighbour_at(uint32_t ifindex, const char *addr)
{
	struct neighbour_key key = {.ifindex = ifindex, .addr = inet_addr(addr)};
	int at = fake_find(&fake[FAKE_NEIGHBOURS], &key);

	return at < 0 ? NULL : (struct neighbour *)fake[FAKE_NEIGHBOURS].value[at];
}

static void count_visit(uint32_t ifindex, __be32 addr, void *arg)
{
	(void)ifindex;
	(void)addr;
	++*(int *)arg;
}

static void test_neighbours(void **state)
{
	struct world *w = *state;
	int visits = 0;

	set_neighbour(w->rib, ETH0, "10.79.0.50", NUD_REACHABLE, 5);
	set_neighbour(w->rib, ETH1, "10.80.0.50", NUD_REACHABLE, 5);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_null(neighbour_at(ETH1, "10.80.0.50"));
	/* The programs write when they used it; a new MAC must not lose that. */
	neighbour_at(ETH0, "10.79.0.50")->used = fake_time / 1000 - 10;
	set_neighbour(w->rib, ETH0, "10.79.0.50", NUD_STALE, 6);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_int_equal(neighbour_at(ETH0, "10.79.0.50")->mac[5], 6);
	assert_int_equal(neighbour_at(ETH0, "10.79.0.50")->used, fake_time / 1000 - 10);
	fib_list_used_neighbours(w->fib, count_visit, &visits);
	assert_int_equal(visits, 1);
	fake_time += 60000;
	fib_list_used_neighbours(w->fib, count_visit, &visits);
	assert_int_equal(visits, 1);
	set_neighbour(w->rib, ETH0, "10.79.0.50", NUD_FAILED, 0);
	assert_int_equal(fib_apply(w->fib), 0);
	assert_null(neighbour_at(ETH0, "10.79.0.50"));
}

static void test_resolution(void **state)
{
	static const struct {
		const char *what;
		uint16_t state;
		int visits;
	} cases[] = {
		{"no entry", 0, 1},	     {"failed", NUD_FAILED, 1},
		{"stale", NUD_STALE, 1},     {"being resolved", NUD_INCOMPLETE, 0},
		{"fine", NUD_REACHABLE, 0},  {"being confirmed", NUD_DELAY, 0},
		{"fixed", NUD_PERMANENT, 0},
	};
	struct world *w = *state;

	put(w, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	put(w, a_route("10.1.0.0", 16, ETH1, "10.80.0.2")); /* not ours to resolve */
	assert_true(fib_wants_resolution(w->fib));
	assert_false(fib_wants_resolution(w->fib));
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int visits = 0;

		if (cases[i].state)
			set_neighbour(w->rib, ETH0, "10.79.0.2", cases[i].state, 1);
		assert_int_equal(fib_apply(w->fib), 0);
		fib_list_unresolved(w->fib, count_visit, &visits);
		if (visits != cases[i].visits)
			fail_msg("%s: asked %d times", cases[i].what, visits);
	}
}

/* A route that there is no room for is trouble until there is. */
static void test_refused(void **state)
{
	struct world *w = *state;

	w->fib->records.max = w->fib->records.fresh;
	add(w->rib, a_route("10.0.0.0", 16, ETH0, "10.79.0.2"));
	assert_int_equal(fib_apply(w->fib), -ENOSPC);
	assert_non_null(strstr(fib_trouble(w->fib), "10.0.0.0/16"));
	w->fib->records.max++;
	assert_int_equal(fib_retry(w->fib), 0);
	assert_string_equal(fib_trouble(w->fib), "");
	assert_int_equal(kind_of("10.0.0.0", 16), ROUTE_NEXTHOP);
	check_table();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define NAMED(name, sentence)                         \
	{                                             \
		sentence, name, setup, teardown, NULL \
	}
	const struct CMUnitTest tests[] = {
		TEST(test_kinds),
		TEST(test_generation),
		TEST(test_covered),
		TEST(test_best_of_several),
		TEST(test_contents),
		TEST(test_shared),
		TEST(test_link_down),
		TEST(test_shares),
		TEST(test_group_members),
		TEST(test_slot_rests),
		TEST(test_additions_first),
		TEST(test_adopt_unchanged),
		TEST(test_adopt_changed),
		TEST(test_killed),
		TEST(test_default_flap),
		TEST(test_no_chunk),
		TEST(test_own_has_a_chunk),
		TEST(test_ifaces),
		TEST(test_bond),
		TEST(test_bond_slaves),
		TEST(test_uplink_addresses),
		TEST(test_neighbours),
		TEST(test_resolution),
		TEST(test_refused),
		TEST(test_exemptions_by_uplink),
		TEST(test_exemptions_come_first),
		TEST(test_common_exemptions),
		TEST(test_pool),
		TEST(test_policies),
		NAMED(test_timeouts, "the configuration's times are written [RFC 4787 REQ-5b] "
				     "[RFC 5382 REQ-5a] [RFC 5508 REQ-2a]"),
		TEST(test_forwards_follow_addresses),
		TEST(test_forwards_by_precedence),
		TEST(test_forwards_of_servers),
		TEST(test_forwards_of_pool),
		TEST(test_forwards_beside_mappings),
		TEST(test_mtu_of_two_tags),
	};
#undef TEST
#undef NAMED

	return cmocka_run_group_tests(tests, NULL, NULL);
}
