// SPDX-License-Identifier: GPL-2.0-only
#include "scenario.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOPBACK 1

uint32_t device[DEVICES];

static const char *const names[DEVICES] = {"", "bond0", "v1000", "v2000", "qinq", "eth1"};
static const struct vlan_tag tags[DEVICES][2] = {
	[V1000] = {{0x0081, 1000}},
	[V2000] = {{0x0081, 2000}},
	[QINQ] = {{0xa888, 40}, {0x0081, 4}},
};

static __be32 addr_of(const char *text)
{
	__be32 addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		fail_msg("no IPv4 address: %s", text);
	return addr;
}

static void mac_put(uint8_t *p, uint64_t mac)
{
	for (int i = 0; i < 6; i++)
		p[i] = mac >> (40 - 8 * i);
}

void generation_raise(void)
{
	static uint32_t generation;

	bench.control->generation = ++generation;
}

static void map_set(struct bpf_map *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		fail_msg("%s: %s", bpf_map__name(map), strerror(errno));
	generation_raise();
}

/* A trie has no call that empties it. The next key is asked for before its neighbour goes: from the
 * beginning each time, the first one is searched for long. */
static void clear_one_by_one(int fd)
{
	uint8_t key[64], next[64];
	int err = bpf_map_get_next_key(fd, NULL, key);

	while (!err) {
		err = bpf_map_get_next_key(fd, key, next);
		bpf_map_delete_elem(fd, key);
		memcpy(key, next, sizeof(key));
	}
}

/* By the thousand: a case may leave sessions by the ten thousand. */
static int clear_in_batches(int fd, size_t value_size)
{
	static uint8_t keys[4096 * 64], values[8 << 20];
	uint32_t place, count, most = sizeof(values) / value_size;
	void *from = NULL;
	int err;

	do {
		count = most < 4096 ? most : 4096;
		err = bpf_map_lookup_and_delete_batch(fd, from, &place, keys, values, &count, NULL);
		from = &place;
	} while (!err);
	return err;
}

void map_clear(struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);
	int fd = bpf_map__fd(map);

	if (type != BPF_MAP_TYPE_HASH && type != BPF_MAP_TYPE_LRU_HASH)
		clear_one_by_one(fd);
	else if (clear_in_batches(fd, bpf_map__value_size(map)) != -ENOENT)
		fail_msg("emptying %s: %s", bpf_map__name(map), strerror(errno));
}

unsigned int map_count(struct bpf_map *map)
{
	uint8_t key[64];
	int fd = bpf_map__fd(map);
	unsigned int n = 0;

	for (int err = bpf_map_get_next_key(fd, NULL, key); !err; n++)
		err = bpf_map_get_next_key(fd, key, key);
	return n;
}

struct prefix_key prefix_of(const char *prefix)
{
	char addr[32];
	struct prefix_key key = {.prefixlen = 32};

	snprintf(addr, sizeof(addr), "%s", prefix);
	addr[strcspn(addr, "/")] = 0;
	if (strchr(prefix, '/'))
		key.prefixlen = atoi(strchr(prefix, '/') + 1);
	key.addr = addr_of(addr);
	return key;
}

static void prefix_set(struct bpf_map *map, const char *prefix, uint32_t value)
{
	struct prefix_key key = prefix_of(prefix);

	map_set(map, &key, &value);
}

void exempt_set_at(unsigned int slot, struct bpf_map *map, const char *prefix)
{
	struct prefix_key at = prefix_of(prefix);
	struct exempt_key key = {.prefixlen = 32 + at.prefixlen, .slot = slot, .addr = at.addr};
	uint32_t value = 1;

	map_set(map, &key, &value);
}

void exempt_set(struct bpf_map *map, const char *prefix)
{
	exempt_set_at(BOND0, map, prefix);
}

void policy_set(const char *prefix, uint32_t index)
{
	prefix_set(bench.xdp->maps.inside_policies, prefix, index);
}

void pool_set(unsigned int slot, const char *first, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		bench.uplink[slot].pool[i] = htonl(ntohl(addr_of(first)) + i);
	bench.uplink[slot].npool = n;
}

void neighbour_set(uint32_t ifindex, const char *addr, uint64_t mac)
{
	struct neighbour_key key = {.ifindex = ifindex, .addr = addr_of(addr)};
	struct neighbour value = {};

	mac_put(value.mac, mac);
	map_set(bench.xdp->maps.neighbours, &key, &value);
}

void iface_set(uint32_t ifindex, struct vlan_tag outer, struct vlan_tag inner, unsigned int slot,
	       uint16_t flags)
{
	struct iface_key key = {.ifindex = ifindex, .tag = {outer, inner}};
	struct iface value = {
		.ifindex = device[slot],
		.port = slot == ETH1 ? device[ETH1] : device[BOND0],
		.slot = slot,
		.flags = flags,
	};

	mac_put(value.mac, MAC_HOST(slot));
	map_set(bench.xdp->maps.ifaces, &key, &value);
}

void iface_flags_set(unsigned int slot, uint16_t flags)
{
	const struct vlan_tag none = {};

	iface_set(device[slot], none, none, slot, flags);
	if (slot != ETH1)
		iface_set(LOOPBACK, tags[slot][0], tags[slot][1], slot, flags);
}

static void nexthop_set(enum nexthop_index index, unsigned int slot, const char *gateway)
{
	struct nexthop *nh = &bench.nexthop[index];

	*nh = (struct nexthop){
		.flags = NEXTHOP_TRANSMIT | (gateway ? NEXTHOP_RESOLVED : NEXTHOP_ONLINK) |
			 (slot == BOND0 ? NEXTHOP_UPLINK : 0),
		.oif = device[slot],
		.port = slot == ETH1 ? device[ETH1] : device[BOND0],
		.tag = {tags[slot][0], tags[slot][1]},
		.gateway = gateway ? addr_of(gateway) : 0,
		.mtu = 1500,
		.slot = slot,
	};
	mac_put(nh->smac, MAC_HOST(slot));
	if (gateway)
		mac_put(nh->dmac, MAC_PEER(index));
}

static void reset_nexthops(void)
{
	nexthop_set(NH_DEFAULT, BOND0, GATEWAY);
	nexthop_set(NH_PRIVATE, BOND0, "10.79.30.128");
	nexthop_set(NH_AZURE, V1000, "192.168.0.2");
	nexthop_set(NH_V2000, V2000, "192.168.20.2");
	nexthop_set(NH_QINQ, QINQ, "192.168.40.2");
	nexthop_set(NH_ETH1, ETH1, "192.168.50.2");
	nexthop_set(NH_ON_BOND0, BOND0, NULL);
	nexthop_set(NH_ON_V1000, V1000, NULL);
	bench.group[GROUP_BOTH] = (struct nexthop_group){
		.count = 2,
		.member = {{NH_AZURE, 0x1fffffff}, {NH_V2000, 0x7fffffff}},
	};
}

static void reset_routes(void)
{
	static const struct {
		const char *prefix;
		uint16_t value;
	} table[] = {
		{"0.0.0.0/0", ROUTE_VALUE(ROUTE_NEXTHOP, NH_DEFAULT)},
		{"10.0.0.0/8", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE)},
		{"10.0.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE)},
		{"10.1.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE)},
		{"10.20.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_V2000)},
		{"10.40.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_QINQ)},
		{"10.50.0.0/16", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ETH1)},
		{"10.60.0.0/16", ROUTE_VALUE(ROUTE_GROUP, GROUP_BOTH)},
		{"192.168.0.0/24", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ON_V1000)},
		{"147.75.94.194/31", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ON_BOND0)},
		{"10.79.30.128/31", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ON_BOND0)},
		{"192.168.100.0/24", ROUTE_VALUE(ROUTE_BLACKHOLE, 0)},
		{"198.51.100.0/24", ROUTE_VALUE(ROUTE_UNREACHABLE, 0)},
		{"192.0.2.0/24", ROUTE_VALUE(ROUTE_KERNEL, 0)},
		{PUBLIC "/32", ROUTE_VALUE(ROUTE_LOCAL, 0)},
		{PRIVATE "/32", ROUTE_VALUE(ROUTE_LOCAL, 0)},
		{"192.168.0.1/32", ROUTE_VALUE(ROUTE_LOCAL, 0)},
		{"192.168.0.255/32", ROUTE_VALUE(ROUTE_BROADCAST, 0)},
	};

	routes_clear();
	for (size_t i = 0; i < LEN(table); i++)
		route_set(table[i].prefix, table[i].value);
}

static void reset_control(void)
{
	*bench.control = (struct control){
		.abi = ERXDP_ABI,
		.flags = CONTROL_TRUSTED | (getenv(TEST_STAGES_ENV) ? CONTROL_STAGES : 0),
		.addr_gen = 1,
		.mark_shift = ERXDP_MARK_SHIFT_DEFAULT,
		.timeout = {300, 7440, 240, 60, 240, 600},
		.port_min = 1,
		.port_max = 65535,
		.max_sessions = BENCH_SESSIONS,
		.hash_seed = 0x5eed,
	};
	table_prepare();
	bench.uplink[BOND0] = (struct uplink){
		.count = 2,
		.addr = {{addr_of(PUBLIC), addr_of(PUBLIC), htonl(0xfffffffe)},
			 {addr_of(PRIVATE), addr_of(PRIVATE), htonl(0xfffffffe)}},
	};
}

static void reset_policy(void)
{
	memset(bench.policy, 0, ERXDP_MAX_POLICIES * sizeof(*bench.policy));
	bench.policy[0].flags = POLICY_INBOUND_REFRESH;
	map_clear(bench.xdp->maps.inside_policies);
	map_clear(bench.xdp->maps.exempt_dst);
	map_clear(bench.xdp->maps.exempt_src);
	exempt_set(bench.xdp->maps.exempt_dst, "10.0.0.0/8");
	exempt_set(bench.xdp->maps.exempt_dst, "172.16.0.0/12");
	exempt_set(bench.xdp->maps.exempt_dst, "192.168.0.0/16");
}

static void reset_links(void)
{
	map_clear(bench.xdp->maps.ifaces);
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot, IFACE_FORWARD | (slot == BOND0 ? IFACE_UPLINK : 0));
	map_clear(bench.xdp->maps.neighbours);
	neighbour_set(device[BOND0], GATEWAY, MAC_NEIGHBOUR(1));
	neighbour_set(device[V1000], "192.168.0.2", MAC_NEIGHBOUR(2));
}

static void reset_crowds(void)
{
	for (unsigned int i = 0; i < ERXDP_MAX_CROWDS; i++)
		bench.crowd[i].state = CROWD_FREE;
	bench.ports->crowds = 0;
}

void scenario_reset(void)
{
	reset_control();
	generation_raise();
	reset_crowds();
	memset(bench.policy, 0, ERXDP_MAX_POLICIES * sizeof(*bench.policy));
	memset(bench.bond, 0, ERXDP_MAX_IFACES * sizeof(*bench.bond));
	reset_links();
	reset_nexthops();
	reset_routes();
	reset_policy();
	table_clear();
	map_clear(bench.xdp->maps.endpoints);
	map_clear(bench.xdp->maps.inside_endpoints);
	map_clear(bench.xdp->maps.permits);
	map_clear(bench.xdp->maps.hosts);
	map_clear(bench.xdp->maps.refused_flows);
	map_clear(bench.xdp->maps.mid_stream_flows);
	map_clear(bench.tc->maps.mid_stream_segments);
	map_clear(bench.tc->maps.fragments);
	map_clear(bench.tc->maps.held);
	map_clear(bench.tc->maps.hairpin_notes);
	tally_reset();
}

static int make_devices(void)
{
	for (unsigned int slot = BOND0; slot < DEVICES; slot++) {
		shell("ip link add %s address 02:00:00:00:00:%02x type veth peer name far%u",
		      names[slot], slot * 0x10, slot);
		shell("ip link set %s up && ip link set far%u up", names[slot], slot);
		device[slot] = if_nametoindex(names[slot]);
		map_set(bench.xdp->maps.tx_ports, &device[slot], &device[slot]);
	}
	shell("ip addr add " PUBLIC "/31 dev bond0 && ip addr add " PRIVATE "/31 dev bond0");
	shell("ip addr add 192.168.0.1/30 dev v1000");
	return 0;
}

int scenario_open(void **state)
{
	return bench_open(state) ? -1 : make_devices();
}

int scenario_open_small(void **state)
{
	return bench_open_small(state) ? -1 : make_devices();
}

int scenario_open_large(void **state)
{
	return bench_open_large(state) ? -1 : make_devices();
}

uint32_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec;
}

struct flow flow_of(uint8_t proto, const char *addr, uint16_t port, const char *remote,
		    uint16_t remote_port)
{
	return (struct flow){
		.addr = addr_of(addr),
		.remote = addr_of(remote),
		.port = htons(port),
		.remote_port = htons(remote_port),
		.proto = proto,
	};
}

void session_put(struct flow inside, const char *outside, uint16_t port, uint8_t state)
{
	struct session session = {
		.outside = inside,
		.uplink = BOND0,
		.addr_gen = bench.control->addr_gen,
		.created = clock_now(),
		.last_out = clock_now(),
		.last_in = clock_now(),
		.state = state,
	};

	session.outside.addr = addr_of(outside);
	session.outside.port = htons(port);
	session_write(inside, &session);
}

bool session_get(struct flow inside, struct session *session)
{
	const struct session *record = session_of(inside);

	if (record)
		*session = *record;
	return record;
}

void session_age(struct flow inside, uint32_t seconds)
{
	struct session *session = session_of(inside);

	assert_non_null(session);
	session->last_out = session->last_in = clock_now() - seconds;
}

static void held_age(uint32_t seconds)
{
	struct held_key key;
	struct held held;
	int fd = bpf_map__fd(bench.tc->maps.held);

	for (int err = bpf_map_get_next_key(fd, NULL, &key); !err;
	     err = bpf_map_get_next_key(fd, &key, &key)) {
		assert_int_equal(bpf_map_lookup_elem(fd, &key, &held), 0);
		held.created = clock_now() - seconds;
		map_set(bench.tc->maps.held, &key, &held);
	}
}

void fragments_age(uint32_t seconds)
{
	struct fragment_key key;
	struct fragment fragment;
	int fd = bpf_map__fd(bench.tc->maps.fragments);

	for (int err = bpf_map_get_next_key(fd, NULL, &key); !err;
	     err = bpf_map_get_next_key(fd, &key, &key)) {
		assert_int_equal(bpf_map_lookup_elem(fd, &key, &fragment), 0);
		fragment.created = clock_now() - seconds;
		map_set(bench.tc->maps.fragments, &key, &fragment);
	}
	held_age(seconds);
}

bool mapping_get(struct flow outside, struct flow *inside)
{
	const struct session *record = session_of_outside(outside);

	if (record)
		*inside = record->inside;
	return record;
}
