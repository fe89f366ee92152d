// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said of one uplink, or of some inside hosts, and not of all: exemptions, the addresses
 * that are translated to, policies, and how long a session lives. eth1 is the second uplink here.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <erxdp/pool.h>

#define ETH1_ADDR "192.168.50.9"
#define POOL	  "203.0.113.8"
#define NPOOL	  4

#define UDP_FLOW flow_of(17, INSIDE, 5000, SERVER, 53)
#define TCP_FLOW flow_of(6, INSIDE, 40000, SERVER, 443)

static void two_uplinks(void)
{
	iface_flags_set(ETH1, IFACE_FORWARD | IFACE_UPLINK);
	bench.nexthop[NH_ETH1].flags |= NEXTHOP_UPLINK;
	bench.uplink[ETH1] = (struct uplink){
		.count = 1,
		.addr = {{inet_addr(ETH1_ADDR), inet_addr(ETH1_ADDR), htonl(0xffffff00)}},
	};
}

static void forget_eth1(void)
{
	bench.uplink[ETH1] = (struct uplink){};
}

static void server_by_eth1(void)
{
	two_uplinks();
	route_set("34.0.0.0/8", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ETH1));
}

/* 10.50.0.0/16 lies behind eth1; 10/8 is exempt, at bond0. */
static void exempt_at_eth1(void)
{
	two_uplinks();
	exempt_set_at(ETH1, bench.xdp->maps.exempt_dst, "10.50.0.0/16");
	exempt_set_at(ETH1, bench.xdp->maps.exempt_dst, "34.0.0.0/8");
}

static void exempt_source_at_eth1(void)
{
	server_by_eth1();
	exempt_set_at(ETH1, bench.xdp->maps.exempt_src, "10.0.0.0/24");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static void exempt_source_elsewhere(void)
{
	exempt_set_at(ETH1, bench.xdp->maps.exempt_src, "10.0.0.0/24");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static void fixed_source(void)
{
	pool_set(BOND0, POOL, 1);
}

static void pool(void)
{
	pool_set(BOND0, POOL, NPOOL);
}

static void pool_busy(void)
{
	pool();
	bench.uplink[BOND0].seq = 1;
}

static void pool_without_addresses(void)
{
	fixed_source();
	bench.uplink[BOND0].count = 0;
}

static void pool_session(void)
{
	pool();
	session_put(UDP_FLOW, POOL, 50124, SESSION_OPEN);
}

static void pool_local(void)
{
	pool();
	route_set(POOL "/32", ROUTE_VALUE(ROUTE_LOCAL, 0));
}

/* What is for bond0's pool would leave by eth1, whose provider sends it to bond0's. */
static void pool_by_other_uplink(void)
{
	two_uplinks();
	pool();
	route_set("203.0.113.0/24", ROUTE_VALUE(ROUTE_NEXTHOP, NH_ETH1));
}

static void pool_inside(void)
{
	pool();
	route_set("203.0.113.0/24", ROUTE_VALUE(ROUTE_NEXTHOP, NH_AZURE));
}

static void pool_suspended(void)
{
	pool();
	bench.nexthop[NH_DEFAULT].flags &= ~NEXTHOP_RESOLVED;
}

static void tc_only_pool(void)
{
	pool();
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
}

static void session_moves(void)
{
	server_by_eth1();
	session_put(UDP_FLOW, PUBLIC, 50124, SESSION_OPEN);
}

static void session_moves_along(void)
{
	server_by_eth1();
	session_put(UDP_FLOW, POOL, 50124, SESSION_OPEN);
	pool_set(BOND0, POOL, 1);
	pool_set(ETH1, POOL, 1);
}

static void session_from_outside_moves(void)
{
	struct session session;

	session_moves();
	assert_true(session_get(UDP_FLOW, &session));
	session.flags |= SESSION_INBOUND;
	session_write(UDP_FLOW, &session);
}

static void tcp_session_moves(void)
{
	server_by_eth1();
	session_put(TCP_FLOW, PUBLIC, 50123, SESSION_OPEN);
}

static void check_uplink(unsigned int slot, unsigned int sessions)
{
	struct session session;

	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.uplink, slot);
	assert_int_equal(session_count(), sessions);
	assert_int_equal(mapping_count(), sessions);
	forget_eth1();
}

static void one_by_eth1(void)
{
	check_uplink(ETH1, 1);
}

static void none_is_left(void)
{
	assert_int_equal(session_count(), 0);
	assert_int_equal(mapping_count(), 0);
	forget_eth1();
}

#define UDP_OUT IP(INSIDE, SERVER), UDP(5000, 53)
#define TO_POOL IP(SERVER, POOL), UDP(53, 50124)

#define OUT(text, prepare, look, way, to, out_l2, packet, translated)                  \
	{                                                                              \
		.what = text, .arrange = prepare, .inspect = look, .hook = HOOK_XDP,   \
		.verdict = way, .slot = V1000, .sent = to, .in = {FROM_V1000, packet}, \
		.out = {out_l2, translated, .ttl = 63},                                \
	}

/* A packet from the provider that ends here, or goes up as it came. */
#define IN(text, prepare, at, way, packet)                                            \
	{                                                                             \
		.what = text, .arrange = prepare, .inspect = forget_eth1, .hook = at, \
		.verdict = way, .slot = BOND0, .in = {FROM_BOND0, packet},            \
	}

#define FORWARD(text, prepare, way, packet, translated)                                           \
	{                                                                                         \
		.what = text, .arrange = prepare, .inspect = forget_eth1, .hook = HOOK_TC_EGRESS, \
		.verdict = way, .slot = BOND0, .forwarded = true, .in = {TO_BOND0, packet},       \
		.out = {translated},                                                              \
	}

static const struct pcase cases[] = {
	/* exemptions */
	OUT("exempt at one uplink is not exempt at another", exempt_at_eth1, forget_eth1, V_TX,
	    BOND0, MEMBERS(TO_BOND0), MEMBERS(UDP_OUT), MEMBERS(IP(PUBLIC, SERVER), UDP(5000, 53))),
	OUT("exempt at the uplink that it leaves by", exempt_at_eth1, forget_eth1, V_REDIRECT, ETH1,
	    MEMBERS(TO_ETH1), MEMBERS(IP(INSIDE, "10.50.0.9"), UDP(5000, 53)),
	    MEMBERS(IP(INSIDE, "10.50.0.9"), UDP(5000, 53))),
	OUT("what is exempt elsewhere is translated to the second uplink's address", two_uplinks,
	    forget_eth1, V_REDIRECT, ETH1, MEMBERS(TO_ETH1),
	    MEMBERS(IP(INSIDE, "10.50.0.9"), UDP(5000, 53)),
	    MEMBERS(IP(ETH1_ADDR, "10.50.0.9"), UDP(5000, 53))),
	OUT("a source that is exempt at the uplink that it leaves by", exempt_source_at_eth1,
	    forget_eth1, V_REDIRECT, ETH1, MEMBERS(TO_ETH1), MEMBERS(UDP_OUT), MEMBERS(UDP_OUT)),
	OUT("a source that is exempt at another uplink", exempt_source_elsewhere, NULL, V_TX, BOND0,
	    MEMBERS(TO_BOND0), MEMBERS(UDP_OUT), MEMBERS(IP(PUBLIC, SERVER), UDP(5000, 53))),
	FORWARD("TC: exempt at one uplink is not exempt at another", exempt_at_eth1, V_SLOW_OUT,
		MEMBERS(UDP_OUT), MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), UDP(5000, 53))),
	{
		.what = "TC: exempt at the uplink that it leaves by is not marked",
		.arrange = exempt_source_at_eth1,
		.inspect = forget_eth1,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_PLAIN,
		.slot = V1000,
		.in = {FROM_V1000_BARE, UDP_OUT},
	},
	{
		.what = "TC: exempt at another uplink is marked",
		.arrange = exempt_source_elsewhere,
		.hook = HOOK_TC_INGRESS,
		.verdict = V_SLOW_MARKED,
		.slot = V1000,
		.mark_out = MARK(ERXDP_MARK_NOTRACK),
		.in = {FROM_V1000_BARE, UDP_OUT},
	},

	/* the address that is translated to */
	OUT("a fixed address in place of the chosen one", fixed_source, NULL, V_TX, BOND0,
	    MEMBERS(TO_BOND0), MEMBERS(UDP_OUT), MEMBERS(IP(POOL, SERVER), UDP(5000, 53))),
	OUT("a fixed address, where the uplink has none", pool_without_addresses, NULL, V_TX, BOND0,
	    MEMBERS(TO_BOND0), MEMBERS(UDP_OUT), MEMBERS(IP(POOL, SERVER), UDP(5000, 53))),
	FORWARD("TC: a fixed address", fixed_source, V_SLOW_OUT, MEMBERS(UDP_OUT),
		MEMBERS(TO_BOND0, IP(POOL, SERVER), UDP(5000, 53))),
	{
		.what = "a pool that is just being written: the kernel's",
		.arrange = pool_busy,
		.verdict = V_PASS_BUSY,
		.slot = V1000,
		.in = {FROM_V1000, UDP_OUT},
	},
	{
		.what = "an answer to an address of the pool",
		.arrange = pool_session,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, TO_POOL},
		.out = {TO_V1000, IP(SERVER, INSIDE), UDP(53, 5000), .ttl = 63},
	},

	/* what nobody asked for, to an address of the pool */
	IN("to the pool without a session: it would come back for ever", pool, HOOK_XDP,
	   V_DROP_FILTERED, MEMBERS(TO_POOL)),
	IN("a SYN to the pool makes no session outward", pool, HOOK_XDP, V_DROP_FILTERED,
	   MEMBERS(IP(SERVER, POOL), TCP(443, 40000, TH_SYN))),
	IN("to an address beside the pool: routed, and translated, as before", pool, HOOK_XDP,
	   V_PASS_MID_STREAM, MEMBERS(IP(SERVER, "203.0.113.12"), TCP(443, 40000, TH_ACK))),
	IN("to the pool, which is the host's own address", pool_local, HOOK_XDP, V_PASS_LOCAL,
	   MEMBERS(TO_POOL)),
	IN("to the pool, by way of another uplink", pool_by_other_uplink, HOOK_XDP, V_DROP_FILTERED,
	   MEMBERS(TO_POOL)),
	{
		.what = "to the pool, which is routed inside",
		.arrange = pool_inside,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, TO_POOL},
		.out = {TO_V1000, TO_POOL, .ttl = 63},
	},
	IN("to the pool, with the neighbour unresolved: TC decides", pool_suspended, HOOK_XDP,
	   V_PASS_NEIGHBOUR, MEMBERS(TO_POOL)),
	IN("TC: to the pool without a session", pool_suspended, HOOK_TC_INGRESS, V_DROP_FILTERED,
	   MEMBERS(TO_POOL)),
	IN("TC as the entry: to the pool without a session", tc_only_pool, HOOK_TC_INGRESS,
	   V_DROP_FILTERED, MEMBERS(TO_POOL)),
	IN("TC: to the pool by way of another uplink", pool_by_other_uplink, HOOK_TC_INGRESS,
	   V_DROP_FILTERED, MEMBERS(TO_POOL)),
	IN("TC: a later fragment to the pool waits for its first one", pool, HOOK_TC_INGRESS,
	   V_DROP_HELD, MEMBERS(IP(SERVER, POOL), .proto = 17, .frag = 100, .payload = 20)),
	OUT("from inside to the pool: sent out, like to anybody", pool_by_other_uplink, forget_eth1,
	    V_REDIRECT, ETH1, MEMBERS(TO_ETH1), MEMBERS(IP(INSIDE, POOL), UDP(5000, 53)),
	    MEMBERS(IP(ETH1_ADDR, POOL), UDP(5000, 53))),

	/* a session whose route moves to another uplink */
	OUT("its address is not the new uplink's: begins anew", session_moves, one_by_eth1,
	    V_REDIRECT, ETH1, MEMBERS(TO_ETH1), MEMBERS(UDP_OUT),
	    MEMBERS(IP(ETH1_ADDR, SERVER), UDP(5000, 53))),
	OUT("its address is the new uplink's too: goes on", session_moves_along, one_by_eth1,
	    V_REDIRECT, ETH1, MEMBERS(TO_ETH1), MEMBERS(UDP_OUT),
	    MEMBERS(IP(POOL, SERVER), UDP(50124, 53))),
	OUT("begun outside: keeps the address that its peer knows", session_from_outside_moves,
	    forget_eth1, V_REDIRECT, ETH1, MEMBERS(TO_ETH1), MEMBERS(UDP_OUT),
	    MEMBERS(IP(PUBLIC, SERVER), UDP(50124, 53))),
	{
		.what = "TCP in its midst is the kernel's, and its session ends",
		.arrange = tcp_session_moves,
		.inspect = none_is_left,
		.verdict = V_PASS_MID_STREAM,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK)},
	},
};

/* The source of the packet that XDP sent last. */
static __be32 source_sent(const char *inside, const char *remote, uint8_t proto, uint16_t port)
{
	struct spec spec = {FROM_V1000, IP(inside, remote), UDP(port, 53)};
	struct run run = {.hook = HOOK_XDP};
	__be32 source;

	if (proto == 6)
		spec = (struct spec){FROM_V1000, IP(inside, remote), TCP(port, 80, TH_SYN)};
	else if (proto == 1)
		spec = (struct spec){FROM_V1000, IP(inside, remote), ECHO_REQUEST(port)};
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_TX);
	memcpy(&source, run.frame.data + 14 + 12, sizeof(source));
	return source;
}

/* What any reader of the pool's formula expects. */
static __be32 best_of_pool(__be32 inside)
{
	const struct uplink *uplink = &bench.uplink[BOND0];
	unsigned int best = 0;

	for (unsigned int i = 1; i < uplink->npool; i++)
		if (pool_weight(inside, uplink->pool[i]) > pool_weight(inside, uplink->pool[best]))
			best = i;
	return uplink->pool[best];
}

static void test_pool_is_paired(void **state)
{
	static const char *const remotes[] = {SERVER, "198.18.0.1", "203.0.114.9"};
	static const uint8_t protocols[] = {6, 17, 1};
	unsigned int hosts[NPOOL] = {0};
	char inside[16];

	(void)state;
	scenario_reset();
	pool();
	for (unsigned int host = 1; host < 200; host++) {
		__be32 expected;

		sprintf(inside, "10.0.7.%u", host);
		expected = best_of_pool(inet_addr(inside));
		for (unsigned int i = 0; i < LEN(remotes) * LEN(protocols); i++)
			assert_int_equal(
				source_sent(inside, remotes[i % 3], protocols[i / 3], 2000 + i),
				expected);
		hosts[ntohl(expected) - ntohl(inet_addr(POOL))]++;
	}
	for (unsigned int i = 0; i < NPOOL; i++)
		assert_in_range(hosts[i], 25, 80);
}

static int verdict_in(const char *outside, uint16_t port)
{
	struct spec spec = {FROM_BOND0, IP(SERVER, outside), UDP(53, port)};
	struct run run = {.hook = HOOK_XDP};

	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	return tally_read().verdict;
}

/* As many addresses as an uplink may have, no two of them neighbours: each is some hosts', who are
 * answered there. */
static void test_pool_of_any_addresses(void **state)
{
	struct uplink *uplink = &bench.uplink[BOND0];
	unsigned int hosts[ERXDP_MAX_POOL] = {0};
	struct in_addr source;
	char inside[16];

	(void)state;
	scenario_reset();
	uplink->npool = ERXDP_MAX_POOL;
	for (unsigned int i = 0; i < ERXDP_MAX_POOL; i++)
		uplink->pool[i] = htonl(ntohl(inet_addr("198.18.0.9")) + (i * 7 % 16 << 12));
	for (unsigned int host = 1; host < 250; host++) {
		sprintf(inside, "10.0.7.%u", host);
		source.s_addr = source_sent(inside, SERVER, 17, 2000 + host);
		assert_int_equal(verdict_in(inet_ntoa(source), 2000 + host), V_TX);
		for (unsigned int i = 0; i < ERXDP_MAX_POOL; i++)
			hosts[i] += source.s_addr == uplink->pool[i];
	}
	for (unsigned int i = 0; i < ERXDP_MAX_POOL; i++)
		assert_in_range(hosts[i], 1, 40);
}

/* One address more moves only the hosts that get it. */
static void test_pool_grows(void **state)
{
	unsigned int moved = 0;
	char inside[16];

	(void)state;
	scenario_reset();
	for (unsigned int host = 1; host < 200; host++) {
		__be32 before, after;

		sprintf(inside, "10.0.7.%u", host);
		pool_set(BOND0, POOL, NPOOL);
		before = source_sent(inside, SERVER, 17, 2000);
		pool_set(BOND0, POOL, NPOOL + 1);
		after = source_sent(inside, SERVER, 17, 2001);
		if (after == before)
			continue;
		assert_int_equal(after, htonl(ntohl(inet_addr(POOL)) + NPOOL));
		moved++;
	}
	assert_in_range(moved, 15, 80);
}

static int udp_verdict(bool out, const char *outside)
{
	struct spec up = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)};
	struct spec down = {FROM_BOND0, IP(SERVER, outside), UDP(53, 50124)};
	struct run run = {.hook = HOOK_XDP};

	frame_build(&run.frame, out ? &up : &down);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	return tally_read().verdict;
}

/* An inside host that has this address of the pool, or one that has another. */
static const char *host_of_pool(__be32 outside, bool same)
{
	static char inside[16];

	for (unsigned int host = 1; host < 200; host++) {
		sprintf(inside, "10.0.7.%u", host);
		if ((best_of_pool(inet_addr(inside)) == outside) == same)
			return inside;
	}
	fail_msg("no such host");
	return NULL;
}

/* A host whose address has no port left gets none of another address, whose ports are free. */
static void test_pool_pairing_is_strict(void **state)
{
	static const enum policy_behaviour behaviours[] = {BEHAVIOUR_COMPAT, BEHAVIOUR_RFC};
	__be32 outside;

	(void)state;
	for (unsigned int i = 0; i < LEN(behaviours); i++) {
		scenario_reset();
		pool();
		bench.policy[0].behaviour = behaviours[i];
		bench.control->flags |= CONTROL_ENDPOINTS;
		bench.control->port_min = bench.control->port_max = 5000;
		outside = best_of_pool(inet_addr(INSIDE));
		assert_int_equal(source_sent(host_of_pool(outside, true), SERVER, 17, 5000),
				 outside);
		assert_int_equal(udp_verdict(true, NULL), V_DROP_NO_PORT);
		assert_int_not_equal(source_sent(host_of_pool(outside, false), SERVER, 17, 5000),
				     outside);
		assert_int_equal(udp_verdict(true, NULL), V_DROP_NO_PORT);
	}
}

static void test_pool_changes(void **state)
{
	struct session session;

	(void)state;
	scenario_reset();
	pool_session();
	/* Another address went: this one's sessions stay. */
	bench.uplink[BOND0].npool = 1;
	bench.control->addr_gen++;
	assert_int_equal(udp_verdict(false, POOL), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.addr_gen, bench.control->addr_gen);
	/* This one went. */
	bench.uplink[BOND0].npool = 0;
	bench.control->addr_gen++;
	assert_int_equal(udp_verdict(true, NULL), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.outside.addr, inet_addr(PUBLIC));
	/* A pool in place of the device's own address, which stays. */
	pool();
	bench.control->addr_gen++;
	assert_int_equal(udp_verdict(true, NULL), V_TX);
	assert_true(session_get(UDP_FLOW, &session));
	assert_int_equal(session.outside.addr, inet_addr(PUBLIC));
}

static unsigned int policy_of_session(const char *inside)
{
	struct flow flow = flow_of(17, inside, 5000, SERVER, 53);
	struct session session;

	source_sent(inside, SERVER, 17, 5000);
	assert_true(session_get(flow, &session));
	return session.policy;
}

static void test_policies(void **state)
{
	(void)state;
	scenario_reset();
	bench.uplink[BOND0].policy = 3;
	policy_set("10.0.0.0/8", 4);
	policy_set("10.0.0.0/24", 5);
	assert_int_equal(policy_of_session("10.0.0.4"), 3); /* not asked for */
	bench.control->flags |= CONTROL_POLICIES;
	assert_int_equal(policy_of_session("10.0.0.5"), 5);
	assert_int_equal(policy_of_session("10.0.1.5"), 4);
	assert_int_equal(policy_of_session("100.64.0.5"), 3);
}

/* A session of an inside host, 290 s old, by the policy's word about what comes in. */
static void begin_and_age(uint8_t flags)
{
	scenario_reset();
	bench.policy[0].flags = flags;
	session_put(UDP_FLOW, PUBLIC, 1, SESSION_OPEN);
	session_age(UDP_FLOW, 1000);
	assert_int_equal(udp_verdict(true, NULL), V_TX);
	session_age(UDP_FLOW, 290);
}

static void answer_port(struct flow inside, uint16_t port)
{
	struct session session;

	assert_true(session_get(inside, &session));
	session.outside.port = htons(port);
	session_write(inside, &session);
}

static void set_last_out(struct flow inside, uint32_t ago)
{
	struct session session;

	assert_true(session_get(inside, &session));
	session.last_out = clock_now() - ago;
	session_write(inside, &session);
}

static void test_inbound_does_not_refresh(void **state)
{
	(void)state;
	begin_and_age(0);
	answer_port(UDP_FLOW, 50124);
	assert_int_equal(udp_verdict(false, PUBLIC), V_TX);
	set_last_out(UDP_FLOW, 300);
	assert_int_equal(udp_verdict(false, PUBLIC), V_PASS_LOCAL);
	assert_int_equal(session_count(), 0);
}

static void test_outbound_refreshes(void **state)
{
	struct session before, after;

	(void)state;
	begin_and_age(0);
	assert_true(session_get(UDP_FLOW, &before));
	assert_int_equal(udp_verdict(true, NULL), V_TX);
	assert_true(session_get(UDP_FLOW, &after));
	assert_int_equal(after.created, before.created);
	assert_in_range(clock_now() - after.last_out, 0, 2);
	answer_port(UDP_FLOW, 50124);
	set_last_out(UDP_FLOW, 298);
	assert_int_equal(udp_verdict(false, PUBLIC), V_TX);
}

static void test_inbound_refreshes_where_asked_for(void **state)
{
	(void)state;
	begin_and_age(POLICY_INBOUND_REFRESH);
	answer_port(UDP_FLOW, 50124);
	assert_int_equal(udp_verdict(false, PUBLIC), V_TX);
	set_last_out(UDP_FLOW, 5000);
	assert_int_equal(udp_verdict(false, PUBLIC), V_TX);
}

static void test_tcp_is_refreshed_by_both(void **state)
{
	struct flow flow = flow_of(6, INSIDE, 2000, SERVER, 80);
	struct session session;

	(void)state;
	scenario_reset();
	bench.policy[0].flags = 0;
	source_sent(INSIDE, SERVER, 6, 2000);
	assert_true(session_get(flow, &session));
	assert_int_equal(session.flags & SESSION_OUT_ONLY, 0);
	source_sent(INSIDE, SERVER, 1, 77);
	assert_true(session_get(flow_of(1, INSIDE, 77, SERVER, 0), &session));
	assert_int_equal(session.flags & SESSION_OUT_ONLY, SESSION_OUT_ONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a host has one address of the pool for all its flows, by a formula "
		 "[RFC 4787 REQ-2] [RFC 6888 REQ-2]",
		 test_pool_is_paired, NULL, NULL, NULL},
		{"a host whose address has no port left gets none of another address "
		 "[RFC 7857 4]",
		 test_pool_pairing_is_strict, NULL, NULL, NULL},
		{"a pool of addresses that are no neighbours, each of them in use "
		 "[RFC 6888 REQ-3]",
		 test_pool_of_any_addresses, NULL, NULL, NULL},
		{"an address more in the pool moves only the hosts that get it", test_pool_grows,
		 NULL, NULL, NULL},
		{"an address that leaves the pool ends its sessions, and no others",
		 test_pool_changes, NULL, NULL, NULL},
		{"a session's policy: of the longest inside prefix, else the uplink's",
		 test_policies, NULL, NULL, NULL},
		{"what leaves prolongs a session [RFC 4787 REQ-6]", test_outbound_refreshes, NULL,
		 NULL, NULL},
		{"what comes in does not, where it is not asked for [RFC 4787 REQ-6a]",
		 test_inbound_does_not_refresh, NULL, NULL, NULL},
		{"what comes in does, where asked for, and by default [RFC 4787 REQ-6a]",
		 test_inbound_refreshes_where_asked_for, NULL, NULL, NULL},
		{"TCP is prolonged by both directions in any case", test_tcp_is_refreshed_by_both,
		 NULL, NULL, NULL},
	};

	return cases_main("uplink", cases, LEN(cases), tests, LEN(tests));
}
