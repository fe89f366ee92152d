// SPDX-License-Identifier: GPL-2.0-only
/*
 * What leaves by the uplink for a destination that is not exempt bears the address that the kernel
 * would choose, a port that nobody else has, and right checksums; answers find their way back.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT(text, prepare, packet, translated)                                                   \
	{                                                                                        \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = V1000, .sent = BOND0, \
		.in = {FROM_V1000, packet}, .out = {TO_BOND0, translated, .ttl = 63},            \
	}

#define BACK(text, prepare, packet, translated)                                                  \
	{                                                                                        \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = BOND0, .sent = V1000, \
		.in = {FROM_BOND0, packet}, .out = {TO_V1000, translated, .ttl = 63},            \
	}

#define REFUSED(text, prepare, packet, way)                                      \
	{                                                                        \
		.what = text, .arrange = prepare, .verdict = way, .slot = V1000, \
		.in = {FROM_V1000, packet},                                      \
	}

static void session_tcp(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 40000, SESSION_OPEN);
}

static void session_tcp_moved(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
}

static void session_udp_moved(void)
{
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
}

static void session_echo_moved(void)
{
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

static void session_behind_uplink(void)
{
	session_put(flow_of(17, "203.0.113.50", 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
}

static void exempt_server(void)
{
	exempt_set(bench.xdp->maps.exempt_dst, "34.0.0.0/8");
}

static void exempt_source(void)
{
	exempt_set(bench.xdp->maps.exempt_src, "10.0.0.0/24");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static void exempt_source_unused(void)
{
	exempt_set(bench.xdp->maps.exempt_src, "10.0.0.0/24");
}

static void by_private_gateway(void)
{
	route_set("34.0.0.0/8", ROUTE_VALUE(ROUTE_NEXTHOP, NH_PRIVATE));
}

static void by_onlink_gateway(void)
{
	bench.nexthop[NH_DEFAULT].gateway = inet_addr("203.0.113.1");
}

static void private_address_first(void)
{
	bench.uplink[BOND0].addr[0].addr = inet_addr(PRIVATE);
	bench.uplink[BOND0].addr[0].net = inet_addr(PRIVATE);
	bench.uplink[BOND0].addr[1].addr = inet_addr(PUBLIC);
	bench.uplink[BOND0].addr[1].net = inet_addr(PUBLIC);
	by_onlink_gateway();
}

static void no_address(void)
{
	bench.uplink[BOND0].count = 0;
}

static void addresses_busy(void)
{
	bench.uplink[BOND0].seq = 1;
}

static void no_sessions(void)
{
	bench.control->max_sessions = 0;
}

static void one_port(void)
{
	bench.control->port_min = bench.control->port_max = 2000;
	session_put(flow_of(17, OTHER, 2000, SERVER, 53), PUBLIC, 2000, SESSION_OPEN);
}

static void one_port_other_server(void)
{
	bench.control->port_min = bench.control->port_max = 2000;
	session_put(flow_of(17, OTHER, 2000, "8.8.8.8", 53), PUBLIC, 2000, SESSION_OPEN);
}

static void one_port_left_of_100(void)
{
	bench.control->port_min = 2000;
	bench.control->port_max = 2099;
	for (uint16_t port = 2000; port <= 2099; port++)
		if (port != 2042)
			session_put(flow_of(17, OTHER, port, SERVER, 53), PUBLIC, port,
				    SESSION_OPEN);
}

static void not_local_for_us(void)
{
	route_set(INSIDE "/32", ROUTE_VALUE(ROUTE_LOCAL, 0));
}

#define SYN_OUT	    IP(INSIDE, SERVER), TCP(40000, 443, TH_SYN)
#define SYN_ON_WIRE IP(PUBLIC, SERVER), TCP(40000, 443, TH_SYN)
#define DATA_OUT    IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), .payload = 31
#define UDP_OUT	    IP(INSIDE, SERVER), UDP(5000, 53)
#define UDP_ON_WIRE IP(PUBLIC, SERVER), UDP(5000, 53)
#define UDP_ANSWER  IP(SERVER, PUBLIC), UDP(53, 50124)

static const struct pcase cases[] = {
	OUT("a SYN opens a session, and keeps its port", NULL, MEMBERS(SYN_OUT),
	    MEMBERS(SYN_ON_WIRE)),
	OUT("TCP of a session", session_tcp_moved, MEMBERS(DATA_OUT),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .payload = 31)),
	BACK("its answer", session_tcp_moved,
	     MEMBERS(IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 31),
	     MEMBERS(IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .payload = 31)),
	OUT("UDP opens a session, and keeps its port", NULL, MEMBERS(UDP_OUT),
	    MEMBERS(UDP_ON_WIRE)),
	OUT("UDP of a session", session_udp_moved, MEMBERS(UDP_OUT),
	    MEMBERS(IP(PUBLIC, SERVER), UDP(50124, 53))),
	BACK("its answer", session_udp_moved, MEMBERS(UDP_ANSWER),
	     MEMBERS(IP(SERVER, INSIDE), UDP(53, 5000))),
	OUT("UDP without a checksum stays without", session_udp_moved,
	    MEMBERS(UDP_OUT, .no_checksum = true),
	    MEMBERS(IP(PUBLIC, SERVER), UDP(50124, 53), .no_checksum = true)),
	BACK("and its answer", session_udp_moved, MEMBERS(UDP_ANSWER, .no_checksum = true),
	     MEMBERS(IP(SERVER, INSIDE), UDP(53, 5000), .no_checksum = true)),
	OUT("an echo request opens a session, and keeps its identifier [RFC 5508 REQ-1]", NULL,
	    MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77)),
	    MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(77))),
	OUT("an echo request of a session with another identifier", session_echo_moved,
	    MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77)),
	    MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(78))),
	BACK("its reply [RFC 5508 REQ-1]", session_echo_moved,
	     MEMBERS(IP(SERVER, PUBLIC), ECHO_REPLY(78)),
	     MEMBERS(IP(SERVER, INSIDE), ECHO_REPLY(77))),
	OUT("an odd number of bytes", NULL,
	    MEMBERS(IP(INSIDE, SERVER), TCP(1024, 443, TH_SYN), .payload = 1),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(1024, 443, TH_SYN), .payload = 1)),
	OUT("identifier 0 is one like any other", NULL,
	    MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(0)),
	    MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(0))),

	/* exemptions */
	OUT("an exempt destination keeps the source [RFC 6888 REQ-6]", exempt_server,
	    MEMBERS(UDP_OUT), MEMBERS(UDP_OUT)),
	OUT("an exempt source is kept", exempt_source, MEMBERS(UDP_OUT), MEMBERS(UDP_OUT)),
	OUT("sources are exempt only where the switch says so", exempt_source_unused,
	    MEMBERS(UDP_OUT), MEMBERS(UDP_ON_WIRE)),
	OUT("a source beside the exempt ones is translated", exempt_source,
	    MEMBERS(IP(OTHER, SERVER), UDP(5000, 53)), MEMBERS(UDP_ON_WIRE)),
	OUT("an exempt destination needs no session of its TCP", exempt_server, MEMBERS(DATA_OUT),
	    MEMBERS(DATA_OUT)),
	{
		.what = "a private destination by the uplink's private gateway: exempt",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, IP(INSIDE, "10.77.1.1"), UDP(5000, 53)},
		.out = {TO_BOND0_PRIVATE, IP(INSIDE, "10.77.1.1"), UDP(5000, 53), .ttl = 63},
	},
	{
		.what = "from one VLAN to another nothing is translated",
		.arrange = session_tcp,
		.verdict = V_TX,
		.slot = V2000,
		.sent = V1000,
		.in = {FROM_V2000, IP("10.20.1.1", INSIDE), TCP(1, 2, TH_ACK)},
		.out = {TO_V1000, IP("10.20.1.1", INSIDE), TCP(1, 2, TH_ACK), .ttl = 63},
	},

	/* the outside address */
	{
		.what = "the address whose subnet holds the nexthop, not the first one",
		.arrange = by_private_gateway,
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, UDP_OUT},
		.out = {TO_BOND0_PRIVATE, IP(PRIVATE, SERVER), UDP(5000, 53), .ttl = 63},
	},
	OUT("a nexthop in no subnet: the first address", by_onlink_gateway, MEMBERS(UDP_OUT),
	    MEMBERS(UDP_ON_WIRE)),
	OUT("the first in the kernel's order, whatever its kind", private_address_first,
	    MEMBERS(UDP_OUT), MEMBERS(IP(PRIVATE, SERVER), UDP(5000, 53))),
	REFUSED("an uplink without an address: nothing leaves with a private source", no_address,
		MEMBERS(UDP_OUT), V_DROP_NO_ADDRESS),
	REFUSED("addresses that are just being written", addresses_busy, MEMBERS(UDP_OUT),
		V_PASS_BUSY),

	/* ports */
	REFUSED("no port left for this destination", one_port,
		MEMBERS(IP(INSIDE, SERVER), UDP(2000, 53)), V_DROP_NO_PORT),
	OUT("the same port serves another destination", one_port_other_server,
	    MEMBERS(IP(INSIDE, SERVER), UDP(2000, 53)), MEMBERS(IP(PUBLIC, SERVER), UDP(2000, 53))),
	OUT("the same port serves another protocol", one_port,
	    MEMBERS(IP(INSIDE, SERVER), TCP(2000, 53, TH_SYN)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(2000, 53, TH_SYN))),
	OUT("the last free port of a range is found", one_port_left_of_100,
	    MEMBERS(IP(INSIDE, SERVER), UDP(2050, 53)), MEMBERS(IP(PUBLIC, SERVER), UDP(2042, 53))),
	REFUSED("no new session where none are allowed", no_sessions, MEMBERS(UDP_OUT),
		V_DROP_TABLE_FULL),

	/* what is not translated */
	REFUSED("TCP that did not begin here is the kernel's, whose conntrack may know it", NULL,
		MEMBERS(DATA_OUT), V_PASS_MID_STREAM),
	REFUSED("SYN and ACK together begin nothing", NULL,
		MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_SYN | TH_ACK)), V_PASS_MID_STREAM),
	REFUSED("SYN and RST together begin nothing", NULL,
		MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_SYN | TH_RST)), V_PASS_MID_STREAM),
	REFUSED("a RST begins nothing", NULL, MEMBERS(IP(INSIDE, SERVER), TCP(40000, 443, TH_RST)),
		V_PASS_MID_STREAM),
	REFUSED("a source that is this host's own address", not_local_for_us, MEMBERS(UDP_OUT),
		V_PASS_SOURCE),
	REFUSED("an echo reply that answers nothing", NULL,
		MEMBERS(IP(INSIDE, SERVER), ECHO_REPLY(5)), V_PASS_PROTOCOL),
	REFUSED("ICMP that is neither query nor error (redirect) [RFC 5508 REQ-11]", NULL,
		MEMBERS(IP(INSIDE, SERVER), .proto = 1, .type = 5, .payload = 28), V_PASS_PROTOCOL),
	REFUSED("AH, whose checksum covers the addresses", NULL,
		MEMBERS(IP(INSIDE, SERVER), .proto = 51, .payload = 40), V_PASS_PROTOCOL),
	REFUSED("DCCP", NULL, MEMBERS(IP(INSIDE, SERVER), .proto = 33, .payload = 40),
		V_PASS_PROTOCOL),

	/* from outside without a session */
	{
		.what = "to the outside address without a session: this host's own business",
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 22, TH_SYN)},
	},
	{
		.what = "a session answers its own peer only",
		.arrange = session_udp_moved,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP("8.8.8.8", PUBLIC), UDP(53, 50124)},
	},
	{
		.what = "and its own peer's port only",
		.arrange = session_udp_moved,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(54, 50124)},
	},
	{
		.what = "and its own protocol only",
		.arrange = session_udp_moved,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(53, 50124, TH_ACK)},
	},
	{
		.what = "an echo request from outside is for this host, whatever its identifier",
		.arrange = session_echo_moved,
		.verdict = V_PASS_LOCAL,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), ECHO_REQUEST(78)},
	},
	{
		.what = "the outside flow from inside is not an answer",
		.arrange = session_udp_moved,
		.verdict = V_PASS_LOCAL,
		.slot = V1000,
		.in = {FROM_V1000, UDP_ANSWER},
	},
	{
		.what = "public in transit to the inside is routed, not translated",
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(SERVER, INSIDE), UDP(53, 5000)},
		.out = {TO_V1000, IP(SERVER, INSIDE), UDP(53, 5000), .ttl = 63},
	},
	{
		.what = "an answer that leaves by the uplink again keeps its source",
		.arrange = session_behind_uplink,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = BOND0,
		.in = {FROM_BOND0, UDP_ANSWER},
		.out = {TO_BOND0, IP(SERVER, "203.0.113.50"), UDP(53, 5000), .ttl = 63},
	},
	{
		.what = "an answer that ends here by its TTL is the kernel's, untouched",
		.arrange = session_udp_moved,
		.verdict = V_PASS_TTL,
		.slot = BOND0,
		.in = {FROM_BOND0, UDP_ANSWER, .ttl = 1},
	},
	{
		.what = "an answer larger than the inside's MTU is the kernel's, untouched "
			"[RFC 4787 REQ-13]",
		.arrange = session_udp_moved,
		.verdict = V_PASS_TOO_BIG,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), .proto = 17, .sport = 53, .dport = 50124,
		       .payload = 1500},
	},
};

/* --- checksums at their edges --- */

/* A computed UDP checksum of 0 is sent as 0xffff (RFC 768); 0 would mean that there is none. */
static void test_udp_zero(void **state)
{
	struct pcase c = {
		.what = "UDP checksum that comes to zero",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, UDP_OUT},
		.out = {TO_BOND0, UDP_ON_WIRE, .ttl = 63},
	};
	struct frame frame;
	unsigned int word = 0;

	(void)state;
	scenario_reset();
	do {
		c.in.word = c.out.word = ++word;
		frame_build(&frame, &c.out);
	} while (memcmp(frame.data + 14 + 20 + 6, "\xff\xff", 2) && word < 0xffff);
	assert_in_range(word, 1, 0xfffe);
	case_run(&c);
}

/* Every sum from 0 to 0xffff on its way out: one's complement has two zeros to get wrong. */
static void test_all_checksums(void **state)
{
	struct pcase udp = {
		.what = "UDP checksum",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, UDP_OUT},
		.out = {TO_BOND0, IP(PUBLIC, SERVER), UDP(50124, 53), .ttl = 63},
	};
	struct pcase tcp = {
		.what = "TCP checksum",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, DATA_OUT},
		.out = {TO_BOND0, IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .payload = 31,
			.ttl = 63},
	};

	(void)state;
	scenario_reset();
	session_udp_moved();
	session_tcp_moved();
	for (unsigned int word = 1; word < 0x10000; word++) {
		udp.in.word = udp.out.word = tcp.in.word = tcp.out.word = word;
		case_run(&udp);
		case_run(&tcp);
	}
}

/* --- the choice of ports --- */

/* The port that a first packet from `src`:`port` to the server left with. */
static uint16_t port_out(uint8_t proto, const char *src, uint16_t port)
{
	struct run run = {.hook = HOOK_XDP};
	struct spec spec = {FROM_V1000,	  IP(src, SERVER),     .proto = proto, .sport = port,
			    .dport = 443, .tcp_flags = TH_SYN, .type = 8,      .echo = port};
	const uint8_t *l4 = run.frame.data + 14 + 20;

	frame_build(&run.frame, &spec);
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, XDP_TX);
	assert_null(frame_wrong_checksum(&run.frame));
	return proto == IPPROTO_ICMP ? l4[4] << 8 | l4[5] : l4[0] << 8 | l4[1];
}

static void check_class(uint8_t proto, uint16_t port, uint16_t min, uint16_t max)
{
	uint16_t second;

	scenario_reset();
	assert_int_equal(port_out(proto, INSIDE, port), port);
	second = port_out(proto, OTHER, port);
	assert_int_not_equal(second, port);
	assert_in_range(second, min, max);
	/* Each keeps what it has. */
	assert_int_equal(port_out(proto, INSIDE, port), port);
	assert_int_equal(port_out(proto, OTHER, port), second);
	assert_int_equal(session_count(), 2);
	assert_int_equal(mapping_count(), 2);
}

/* Two hosts with one port and one destination: the second gets another of the same class. */
static void test_port_classes(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		check_class(IPPROTO_UDP, 500, 1, 511);
		check_class(IPPROTO_UDP, 1000, 600, 1023);
		check_class(IPPROTO_UDP, 40000, 1024, 65535);
		check_class(IPPROTO_TCP, 22, 1, 511);
		check_class(IPPROTO_TCP, 513, 600, 1023);
		check_class(IPPROTO_TCP, 1024, 1024, 65535);
		check_class(IPPROTO_ICMP, 5, 0, 65535);
	}
}

static void check_shadow(int type, uint8_t proto, uint16_t port, const char *bound,
			 const char *peer)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, type, 0);

	scenario_reset();
	assert_true(fd >= 0);
	addr.sin_addr.s_addr = inet_addr(bound);
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	if (peer) {
		addr.sin_port = htons(443);
		addr.sin_addr.s_addr = inet_addr(peer);
		assert_int_equal(connect(fd, (void *)&addr, sizeof(addr)), 0);
	}
	assert_int_not_equal(port_out(proto, INSIDE, port), port);
	close(fd);
	assert_int_equal(port_out(proto, OTHER, port), port);
}

/* A port with a socket of this host behind it is never taken; the service would go deaf. */
static void test_local_sockets(void **state)
{
	(void)state;
	check_shadow(SOCK_STREAM, IPPROTO_TCP, 2222, "0.0.0.0", NULL);
	check_shadow(SOCK_STREAM, IPPROTO_TCP, 22, PUBLIC, NULL);
	check_shadow(SOCK_DGRAM, IPPROTO_UDP, 5353, "0.0.0.0", NULL);
	check_shadow(SOCK_DGRAM, IPPROTO_UDP, 53, PUBLIC, NULL);
	shell("ip route add default via " GATEWAY " dev bond0 onlink");
	check_shadow(SOCK_DGRAM, IPPROTO_UDP, 6000, PUBLIC, SERVER);
	shell("ip route del default");
}

static void set_bound(uint8_t proto, uint16_t port, uint64_t sockets)
{
	uint32_t index = LOCAL_PORT_INDEX(proto, port);

	assert_int_equal(bpf_map__update_elem(bench.xdp->maps.local_ports, &index, sizeof(index),
					      &sockets, sizeof(sockets), BPF_ANY),
			 0);
}

static void check_bound(uint8_t proto, uint8_t other, uint16_t port)
{
	scenario_reset();
	set_bound(proto, port, 2);
	assert_int_not_equal(port_out(proto, INSIDE, port), port);
	assert_int_equal(port_out(other, INSIDE, port), port);
	set_bound(proto, port, 0);
	assert_int_equal(port_out(proto, OTHER, port), port);
}

/* A socket that is bound and does nothing yet is in no table but the one that sockets.bpf.c fills.
 */
static void test_bound_sockets(void **state)
{
	(void)state;
	check_bound(IPPROTO_TCP, IPPROTO_UDP, 40000);
	check_bound(IPPROTO_UDP, IPPROTO_TCP, 40000);
	check_bound(IPPROTO_TCP, IPPROTO_ICMP, 65535);
	check_bound(IPPROTO_UDP, IPPROTO_ICMP, 1);
}

/* Of a range with one port that is not bound, that one is taken; without any, none. */
static void test_bound_range(void **state)
{
	(void)state;
	scenario_reset();
	bench.control->port_min = 2000;
	bench.control->port_max = 2049;
	for (uint16_t port = 2000; port < 2050; port++)
		set_bound(IPPROTO_TCP, port, port != 2007);
	assert_int_equal(port_out(IPPROTO_TCP, INSIDE, 2020), 2007);
	for (uint16_t port = 2000; port < 2050; port++)
		set_bound(IPPROTO_TCP, port, 0);
}

/* A socket elsewhere is no obstacle: the port belongs to another address or another peer. */
static void test_sockets_elsewhere(void **state)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(2222)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	scenario_reset();
	addr.sin_addr.s_addr = inet_addr("192.168.0.1");
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	assert_int_equal(port_out(IPPROTO_UDP, INSIDE, 2222), 2222);
	close(fd);
}

/* A thousand hosts on one port to one destination: a thousand different ports on the wire. */
static void test_many_collisions(void **state)
{
	static bool seen[65536];
	char src[16];

	(void)state;
	scenario_reset();
	for (unsigned int host = 0; host < 1000; host++) {
		uint16_t port;

		snprintf(src, sizeof(src), "10.0.%u.%u", host / 250, 1 + host % 250);
		port = port_out(IPPROTO_UDP, src, 33333);
		assert_false(seen[port]);
		seen[port] = true;
	}
	assert_int_equal(mapping_count(), 1000);
}

/* The port of a session that has expired is free, even if nobody has removed the session yet. */
static void test_expired_port_is_free(void **state)
{
	struct flow old = flow_of(17, OTHER, 2000, SERVER, 443);

	(void)state;
	scenario_reset();
	session_put(old, PUBLIC, 2000, SESSION_OPEN);
	session_age(old, 301);
	assert_int_equal(port_out(IPPROTO_UDP, INSIDE, 2000), 2000);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp_zero),
		cmocka_unit_test(test_all_checksums),
		cmocka_unit_test(test_port_classes),
		cmocka_unit_test(test_local_sockets),
		cmocka_unit_test(test_bound_sockets),
		cmocka_unit_test(test_bound_range),
		cmocka_unit_test(test_sockets_elsewhere),
		cmocka_unit_test(test_many_collisions),
		cmocka_unit_test(test_expired_port_is_free),
	};

	return cases_main("nat", cases, LEN(cases), tests, LEN(tests));
}
