// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills pinned maps as an attached erxdp would have them: two interfaces, a few routes, sessions
 * and counters. The commands read pinned maps and nothing else, so their tests need no traffic.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <erxdp/abi.h>
#include <erxdp/session_table.h>

#include "dir24.h"
#include "fib_record.h"
#include "mapset.h"
#include "sessions.h"
#include "state.h"
#include "tc.skel.h"

static struct mapset maps;

static void put(int fd, const void *key, const void *value)
{
	int err = bpf_map_update_elem(fd, key, value, BPF_ANY);

	if (!err)
		return;
	fprintf(stderr, "fill_maps: %s\n", strerror(-err));
	exit(1);
}

static __be32 addr(const char *text)
{
	return inet_addr(text);
}

enum { UPLINK = 1, INSIDE };

static void put_iface(unsigned int slot, const char *name, const char *port, __u16 vid, __u16 flags)
{
	struct iface_key key = {.ifindex = if_nametoindex(port)};
	struct iface iface = {
		.ifindex = if_nametoindex(name),
		.port = key.ifindex,
		.slot = slot,
		.flags = flags,
	};

	if (vid)
		key.tag[0] = (struct vlan_tag){htons(0x8100), vid};
	put(maps.ifaces, &key, &iface);
	/* As for the slaves of a bond: another key, the same interface. */
	key.ifindex += 1000;
	put(maps.ifaces, &key, &iface);
}

static void put_ifaces(void)
{
	put_iface(UPLINK, "uplink0", "uplink0", 0, IFACE_UPLINK | IFACE_FORWARD);
	put_iface(INSIDE, "inside0", "uplink0", 1000, IFACE_FORWARD);
}

static void put_nexthop(__u32 index, const char *device, const char *gateway, const char *mac,
			__u32 flags)
{
	struct nexthop nexthop = {
		.seq = 2,
		.flags = flags,
		.oif = if_nametoindex(device),
		.port = if_nametoindex("uplink0"),
		.gateway = addr(gateway),
		.mtu = 1500,
		.smac = {2, 0, 0, 0, 0, 1},
	};

	if (nexthop.oif != nexthop.port)
		nexthop.tag[0] = (struct vlan_tag){htons(0x8100), 1000};
	memcpy(nexthop.dmac, ether_aton(mac), sizeof(nexthop.dmac));
	put(maps.nexthops, &index, &nexthop);
}

static void put_group(void)
{
	struct nexthop_group group = {
		.seq = 2,
		.count = 2,
		.member = {{1, 0x5fffffff}, {4, 0x7fffffff}},
	};
	__u32 index = 1;

	put(maps.groups, &index, &group);
}

static struct dir24 table;
static struct fib_records records;

static void put_route(const char *prefix, __u32 len, enum route_kind kind, __u32 index)
{
	struct route_record is = {
		.addr = addr(prefix), .value = ROUTE_VALUE(kind, index), .len = len};

	fib_record_add(&records, is);
	dir24_put(&table, is.addr, (struct dir24_route){is.value, is.len}, 0);
}

static void put_routes(void)
{
	static const char none[] = "00:00:00:00:00:00";

	put_nexthop(1, "uplink0", "192.0.2.1", "02:00:00:00:00:aa",
		    NEXTHOP_RESOLVED | NEXTHOP_UPLINK | NEXTHOP_TRANSMIT);
	put_nexthop(2, "inside0", "10.79.0.2", "02:00:00:00:00:bb",
		    NEXTHOP_RESOLVED | NEXTHOP_TRANSMIT);
	put_nexthop(3, "uplink0", "0.0.0.0", none,
		    NEXTHOP_ONLINK | NEXTHOP_UPLINK | NEXTHOP_TRANSMIT);
	put_nexthop(4, "uplink0", "192.0.2.7", none, NEXTHOP_DOWN | NEXTHOP_TRANSMIT);
	put_nexthop(5, "uplink0", "192.0.2.8", none, NEXTHOP_TRANSMIT);
	put_group();
	if (dir24_init(&table, maps.route, maps.route_chunk, ERXDP_MAX_ROUTE_CHUNKS, NULL, NULL) ||
	    fib_records_init(&records, maps.prefix, ERXDP_MAX_ROUTES))
		exit(1);
	put_route("0.0.0.0", 0, ROUTE_NEXTHOP, 1);
	put_route("10.0.0.0", 8, ROUTE_NEXTHOP, 2);
	put_route("10.1.0.0", 16, ROUTE_GROUP, 1);
	put_route("10.2.0.0", 16, ROUTE_NEXTHOP, 2); /* nested, with the outer one's value */
	put_route("192.0.2.0", 24, ROUTE_NEXTHOP, 3);
	put_route("192.0.2.2", 32, ROUTE_LOCAL, 0);
	put_route("192.0.2.255", 32, ROUTE_BROADCAST, 0);
	put_route("198.51.100.0", 24, ROUTE_BLACKHOLE, 0);
	put_route("198.51.101.0", 24, ROUTE_UNREACHABLE, 0);
	put_route("198.51.102.0", 24, ROUTE_KERNEL, 0);
	put_route("203.0.113.0", 24, ROUTE_NEXTHOP, 5);
}

static void put_neighbours(void)
{
	struct neighbour_key key = {.ifindex = if_nametoindex("uplink0"),
				    .addr = addr("192.0.2.77")};
	struct neighbour neighbour = {.mac = {2, 0, 0, 0, 0, 0x77}};

	put(maps.neighbours, &key, &neighbour);
}

/* ICMP has one identifier for both ports. */
static void put_session(const char *inside, __u16 port, const char *remote, __u16 remote_port,
			__u8 proto, __u16 outside_port, __u8 state, __u32 idle)
{
	struct flow flow = {
		.addr = addr(inside),
		.remote = addr(remote),
		.port = htons(port),
		.remote_port = htons(remote_port),
		.proto = proto,
	};
	static struct session_totals totals;
	__u32 number = ++totals.fresh, zero = 0;
	struct session session = {
		.inside = flow,
		.outside = flow,
		.life = LIFE_NEXT + LIFE_LIVE,
		.number = number,
		.uplink = UPLINK,
		.created = session_clock() - idle,
		.last_out = session_clock() - idle,
		.state = state,
	};

	session.outside.addr = addr("192.0.2.2");
	session.outside.port = htons(outside_port);
	totals.live++;
	put(maps.sessions, &number, &session);
	put(maps.session_totals, &zero, &totals);
}

static void put_sessions(void)
{
	put_session("10.0.0.4", 40000, "203.0.113.10", 443, IPPROTO_TCP, 40000, SESSION_OPEN, 30);
	put_session("10.0.0.4", 40001, "203.0.113.10", 443, IPPROTO_TCP, 1024, SESSION_NEW, 0);
	put_session("10.0.0.5", 5353, "198.51.100.53", 53, IPPROTO_UDP, 5353, SESSION_OPEN, 100);
	put_session("10.0.1.6", 77, "203.0.113.10", 77, IPPROTO_ICMP, 77, SESSION_NEW, 5);
}

/* In two parts, on two CPUs where there are two: the sum is what counts. */
static void put_percpu(int fd, __u32 index, __u64 packets, __u64 bytes)
{
	int ncpus = libbpf_num_possible_cpus();
	struct counter *value = calloc(ncpus, sizeof(*value));

	value[0] = (struct counter){1, 64};
	value[ncpus - 1].packets += packets - 1;
	value[ncpus - 1].bytes += bytes - 64;
	put(fd, &index, value);
	free(value);
}

static void put_counter(unsigned int slot, enum hook hook, unsigned int verdict, __u64 packets,
			__u64 bytes)
{
	put_percpu(maps.counters, COUNTER_INDEX(slot, hook, verdict), packets, bytes);
}

static void put_counters(void)
{
	put_counter(0, HOOK_XDP, V_PASS_INTERFACE, 3, 192);
	put_counter(UPLINK, HOOK_XDP, V_TX, 1000000, 64000000);
	put_counter(UPLINK, HOOK_XDP, V_PASS_TTL, 12, 768);
	put_counter(UPLINK, HOOK_XDP, V_PASS_LOCAL, 300, 40000);
	put_counter(UPLINK, HOOK_TC_EGRESS, V_SLOW_OUT, 49, 59000);
	put_counter(UPLINK, HOOK_TC_EGRESS, V_DROP_NO_PORT, 1, 1000);
	put_counter(INSIDE, HOOK_XDP, V_REDIRECT, 2000, 3000000);
	put_counter(INSIDE, HOOK_XDP, V_PASS_FRAGMENT, 50, 60000);
	put_counter(INSIDE, HOOK_XDP, V_DROP_BLACKHOLE, 7, 700);
	put_counter(INSIDE, HOOK_TC_INGRESS, V_SLOW_MARKED, 50, 60000);
	put_percpu(maps.sent, UPLINK, 2049, 3059000);
	put_percpu(maps.sent, INSIDE, 1000000, 64000000);
}

static void put_control(void)
{
	struct control control = {
		.abi = ERXDP_ABI,
		.flags = CONTROL_TRUSTED | CONTROL_POLICIES,
		.timeout = {300, 7440, 240, 60, 240, 600},
		.port_min = 1,
		.port_max = 65535,
		.max_sessions = 1000,
		.session_records = session_records(1000),
	};
	__u32 zero = 0;

	put(maps.control, &zero, &control);
}

/* The policy of an inside prefix. */
static void put_inside(const char *prefix, __u32 len, __u32 index, __u32 block_size)
{
	struct prefix_key key = {.prefixlen = len, .addr = addr(prefix)};
	struct policy policy = {
		.block_prefix = block_size ? key.addr : 0,
		.block_prefixlen = block_size ? len : 0,
		.block_size = block_size,
	};

	put(maps.policies, &index, &policy);
	put(maps.inside_policies, &key, &index);
}

/* Port blocks of 256 for 10.0.0.0/16, on two outside addresses; of 1024 for a part of it, and none
 * for a part of that. */
static void put_blocks(void)
{
	struct uplink uplink = {
		.seq = 2,
		.count = 1,
		.npool = 2,
		.pool = {addr("192.0.2.2"), addr("192.0.2.3")},
		.addr = {{addr("192.0.2.2"), addr("192.0.2.2"), htonl(0xffffff00)}},
	};
	struct policy policy = {
		.block_prefix = addr("10.0.0.0"), .block_prefixlen = 16, .block_size = 256};
	__u32 slot = UPLINK, zero = 0;

	put(maps.uplinks, &slot, &uplink);
	put(maps.policies, &zero, &policy);
	put_inside("10.0.2.0", 24, 1, 1024);
	put_inside("10.0.2.64", 26, 2, 0);
}

/* An attach in TC mode; or one in XDP whose program is not there. */
static int put_state(bool xdp)
{
	static struct state state = {.version = "0.1.0", .nports = 1, .ntc = 2, .noffloads = 1};
	unsigned int ifindex = if_nametoindex("uplink0");
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	state.netns = st.st_ino;
	state.port[0] = (struct state_port){.name = "uplink0", .ifindex = ifindex};
	state.port[0].mode = xdp ? MODE_NATIVE : MODE_TC;
	if (!xdp)
		strcpy(state.port[0].why, "its driver has no native XDP");
	state.nxdp = xdp;
	state.xdp[0] = (struct state_xdp){.name = "uplink0", .ifindex = ifindex, .port = ifindex};
	state.xdp[0].mode = MODE_NATIVE;
	state.tc[0] = (struct state_tc){.name = "uplink0", .tcx = true};
	state.tc[1] = (struct state_tc){.name = "inside0"};
	strcpy(state.offload[0].name, "uplink0");
	return state_save(&state);
}

/* The maps of the object, without its programs. */
static int make_maps(void)
{
	struct tc_bpf *tc = tc_bpf__open();
	struct bpf_program *prog;
	int err;

	if (!tc)
		return -errno;
	bpf_map__set_max_entries(tc->maps.sessions, session_records(1000));
	bpf_object__for_each_program(prog, tc->obj)
		bpf_program__set_autoload(prog, prog == tc->progs.erxdp_sweep ||
							prog == tc->progs.erxdp_import);
	err = tc_bpf__load(tc);
	if (!err)
		err = bpf_object__pin_maps(tc->obj, ERXDP_PIN_DIR);
	if (!err) /* `nat flush` removes by it */
		err = bpf_program__pin(tc->progs.erxdp_sweep, ERXDP_PIN_DIR "/progs/erxdp_sweep");
	if (!err)
		err = bpf_program__pin(tc->progs.erxdp_import, ERXDP_PIN_DIR "/progs/erxdp_import");
	tc_bpf__destroy(tc);
	return err;
}

static int put_all(void)
{
	int err = make_maps();

	if (!err)
		err = mapset_open(&maps);
	if (!err)
		err = mapset_map(&maps, 1);
	if (err)
		return err;
	put_control();
	put_ifaces();
	put_routes();
	put_neighbours();
	put_sessions();
	put_counters();
	put_blocks();
	mapset_close(&maps);
	return 0;
}

/* Without an argument the maps; "tc" or "xdp": the state file. */
int main(int argc, char **argv)
{
	int err = argc > 1 ? put_state(!strcmp(argv[1], "xdp")) : put_all();

	if (!err)
		return 0;
	fprintf(stderr, "fill_maps: %s\n", strerror(-err));
	return 1;
}
