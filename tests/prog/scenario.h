/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network that the cases play in, as the daemon would write it into the maps: the uplink bond0
 * with a public and a private address, VLAN 1000 towards Azure, VLAN 2000, a QinQ pair, and one
 * more device.
 *
 *   default       via 147.75.94.194  bond0     translated unless exempt
 *   10.0.0.0/8    via 10.79.30.128   bond0
 *   10.0.0.0/16   via 192.168.0.2    v1000     and 10.1.0.0/16: Azure
 *   10.20.0.0/16  via 192.168.20.2   v2000
 *   10.40.0.0/16  via 192.168.40.2   qinq      802.1ad 40 outside, 802.1Q 4 inside
 *   10.50.0.0/16  via 192.168.50.2   eth1
 *   10.60.0.0/16  group: v1000 once, v2000 three times
 *   192.168.0.0/24 on v1000, 147.75.94.194/31 and 10.79.30.128/31 on bond0: neighbours
 *   192.168.100.0/24 blackhole, 198.51.100.0/24 unreachable, 192.0.2.0/24 the kernel's
 */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include "harness.h"
#include "routes.h"
#include "table.h"

/* Interfaces by slot; `device[slot]` is the kernel's index. XDP runs on the loopback device, which
 * plays bond0's slave and bears all tags. */
enum { BOND0 = 1, V1000, V2000, QINQ, ETH1, DEVICES };
extern uint32_t device[DEVICES];

enum nexthop_index {
	NH_DEFAULT = 1,
	NH_PRIVATE,
	NH_AZURE,
	NH_V2000,
	NH_QINQ,
	NH_ETH1,
	NH_ON_BOND0,
	NH_ON_V1000,
	NEXTHOPS
};
#define GROUP_BOTH 1

#define PUBLIC	"147.75.94.195"
#define PRIVATE "10.79.30.129"
#define GATEWAY "147.75.94.194"
#define INSIDE	"10.0.0.4"
#define OTHER	"10.1.0.9" /* a second inside host */
#define SERVER	"34.117.118.44"

#define MAC_HOST(slot)	  (0x020000000000ULL + (slot)*0x10)
#define MAC_PEER(nexthop) (0x0e0000000000ULL + (nexthop))
#define MAC_NEIGHBOUR(n)  (0x0e00000000f0ULL + (n)) /* of 192.168.0.2 and of GATEWAY, on link */

#define TAG_1000 .tag = {{0x8100, 1000}}
#define TAG_2000 .tag = {{0x8100, 2000}}
#define TAG_QINQ .tag = {{0x88a8, 40}, {0x8100, 4}}

/* The link header of a frame that comes in, and of one that goes out. In TC there are no tags. */
#define FROM_BOND0	 .dmac = MAC_HOST(BOND0), .smac = MAC_PEER(NH_DEFAULT)
#define FROM_V1000_BARE	 .dmac = MAC_HOST(V1000), .smac = MAC_PEER(NH_AZURE)
#define FROM_V1000	 FROM_V1000_BARE, TAG_1000
#define FROM_V2000	 .dmac = MAC_HOST(V2000), .smac = MAC_PEER(NH_V2000), TAG_2000
#define FROM_QINQ	 .dmac = MAC_HOST(QINQ), .smac = MAC_PEER(NH_QINQ), TAG_QINQ
#define FROM_QINQ_OUTER	 .dmac = MAC_HOST(QINQ), .tag = {{0x88a8, 40}}
#define TO(nexthop, out) .dmac = MAC_PEER(nexthop), .smac = MAC_HOST(out)
#define TO_BOND0	 TO(NH_DEFAULT, BOND0)
#define TO_BOND0_PRIVATE TO(NH_PRIVATE, BOND0)
#define TO_V1000_BARE	 TO(NH_AZURE, V1000)
#define TO_V1000	 TO_V1000_BARE, TAG_1000
#define TO_V2000	 TO(NH_V2000, V2000), TAG_2000
#define TO_QINQ		 TO(NH_QINQ, QINQ), TAG_QINQ
#define TO_ETH1		 TO(NH_ETH1, ETH1)

/* The network headers of a packet. */
#define IP(from, to)	       .src = from, .dst = to
#define TCP(from, to, bits)    .proto = 6, .sport = from, .dport = to, .tcp_flags = bits
#define UDP(from, to)	       .proto = 17, .sport = from, .dport = to, .payload = 20
#define ECHO_REQUEST(id)       .proto = 1, .type = 8, .echo = id, .payload = 20
#define ECHO_REPLY(id)	       .proto = 1, .type = 0, .echo = id, .payload = 20
#define ICMP_ERROR(...)	       ICMP_ERROR_(__VA_ARGS__)
#define ICMP_ERROR_(t, c, pkt) .proto = 1, .type = t, .code = c, .inner = &(pkt)
#define MEMBERS(...)	       __VA_ARGS__
#define LEN(array)	       (sizeof(array) / sizeof((array)[0]))

/* Group fixture: the bench with the network's devices in the kernel too. */
int scenario_open(void **state);
int scenario_open_small(void **state);
int scenario_open_large(void **state);
/* The maps as above, no sessions, no counts. */
void scenario_reset(void);

struct prefix_key prefix_of(const char *prefix);
/* As the daemon does after each change, and all below do: the programs take what they know to be
 * true for as long as it stays. */
void generation_raise(void);
/* On BOND0, or on another uplink. */
void exempt_set(struct bpf_map *map, const char *prefix);
void exempt_set_at(unsigned int slot, struct bpf_map *map, const char *prefix);
/* The policy of an inside prefix; bench.control's flags say whether it is looked up. */
void policy_set(const char *prefix, uint32_t index);
/* The pool of an uplink: `n` addresses from `first` on. */
void pool_set(unsigned int slot, const char *first, unsigned int n);
void neighbour_set(uint32_t ifindex, const char *addr, uint64_t mac);
void iface_set(uint32_t ifindex, struct vlan_tag outer, struct vlan_tag inner, unsigned int slot,
	       uint16_t flags);
/* The flags of a slot's interface, under all its keys. */
void iface_flags_set(unsigned int slot, uint16_t flags);

struct flow flow_of(uint8_t proto, const char *addr, uint16_t port, const char *remote,
		    uint16_t remote_port);
/* A session that was used just now, as if a packet had made it. */
void session_put(struct flow inside, const char *outside, uint16_t port, uint8_t state);
bool session_get(struct flow inside, struct session *session);
/* Makes a session idle for that long. */
void session_age(struct flow inside, uint32_t seconds);
/* The same for all that is remembered of fragments. */
void fragments_age(uint32_t seconds);
bool mapping_get(struct flow outside, struct flow *inside);
unsigned int map_count(struct bpf_map *map);
/* Of a hash or a trie: deletes all. */
void map_clear(struct bpf_map *map);
uint32_t clock_now(void);

#endif
