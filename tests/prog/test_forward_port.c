// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static port forwarding: what comes to an outside address and port goes to an inside one, from
 * outside and from inside, whatever the behaviour of dynamic mappings is.
 */
#include "talk.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* PUBLIC:8080 is INSIDE:80, PUBLIC:5060 is INSIDE:5060. */
static void forwards(void)
{
	forward_put(6, PUBLIC, 8080, INSIDE, 80);
	forward_put(17, PUBLIC, 5060, INSIDE, 5060);
}

static void forwards_rfc(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	forward_put(17, PUBLIC, 5070, INSIDE, 5061);
}

/* The inside endpoint has the outside one also where it would get another of the pool's addresses,
 * as the daemon enters it. */
static void inside_put(const char *inside, uint16_t port, const char *instead, const char *outside,
		       uint16_t outside_port)
{
	const struct inside_endpoint key = {
		.inside = {.addr = inet_addr(inside), .port = htons(port), .proto = 6},
		.outside = inet_addr(instead),
	};
	const struct endpoint value = {
		.addr = inet_addr(outside), .port = htons(outside_port), .proto = 6};

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(bench.xdp->maps.inside_endpoints), &key,
					     &value, BPF_ANY),
			 0);
}

#define POOL_USED  "203.0.113.7" /* the one of two that INSIDE has */
#define POOL_OTHER "203.0.113.8"

/* POOL_OTHER:8080 is INSIDE:80, though INSIDE has POOL_USED. */
static void forwards_pool(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	pool_set(BOND0, "203.0.113.7", 2);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), POOL_USED, 5000);
	forward_put(6, POOL_OTHER, 8080, INSIDE, 80);
	inside_put(INSIDE, 80, POOL_USED, POOL_OTHER, 8080);
}

static void forwards_other_uplink(void)
{
	struct endpoint_owner owner;

	forwards_pool();
	assert_true(owner_get(6, POOL_OTHER, 8080, &owner));
	owner.uplink = V2000;
	owner_write(6, POOL_OTHER, 8080, &owner);
}

static void begun(void)
{
	forwards();
	heard_by(syn_in(SERVER, 443, 8080), INSIDE, 80);
	heard_by(udp_in(SERVER, 5060, 5060), INSIDE, 5060);
}

static void begun_inside(void)
{
	forwards();
	heard_by(syn_out(OTHER, 6000, PUBLIC, 8080), INSIDE, 80);
}

static void to_this_host(void)
{
	forward_put(6, PUBLIC, 8080, "192.168.0.1", 80);
}

static void switched_off(void)
{
	forwards();
	bench.control->flags &= ~CONTROL_ENDPOINTS;
}

/* Whom a server is called by may be exempt, and so may the server be. */
static void begun_by_exempt(void)
{
	begun();
	exempt_set(bench.xdp->maps.exempt_dst, "34.0.0.0/8");
}

static void begun_to_exempt(void)
{
	begun();
	exempt_set(bench.xdp->maps.exempt_src, "10.0.0.0/16");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static const struct spec as_outside = {IP(SERVER, PUBLIC), TCP(443, 8080, TH_ACK)};
static const struct spec as_inside = {IP(SERVER, INSIDE), TCP(443, 80, TH_ACK)};
static const struct spec answer_outside = {IP(PUBLIC, SERVER), TCP(8080, 443, TH_ACK)};
static const struct spec answer_inside = {IP(INSIDE, SERVER), TCP(80, 443, TH_ACK)};
static const struct spec from_other = {IP(OTHER, PUBLIC), TCP(6000, 8080, TH_ACK)};
static const struct spec at_inside = {IP(PUBLIC, INSIDE), TCP(6000, 80, TH_ACK)};

#define WAY(text, prepare, from, to, in_l2, packet, out_l2, translated)                      \
	{                                                                                    \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = from, .sent = to, \
		.in = {in_l2, packet}, .out = {out_l2, translated, .ttl = 63},               \
	}
#define IN(text, prepare, packet, translated)                                                     \
	WAY(text, prepare, BOND0, V1000, MEMBERS(FROM_BOND0), MEMBERS(packet), MEMBERS(TO_V1000), \
	    MEMBERS(translated))
#define OUT(text, prepare, packet, translated)                                                    \
	WAY(text, prepare, V1000, BOND0, MEMBERS(FROM_V1000), MEMBERS(packet), MEMBERS(TO_BOND0), \
	    MEMBERS(translated))
#define ROUND(text, prepare, packet, translated)                                                  \
	WAY(text, prepare, V1000, V1000, MEMBERS(FROM_V1000), MEMBERS(packet), MEMBERS(TO_V1000), \
	    MEMBERS(translated))
#define UP(text, prepare, packet)                                                         \
	{                                                                                 \
		.what = text, .arrange = prepare, .verdict = V_PASS_LOCAL, .slot = BOND0, \
		.in = {FROM_BOND0, packet},                                               \
	}

static const struct pcase cases[] = {
	IN("a SYN to a forwarded port", forwards,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8080, TH_SYN)),
	   MEMBERS(IP(SERVER, INSIDE), TCP(443, 80, TH_SYN))),
	OUT("its answer", begun, MEMBERS(IP(INSIDE, SERVER), TCP(80, 443, TH_SYN | TH_ACK)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(8080, 443, TH_SYN | TH_ACK))),
	OUT("its answer to an exempt peer", begun_by_exempt,
	    MEMBERS(IP(INSIDE, SERVER), TCP(80, 443, TH_SYN | TH_ACK)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(8080, 443, TH_SYN | TH_ACK))),
	OUT("its answer from an exempt server", begun_to_exempt,
	    MEMBERS(IP(INSIDE, SERVER), TCP(80, 443, TH_SYN | TH_ACK)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(8080, 443, TH_SYN | TH_ACK))),
	OUT("an ICMP error to an exempt peer", begun_by_exempt,
	    MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, as_inside)),
	    MEMBERS(IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, as_outside))),
	OUT("what an exempt server begins keeps its address", begun_to_exempt,
	    MEMBERS(IP(INSIDE, SERVER), TCP(81, 443, TH_SYN)),
	    MEMBERS(IP(INSIDE, SERVER), TCP(81, 443, TH_SYN))),
	IN("and what follows", begun,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8080, TH_ACK), .payload = 31),
	   MEMBERS(IP(SERVER, INSIDE), TCP(443, 80, TH_ACK), .payload = 31)),
	IN("UDP to a forwarded port", forwards, MEMBERS(IP("8.8.8.8", PUBLIC), UDP(53, 5060)),
	   MEMBERS(IP("8.8.8.8", INSIDE), UDP(53, 5060))),
	OUT("UDP: its answer", begun, MEMBERS(IP(INSIDE, SERVER), UDP(5060, 5060)),
	    MEMBERS(IP(PUBLIC, SERVER), UDP(5060, 5060))),
	IN("an ICMP error about an answer [RFC 5508 REQ-4]", begun,
	   MEMBERS(IP("10.253.105.52", PUBLIC), ICMP_ERROR(3, 4, answer_outside), .mtu = 1400),
	   MEMBERS(IP("10.253.105.52", INSIDE), ICMP_ERROR(3, 4, answer_inside), .mtu = 1400)),
	OUT("an ICMP error about what came in [RFC 5508 REQ-5]", begun,
	    MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, as_inside)),
	    MEMBERS(IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, as_outside))),
	ROUND("from inside by the outside address", forwards,
	      MEMBERS(IP(OTHER, PUBLIC), TCP(6000, 8080, TH_SYN)),
	      MEMBERS(IP(PUBLIC, INSIDE), TCP(6000, 80, TH_SYN))),
	ROUND("and its answer", begun_inside,
	      MEMBERS(IP(INSIDE, PUBLIC), TCP(80, 6000, TH_SYN | TH_ACK)),
	      MEMBERS(IP(PUBLIC, OTHER), TCP(8080, 6000, TH_SYN | TH_ACK))),
	ROUND("an ICMP error about it [RFC 5508 REQ-7]", begun_inside,
	      MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 4, at_inside), .mtu = 1400),
	      MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 4, from_other), .mtu = 1400)),
	ROUND("the server itself by the outside address", forwards,
	      MEMBERS(IP(INSIDE, PUBLIC), TCP(6000, 8080, TH_SYN)),
	      MEMBERS(IP(PUBLIC, INSIDE), TCP(6000, 80, TH_SYN))),
	OUT("what the server begins is translated like any flow of its: its port is kept", forwards,
	    MEMBERS(IP(INSIDE, SERVER), TCP(80, 25, TH_SYN)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(80, 25, TH_SYN))),
	OUT("that is the forwarded one where they are equal", forwards,
	    MEMBERS(IP(INSIDE, SERVER), UDP(5060, 53)), MEMBERS(IP(PUBLIC, SERVER), UDP(5060, 53))),
	OUT("rfc: the forwarded port is the mapping of the server's own TCP [RFC 5382 REQ-1]",
	    forwards_rfc, MEMBERS(IP(INSIDE, SERVER), TCP(80, 25, TH_SYN)),
	    MEMBERS(IP(PUBLIC, SERVER), TCP(8080, 25, TH_SYN))),
	OUT("rfc: and of its own UDP [RFC 4787 REQ-1]", forwards_rfc,
	    MEMBERS(IP(INSIDE, SERVER), UDP(5061, 53)), MEMBERS(IP(PUBLIC, SERVER), UDP(5070, 53))),
	OUT("rfc: at another address of the pool than the server's", forwards_pool,
	    MEMBERS(IP(INSIDE, SERVER), TCP(80, 25, TH_SYN)),
	    MEMBERS(IP(POOL_OTHER, SERVER), TCP(8080, 25, TH_SYN))),
	OUT("rfc: not at another uplink's address", forwards_other_uplink,
	    MEMBERS(IP(INSIDE, SERVER), TCP(80, 25, TH_SYN)),
	    MEMBERS(IP(POOL_USED, SERVER), TCP(80, 25, TH_SYN))),
	WAY("rfc: also by hairpin", forwards_rfc, V1000, V1000, MEMBERS(FROM_V1000),
	    MEMBERS(IP(INSIDE, PUBLIC), TCP(80, 8080, TH_SYN)), MEMBERS(TO_V1000),
	    MEMBERS(IP(PUBLIC, INSIDE), TCP(8080, 80, TH_SYN))),
	UP("the middle of a connection that is not known", forwards,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8080, TH_ACK))),
	UP("the same port of the other protocol is this host's", forwards,
	   MEMBERS(IP(SERVER, PUBLIC), UDP(443, 8080))),
	UP("the port beside it is this host's", forwards,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8081, TH_SYN))),
	UP("the same port of another address is this host's", forwards,
	   MEMBERS(IP(SERVER, PRIVATE), TCP(443, 8080, TH_SYN))),
	UP("a forwarding to this host itself is none", to_this_host,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8080, TH_SYN))),
	UP("without the switch nothing is looked up", switched_off,
	   MEMBERS(IP(SERVER, PUBLIC), TCP(443, 8080, TH_SYN))),
};

/* No flow of another host takes a forwarded port, in either behaviour. */
static void test_port_is_kept(void **state)
{
	static const enum policy_behaviour behaviours[] = {BEHAVIOUR_COMPAT, BEHAVIOUR_RFC};

	(void)state;
	for (unsigned int i = 0; i < LEN(behaviours); i++) {
		talk_reset(behaviours[i], FILTERING_ENDPOINT_INDEPENDENT);
		forwards();
		assert_int_not_equal(udp_out(OTHER, 5060, "8.8.8.8", 53).sport, 5060);
		heard_by(udp_in("8.8.8.8", 53, 5060), INSIDE, 5060);
		bench.control->port_min = bench.control->port_max = 5060;
		assert_int_equal(udp_out("10.0.0.77", 5060, "9.9.9.9", 53).verdict, V_DROP_NO_PORT);
	}
}

/* Both directions make one session between the same ends. */
static void test_one_session(void **state)
{
	struct session session;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	heard_as(udp_out(INSIDE, 5060, SERVER, 5060), PUBLIC, 5060);
	heard_by(udp_in(SERVER, 5060, 5060), INSIDE, 5060);
	heard_by(udp_in("8.8.8.8", 5060, 5060), INSIDE, 5060);
	heard_as(udp_out(INSIDE, 5060, "8.8.8.8", 5060), PUBLIC, 5060);
	assert_int_equal(session_count(), 2);
	assert_true(session_get(flow_of(17, INSIDE, 5060, "8.8.8.8", 5060), &session));
	assert_int_equal(session.flags & ~SESSION_OUT_ONLY, SESSION_INBOUND);
	assert_int_equal(session.state, SESSION_OPEN);
	assert_int_equal(session.uplink, BOND0);
}

/* One mapping for all that the server says, and answers to it; the forwarding counts none of it. */
static void test_mapping(void **state)
{
	struct endpoint_owner owner;
	struct session session;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS_PORT);
	forwards();
	heard_as(syn_out(INSIDE, 80, SERVER, 25), PUBLIC, 8080);
	heard_as(syn_out(INSIDE, 80, "8.8.8.8", 443), PUBLIC, 8080);
	heard_by(talk(BOND0, 6, SERVER, 25, PUBLIC, 8080, TH_SYN | TH_ACK), INSIDE, 80);
	heard_by(syn_in("9.9.9.9", 5, 8080), INSIDE, 80);
	assert_true(session_get(flow_of(6, INSIDE, 80, SERVER, 25), &session));
	assert_int_equal(session.flags & (SESSION_MAPPED | SESSION_INBOUND), 0);
	assert_true(owner_get(6, PUBLIC, 8080, &owner));
	assert_int_equal(owner.uses, 0);
}

/* Where the inside endpoint is not entered, the port is its own all the same, if it is asked for.
 */
static void test_own_port(void **state)
{
	struct session session;
	struct endpoint_owner owner;
	struct inside_endpoint key;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	while (!bpf_map_get_next_key(bpf_map__fd(bench.xdp->maps.inside_endpoints), NULL, &key))
		bpf_map_delete_elem(bpf_map__fd(bench.xdp->maps.inside_endpoints), &key);
	heard_as(udp_out(INSIDE, 5060, SERVER, 5060), PUBLIC, 5060);
	assert_true(session_get(flow_of(17, INSIDE, 5060, SERVER, 5060), &session));
	assert_false(session.flags & SESSION_MAPPED);
	assert_true(owner_get(17, PUBLIC, 5060, &owner));
	assert_int_equal(owner.uses, 0);
	assert_int_not_equal(udp_out(OTHER, 5060, SERVER, 5060).sport, 5060);
}

/* A flow that was there before the forwarding goes on, by the port that its peer knows. */
static void test_older_flow(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	session_put(flow_of(17, INSIDE, 5060, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(17, OTHER, 5060, SERVER, 53), PUBLIC, 5060, SESSION_OPEN);
	forwards();
	heard_by(udp_in(SERVER, 53, 5060), OTHER, 5060);
	heard_by(udp_in(SERVER, 53, 50124), INSIDE, 5060);
	heard_as(udp_out(INSIDE, 5060, SERVER, 53), PUBLIC, 50124);
	heard_by(udp_in("8.8.8.8", 53, 5060), INSIDE, 5060);
}

static void test_session_ends(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	begun();
	session_age(flow_of(17, INSIDE, 5060, SERVER, 5060), 300);
	heard_by(udp_in(SERVER, 5060, 5060), INSIDE, 5060);
	session_age(flow_of(6, INSIDE, 80, SERVER, 443), 240);
	assert_int_equal(talk(BOND0, 6, SERVER, 443, PUBLIC, 8080, TH_ACK).verdict, V_PASS_LOCAL);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

/* --- TC beside XDP --- */

#define SLOW_OPTIONS .options = 8

static void test_slow(void **state)
{
	const struct pcase in = {
		.what = "a SYN with IP options to a forwarded port",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_SLOW_IN,
		.slot = BOND0,
		.mark_out = MARK(ERXDP_MARK_NOTRACK),
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 8080, TH_SYN), SLOW_OPTIONS},
		.out = {FROM_BOND0, IP(SERVER, INSIDE), TCP(443, 80, TH_SYN), SLOW_OPTIONS},
	};
	const struct pcase marked = {
		.what = "its answer is marked for TC egress",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_SLOW_MARKED,
		.slot = V1000,
		.mark_out = MARK(ERXDP_MARK_NOTRACK),
		.in = {FROM_V1000_BARE, IP(INSIDE, SERVER), TCP(80, 443, TH_SYN | TH_ACK)},
	};
	const struct pcase out = {
		.what = "and translated there",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_SLOW_OUT,
		.slot = BOND0,
		.forwarded = true,
		.in = {TO_BOND0, IP(INSIDE, SERVER), TCP(80, 443, TH_SYN | TH_ACK)},
		.out = {TO_BOND0, IP(PUBLIC, SERVER), TCP(8080, 443, TH_SYN | TH_ACK)},
	};

	(void)state;
	talk_hook = HOOK_XDP;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	case_run(&in);
	case_run(&marked);
	case_run(&out);
}

/* A filtered packet ends at TC ingress too, with its reason. */
static void test_slow_filtered(void **state)
{
	const struct pcase in = {
		.what = "filtered",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_DROP_FILTERED,
		.slot = BOND0,
		.in = {FROM_BOND0, IP("8.8.8.8", PUBLIC), UDP(53, 5000), SLOW_OPTIONS},
	};

	(void)state;
	talk_hook = HOOK_XDP;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	udp_out(INSIDE, 5000, SERVER, 53);
	case_run(&in);
}

/* Answers to the host's own connection from a forwarded port would go inside: it gets another. */
static void test_own_is_moved(void **state)
{
	struct spec spec = {TO_BOND0, IP(PUBLIC, SERVER), UDP(5060, 53)};
	struct run run = {.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0]};
	struct session session;

	(void)state;
	talk_hook = HOOK_XDP;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_SLOW_OWN_MOVED);
	assert_true(session_get(flow_of(17, PUBLIC, 5060, SERVER, 53), &session));
	assert_int_equal(session.flags, SESSION_OWN | SESSION_MAPPED);
	assert_int_not_equal(session.outside.port, htons(5060));
}

/* It may be a resolver, which binds ports at random: no forwarding must depend on that. */
static void test_own_has_bound_it(void **state)
{
	int datagram, stream;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	forwards();
	datagram = talk_socket(SOCK_DGRAM, 5060);
	stream = talk_socket(SOCK_STREAM, 8080);
	heard_by(udp_in(SERVER, 5060, 5060), INSIDE, 5060);
	heard_by(syn_in(SERVER, 443, 8080), INSIDE, 80);
	close(datagram);
	close(stream);
}

#define TEST(sentence, function)            \
	{                                   \
		sentence, function, 0, 0, 0 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a forwarded port is no other flow's", test_port_is_kept),
		TEST("one session serves both directions", test_one_session),
		TEST("a forwarding is its server's mapping [RFC 4787 REQ-1]", test_mapping),
		TEST("a forwarded port is its server's own", test_own_port),
		TEST("flows older than the forwarding go on", test_older_flow),
		TEST("sessions of forwardings end", test_session_ends),
		TEST("on the slow path", test_slow),
		TEST("filtered on the slow path", test_slow_filtered),
		TEST("the host's own connection leaves a forwarded port", test_own_is_moved),
		TEST("a socket of the host's own keeps nothing out of a forwarding",
		     test_own_has_bound_it),
	};

	return talk_main("forward port", cases, LEN(cases), tests, LEN(tests));
}
