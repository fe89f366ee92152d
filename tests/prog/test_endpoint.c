// SPDX-License-Identifier: GPL-2.0-only
/*
 * BEHAVIOUR_RFC: an inside address and port have one outside port for all destinations, and have it
 * to themselves, also beside hosts of BEHAVIOUR_COMPAT; the policy says who may begin something by
 * it.
 */
#include "talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER2 "8.8.8.8"
#define THIRD	"10.0.0.7"

static void check_independent(struct heard (*send)(const char *, uint16_t, const char *, uint16_t))
{
	uint16_t port;

	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(send(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	port = send(OTHER, 5000, SERVER, 53).sport;
	assert_int_not_equal(port, 5000);
	heard_as(send(OTHER, 5000, SERVER2, 53), PUBLIC, port);
	heard_as(send(OTHER, 5000, SERVER2, 54), PUBLIC, port);
	heard_as(send(INSIDE, 5000, SERVER2, 53), PUBLIC, 5000);
	assert_int_equal(map_count(bench.xdp->maps.endpoints), 2);
	assert_int_equal(map_count(bench.xdp->maps.inside_endpoints), 2);
}

static void test_udp_independent(void **state)
{
	(void)state;
	check_independent(udp_out);
}

static void test_tcp_independent(void **state)
{
	(void)state;
	check_independent(syn_out);
}

static void test_echo_independent(void **state)
{
	uint16_t id;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(echo_out(INSIDE, 77, SERVER), PUBLIC, 77);
	id = echo_out(OTHER, 77, SERVER).sport;
	assert_int_not_equal(id, 77);
	heard_as(echo_out(OTHER, 77, SERVER2), PUBLIC, id);
	heard_by(talk(BOND0, 1, SERVER2, 0, PUBLIC, id, 0), OTHER, 77);
}

/* To a destination that nobody else speaks with the port would be free, but it has an owner. */
static void check_not_overloaded(struct heard (*send)(const char *, uint16_t, const char *,
						      uint16_t))
{
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS_PORT);
	heard_as(send(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	assert_int_not_equal(send(OTHER, 5000, SERVER2, 53).sport, 5000);
	bench.control->port_min = bench.control->port_max = 5000;
	assert_int_equal(send("10.0.0.5", 5000, "9.9.9.9", 53).verdict, V_DROP_NO_PORT);
}

static void test_udp_not_overloaded(void **state)
{
	(void)state;
	check_not_overloaded(udp_out);
}

static void test_tcp_not_overloaded(void **state)
{
	(void)state;
	check_not_overloaded(syn_out);
}

/* Whoever has a port keeps it for all he talks to, filtered as ever; who has none gets none. */
static void test_short_of_ports(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	bench.control->port_min = bench.control->port_max = 5000;
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	assert_int_equal(udp_out(OTHER, 5000, SERVER2, 53).verdict, V_DROP_NO_PORT);
	heard_as(udp_out(INSIDE, 5000, SERVER2, 53), PUBLIC, 5000);
	heard_by(udp_in(SERVER2, 54, 5000), INSIDE, 5000);
	assert_int_equal(udp_in("9.9.9.9", 53, 5000).verdict, V_DROP_FILTERED);
}

static void test_compat_overloads(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	heard_as(udp_out(OTHER, 5000, SERVER2, 53), PUBLIC, 5000);
	assert_int_not_equal(udp_out(OTHER, 5000, SERVER, 53).sport, 5000);
	heard_as(syn_out(INSIDE, 5000, SERVER, 443), PUBLIC, 5000);
	heard_as(syn_out(OTHER, 5000, SERVER2, 443), PUBLIC, 5000);
	assert_int_equal(udp_in("9.9.9.9", 53, 5000).verdict, V_PASS_LOCAL);
	assert_int_equal(map_count(bench.xdp->maps.inside_endpoints), 0);
}

/* Nothing is kept of endpoints where no policy wants it. */
static void test_switched_off(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	bench.control->flags &= ~CONTROL_ENDPOINTS;
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	assert_int_equal(map_count(bench.xdp->maps.endpoints), 0);
}

static void check_filter(enum policy_filtering filtering, bool address, bool stranger)
{
	talk_reset(BEHAVIOUR_RFC, filtering);
	udp_out(INSIDE, 5000, SERVER, 53);
	heard_by(udp_in(SERVER, 53, 5000), INSIDE, 5000);
	if (address)
		heard_by(udp_in(SERVER, 54, 5000), INSIDE, 5000);
	else
		assert_int_equal(udp_in(SERVER, 54, 5000).verdict, V_DROP_FILTERED);
	if (stranger)
		heard_by(udp_in(SERVER2, 53, 5000), INSIDE, 5000);
	else
		assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_DROP_FILTERED);
}

static void test_filter_none(void **state)
{
	(void)state;
	check_filter(FILTERING_ENDPOINT_INDEPENDENT, true, true);
}

static void test_filter_address(void **state)
{
	(void)state;
	check_filter(FILTERING_ADDRESS, true, false);
	owner_age(17, PUBLIC, 5000, 300);
	udp_out(INSIDE, 5000, "9.9.9.9", 53); /* the mapping lives again, the permission does not */
	assert_int_equal(udp_in(SERVER, 55, 5000).verdict, V_DROP_FILTERED);
	heard_by(udp_in("9.9.9.9", 55, 5000), INSIDE, 5000);
}

/* Whoever the host goes on sending to stays permitted, however long ago it was begun. */
static void test_permission_lives(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	udp_out(INSIDE, 5000, SERVER, 53);
	owner_age(17, PUBLIC, 5000, 300);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 299);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	heard_by(udp_in(SERVER, 54, 5000), INSIDE, 5000);
}

static void test_filter_port(void **state)
{
	(void)state;
	check_filter(FILTERING_ADDRESS_PORT, false, false);
}

static void test_filter_tcp(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	syn_out(INSIDE, 5000, SERVER, 443);
	assert_int_equal(syn_in(SERVER2, 443, 5000).verdict, V_DROP_FILTERED);
	heard_by(syn_in(SERVER, 444, 5000), INSIDE, 5000);
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	heard_by(syn_in(SERVER2, 443, 5000), INSIDE, 5000);
	heard_as(talk(V1000, 6, INSIDE, 5000, SERVER2, 443, TH_SYN | TH_ACK), PUBLIC, 5000);
	heard_by(talk(BOND0, 6, SERVER2, 443, PUBLIC, 5000, TH_ACK), INSIDE, 5000);
}

/* A packet that talk() does not make, without tags, by `slot`; it must be sent on. */
static void send_by(unsigned int slot, struct spec spec)
{
	struct run run = {.hook = talk_hook};

	if (talk_hook != HOOK_XDP)
		run.ifindex = device[slot];
	else if (slot == V1000)
		spec.tag[0] = (typeof(spec.tag[0])){0x8100, 1000};
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_string_equal(verdict_name(tally_read().verdict), "TX");
}

/* One segment of a connection between SERVER2 and INSIDE:5000. */
static void segment(bool out, uint8_t flags, uint32_t seq, uint32_t ack)
{
	const struct spec in = {FROM_BOND0, IP(SERVER2, PUBLIC), TCP(443, 5000, flags), .seq = seq,
				.ack = ack};
	const struct spec leaves = {FROM_V1000_BARE, IP(INSIDE, SERVER2), TCP(5000, 443, flags),
				    .seq = seq, .ack = ack};

	send_by(out ? V1000 : BOND0, out ? leaves : in);
}

/* What begins outside is known from its SYN on: it is open after the handshake, and may idle. */
static void test_tcp_from_outside(void **state)
{
	const struct flow flow = flow_of(6, INSIDE, 5000, SERVER2, 443);
	struct session session;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	segment(false, TH_SYN, 1000, 0);
	segment(true, TH_SYN | TH_ACK, 7000, 1001);
	assert_true(session_get(flow, &session));
	assert_int_equal(session.state, SESSION_NEW);
	segment(false, TH_ACK, 1001, 7001);
	assert_true(session_get(flow, &session));
	assert_int_equal(session.state, SESSION_OPEN);
	session_age(flow, 7430);
	segment(false, TH_ACK, 1001, 7001);
	segment(true, TH_FIN | TH_ACK, 7001, 1001);
	segment(false, TH_FIN | TH_ACK, 1001, 7002);
	assert_true(session_get(flow, &session));
	assert_int_equal(session.state, SESSION_CLOSED);
}

/* A segment of a connection that is not known is answered by the kernel, not given to a host. */
static void test_only_syn_begins(void **state)
{
	static const uint8_t flags[] = {TH_ACK, TH_SYN | TH_ACK, TH_RST};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	for (unsigned int i = 0; i < LEN(flags); i++)
		assert_int_equal(talk(BOND0, 6, SERVER2, 443, PUBLIC, 5000, flags[i]).verdict,
				 V_PASS_LOCAL);
	assert_int_equal(talk(BOND0, 6, SERVER2, 443, PUBLIC, 5000, TH_FIN | TH_SYN).verdict,
			 V_DROP_FILTERED);
	assert_int_equal(session_count(), 1);
}

/* TCP's mapping lets no UDP in, and each has the port that it wants. */
static void test_protocols_apart(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	assert_int_equal(udp_in(SERVER, 443, 5000).verdict, V_PASS_LOCAL);
	heard_as(udp_out(OTHER, 5000, SERVER, 443), PUBLIC, 5000);
	heard_as(echo_out(THIRD, 5000, SERVER), PUBLIC, 5000);
	heard_by(udp_in(SERVER2, 443, 5000), OTHER, 5000);
	heard_by(syn_in(SERVER2, 443, 5000), INSIDE, 5000);
}

/* One host's TCP and UDP on one port: whom it sent UDP to is not let in by TCP, nor the reverse. */
static void test_filters_apart(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	heard_as(udp_out(INSIDE, 5000, SERVER, 443), PUBLIC, 5000);
	heard_as(syn_out(INSIDE, 5000, SERVER2, 443), PUBLIC, 5000);
	assert_int_equal(syn_in(SERVER, 444, 5000).verdict, V_DROP_FILTERED);
	assert_int_equal(udp_in(SERVER2, 444, 5000).verdict, V_DROP_FILTERED);
	heard_by(udp_in(SERVER, 444, 5000), INSIDE, 5000);
	heard_by(syn_in(SERVER2, 444, 5000), INSIDE, 5000);
}

/* The mapping's timer runs from the last packet from inside, of any of its sessions. */
static void test_refresh_outbound(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	bench.policy[0].flags = 0;
	udp_out(INSIDE, 5000, SERVER, 53);
	owner_age(17, PUBLIC, 5000, 299);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 299);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, 5000);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_in_range(owner.last_out, clock_now() - 2, clock_now());
	owner_age(17, PUBLIC, 5000, 300);
	assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_PASS_LOCAL);
}

/* How long ago was the mapping of port 5000 refreshed? */
static void check_idle(uint8_t proto, uint32_t least, uint32_t most)
{
	struct endpoint_owner owner;

	assert_true(owner_get(proto, PUBLIC, 5000, &owner));
	assert_in_range(clock_now() - owner.last_out, least, most);
}

static void test_refresh_outbound_tcp(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	owner_age(6, PUBLIC, 5000, 200);
	session_age(flow_of(6, INSIDE, 5000, SERVER, 443), 200);
	heard_as(syn_out(INSIDE, 5000, SERVER, 443), PUBLIC, 5000);
	check_idle(6, 0, 2);
}

static void check_refresh_inbound(uint8_t flags, uint32_t least, uint32_t most)
{
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	bench.policy[0].flags = flags;
	udp_out(INSIDE, 5000, SERVER, 53);
	owner_age(17, PUBLIC, 5000, 200);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 200);
	heard_by(udp_in(SERVER, 53, 5000), INSIDE, 5000);
	check_idle(17, least, most);
}

static void test_refresh_inbound(void **state)
{
	(void)state;
	check_refresh_inbound(POLICY_INBOUND_REFRESH, 0, 2);
	check_refresh_inbound(0, 199, 203);
}

/* Even where what comes in refreshes: who is refused, by the filter or by a limit, does not. */
static void test_refused_refreshes_nothing(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	bench.policy[0].flags = POLICY_INBOUND_REFRESH;
	udp_out(INSIDE, 5000, SERVER, 53);
	owner_age(17, PUBLIC, 5000, 200);
	assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_DROP_FILTERED);
	check_idle(17, 199, 203);
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	bench.policy[0].flags = POLICY_INBOUND_REFRESH;
	bench.policy[0].max_sessions = 1;
	bench.control->flags |= CONTROL_LIMITS;
	udp_out(INSIDE, 5000, SERVER, 53);
	owner_age(17, PUBLIC, 5000, 200);
	assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_DROP_HOST_LIMIT);
	check_idle(17, 199, 203);
}

/* What a host refuses a stranger with would let the stranger keep its mapping open for ever. */
static void test_error_refreshes_nothing(void **state)
{
	const struct spec datagram = {IP(SERVER2, INSIDE), UDP(53, 5000)};
	struct session session;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	heard_by(syn_in(SERVER2, 443, 5000), INSIDE, 5000);
	owner_age(6, PUBLIC, 5000, 200);
	session_age(flow_of(6, INSIDE, 5000, SERVER2, 443), 200);
	send_by(V1000, (struct spec){FROM_V1000_BARE, IP(INSIDE, SERVER2),
				     TCP(5000, 443, TH_RST | TH_ACK), .ack = 1});
	assert_true(session_get(flow_of(6, INSIDE, 5000, SERVER2, 443), &session));
	assert_int_equal(session.state, SESSION_CLOSED); /* it was believed */
	check_idle(6, 199, 203);
	udp_out(INSIDE, 5000, SERVER, 53);
	heard_by(udp_in(SERVER2, 53, 5000), INSIDE, 5000);
	owner_age(17, PUBLIC, 5000, 200);
	send_by(V1000,
		(struct spec){FROM_V1000_BARE, IP(INSIDE, SERVER2), ICMP_ERROR(3, 3, datagram)});
	check_idle(17, 199, 203);
}

/* The server, and each router on the way, says of what was sent that it did not arrive. */
static void check_errors_end_nothing(uint8_t proto, struct spec sent)
{
	struct endpoint_owner before, after;

	owner_age(proto, PUBLIC, 5000, 100);
	assert_true(owner_get(proto, PUBLIC, 5000, &before));
	for (uint8_t code = 0; code < 16; code++)
		send_by(BOND0, (struct spec){FROM_BOND0, IP(SERVER, PUBLIC), .mtu = 1400,
					     ICMP_ERROR(3, code, sent)});
	send_by(BOND0, (struct spec){FROM_BOND0, IP("9.9.9.9", PUBLIC), ICMP_ERROR(11, 0, sent)});
	assert_true(owner_get(proto, PUBLIC, 5000, &after));
	assert_memory_equal(&before, &after, sizeof(after));
}

/* The mapping is the same afterwards, and others are let in by it. */
static void test_errors_end_no_mapping(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	syn_out(INSIDE, 5000, SERVER, 443);
	check_errors_end_nothing(17, (struct spec){IP(PUBLIC, SERVER), UDP(5000, 53)});
	check_errors_end_nothing(6, (struct spec){IP(PUBLIC, SERVER), TCP(5000, 443, TH_SYN)});
	heard_by(udp_in(SERVER2, 53, 5000), INSIDE, 5000);
	heard_by(syn_in(SERVER2, 443, 5000), INSIDE, 5000);
}

/* With BEHAVIOUR_COMPAT an identifier is anybody's as soon as the last session that had it is over.
 */
static void test_echo_mapping_ends(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(echo_out(INSIDE, 77, SERVER), PUBLIC, 77);
	assert_int_not_equal(echo_out(OTHER, 77, SERVER).sport, 77);
	session_age(flow_of(1, INSIDE, 77, SERVER, 0), 60);
	heard_as(echo_out(THIRD, 77, SERVER), PUBLIC, 77);
	assert_true(owner_get(1, PUBLIC, 77, &owner));
	assert_int_equal(owner.uses, 1);
}

/* A mapping lives as long as a session of it does; then its port is anybody's. */
static void test_mapping_ends(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	bench.control->port_min = bench.control->port_max = 5000;
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(INSIDE, 5000, SERVER2, 53);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses & ENDPOINT_USES, 2);
	owner_age(17, PUBLIC, 5000, 300);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	assert_int_equal(udp_in(SERVER, 53, 5000).verdict, V_PASS_LOCAL);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses & ENDPOINT_USES, 1);
	assert_int_equal(udp_out(OTHER, 5000, SERVER, 53).verdict, V_DROP_NO_PORT);
	session_age(flow_of(17, INSIDE, 5000, SERVER2, 53), 300);
	assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_PASS_LOCAL);
	heard_as(udp_out(OTHER, 5000, SERVER, 53), PUBLIC, 5000);
	heard_by(udp_in(SERVER2, 53, 5000), OTHER, 5000);
	assert_int_equal(udp_out(INSIDE, 5000, SERVER, 53).verdict, V_DROP_NO_PORT);
}

/* Without a session it lasts until its time is over: the next flow has the same port. */
static void test_mapping_waits(void **state)
{
	uint16_t port;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(OTHER, 5000, SERVER, 53);
	port = udp_out(INSIDE, 5000, SERVER, 53).sport;
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	assert_int_equal(udp_in(SERVER, 53, port).verdict,
			 V_TX); /* the filter lets it begin anew */
	owner_age(17, PUBLIC, port, 250);
	heard_as(udp_out(INSIDE, 5000, SERVER2, 53), PUBLIC, port);
}

/* After the last session the port is its host's until the mapping's own time is over, and not a
 * second longer. */
static void test_mapping_lives(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS_PORT);
	bench.control->port_min = bench.control->port_max = 5000;
	udp_out(INSIDE, 5000, SERVER, 53);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	owner_age(17, PUBLIC, 5000, 297);
	assert_int_equal(udp_in(SERVER, 53, 5000).verdict, V_DROP_FILTERED);
	assert_int_equal(session_count(), 0);
	assert_int_equal(udp_out(OTHER, 5000, SERVER, 53).verdict, V_DROP_NO_PORT);
	owner_age(17, PUBLIC, 5000, 300);
	assert_int_equal(udp_in(SERVER, 53, 5000).verdict, V_PASS_LOCAL);
	heard_as(udp_out(OTHER, 5000, SERVER, 53), PUBLIC, 5000);
}

/* Whoever has an idle connection by it is reached by others all the while. */
static void test_tcp_mapping_lives(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	syn_out(INSIDE, 5000, SERVER, 443);
	owner_age(6, PUBLIC, 5000, 7437);
	heard_by(syn_in(SERVER2, 443, 5000), INSIDE, 5000);
	owner_age(6, PUBLIC, 5000, 7440);
	assert_int_equal(syn_in("9.9.9.9", 443, 5000).verdict, V_DROP_FILTERED);
}

/* An address that left the uplink takes the mapping with it. */
static void test_address_gone(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	bench.uplink[BOND0].addr[0].addr = inet_addr("203.0.113.9");
	bench.control->addr_gen = 2;
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), "203.0.113.9", 5000);
	heard_as(udp_out(INSIDE, 5000, SERVER2, 53), "203.0.113.9", 5000);
}

/* Which behaviour is the inside prefix's to say; ports are never in two hands. */
static void test_behaviour_by_prefix(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	bench.control->flags |= CONTROL_POLICIES;
	bench.policy[1] = (struct policy){.behaviour = BEHAVIOUR_RFC};
	policy_set("10.1.0.0/16", 1);
	heard_as(udp_out(OTHER, 5000, SERVER, 53), PUBLIC, 5000);
	assert_int_not_equal(udp_out(INSIDE, 5000, SERVER2, 53).sport, 5000);
	heard_as(udp_out(INSIDE, 6000, SERVER, 53), PUBLIC, 6000);
	assert_int_not_equal(udp_out(OTHER, 6000, SERVER2, 53).sport, 6000);
	heard_by(udp_in("9.9.9.9", 1, 5000), OTHER, 5000);
	assert_int_equal(udp_in("9.9.9.9", 1, 6000).verdict, V_PASS_LOCAL);
}

/* A port of BEHAVIOUR_COMPAT is free for a mapping once its last flow has ended. */
static void test_shared_is_taken_over(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(OTHER, 5000, SERVER2, 53);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, 2);
	bench.policy[0].behaviour = BEHAVIOUR_RFC;
	assert_int_not_equal(udp_out(THIRD, 5000, SERVER, 54).sport, 5000);
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	session_age(flow_of(17, OTHER, 5000, SERVER2, 53), 300);
	udp_in(SERVER, 53, 5000);
	udp_in(SERVER2, 53, 5000);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, 0);
	heard_as(udp_out("10.0.0.8", 5000, SERVER, 54), PUBLIC, 5000);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 1);
	assert_int_equal(owner.kind, ENDPOINT_MAPPING);
}

/* A socket of this host's that appeared behind a mapping's back is not cut off. */
static void test_host_comes_first(void **state)
{
	int fd;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	fd = talk_socket(SOCK_DGRAM, 5000);
	assert_int_equal(udp_in(SERVER2, 53, 5000).verdict, V_PASS_LOCAL);
	assert_int_equal(udp_out(INSIDE, 5000, SERVER2, 53).verdict, V_DROP_NO_PORT);
	heard_by(udp_in(SERVER, 53, 5000), INSIDE, 5000);
	close(fd);
	heard_by(udp_in(SERVER2, 53, 5000), INSIDE, 5000);
}

/* The host answers pings whatever identifiers are mapped, and no stranger's reply comes in. */
static void test_echo_is_the_hosts(void **state)
{
	struct spec request = {FROM_BOND0, IP(SERVER2, PUBLIC), ECHO_REQUEST(77)};
	struct run run = {.hook = talk_hook};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	echo_out(INSIDE, 77, SERVER);
	run.ifindex = talk_hook == HOOK_XDP ? 0 : device[BOND0];
	frame_build(&run.frame, &request);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_PASS_LOCAL);
	assert_int_equal(talk(BOND0, 1, SERVER2, 0, PUBLIC, 77, 0).verdict, V_PASS_LOCAL);
}

/* The kernel drops it as a martian; a mapping must not let it by. */
static void test_forged_source(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	assert_int_equal(udp_in(PRIVATE, 53, 5000).verdict, V_PASS_SOURCE);
	assert_int_equal(session_count(), 1);
}

/* --- thousands of flows of both kinds in a handful of ports --- */

#define FIRST_PORT 3000
#define PORTS	   24
#define HOSTS	   12 /* the odd ones of BEHAVIOUR_RFC */
#define REMOTES	   3
#define STEPS	   6000

/* What was seen of each inside flow: host, its port, remote. */
static struct {
	bool live;
	uint16_t outside;
} model[HOSTS][4][REMOTES];

static const char *host_name(unsigned int host)
{
	static char text[16];

	snprintf(text, sizeof(text), "10.%u.0.%u", host % 2, host + 10);
	return text;
}

static const char *const remotes[REMOTES] = {SERVER, SERVER2, "9.9.9.9"};

static struct flow model_flow(unsigned int host, unsigned int port, unsigned int remote)
{
	return flow_of(17, host_name(host), FIRST_PORT + port * 5, remotes[remote], 53);
}

/* Calls itself out of the table: each live flow against each other one. */
static void check_pair(unsigned int a, unsigned int b)
{
	unsigned int ha = a / (4 * REMOTES), hb = b / (4 * REMOTES);
	unsigned int pa = a / REMOTES % 4, pb = b / REMOTES % 4, ra = a % REMOTES, rb = b % REMOTES;
	bool same_inside = ha == hb && pa == pb;
	bool rfc = ha % 2 || hb % 2;

	if (!model[ha][pa][ra].live || !model[hb][pb][rb].live)
		return;
	if (same_inside && ha % 2)
		assert_int_equal(model[ha][pa][ra].outside, model[hb][pb][rb].outside);
	if (!same_inside && (rfc || ra == rb))
		assert_int_not_equal(model[ha][pa][ra].outside, model[hb][pb][rb].outside);
}

static void check_against_all(unsigned int a)
{
	for (unsigned int b = 0; b < HOSTS * 4 * REMOTES; b++)
		if (b != a)
			check_pair(a, b);
}

static void model_end(unsigned int host, unsigned int port, unsigned int remote)
{
	struct flow flow = model_flow(host, port, remote);
	uint16_t outside = model[host][port][remote].outside;
	struct session session;

	assert_true(session_get(flow, &session));
	session_age(flow, 300);
	if (host % 2)
		owner_age(17, PUBLIC, outside, 300);
	assert_int_not_equal(udp_in(remotes[remote], 53, outside).verdict, V_TX);
	assert_false(session_get(flow, &session));
	model[host][port][remote].live = false;
}

static void model_begin(unsigned int host, unsigned int port, unsigned int remote)
{
	struct heard heard = udp_out(host_name(host), FIRST_PORT + port * 5, remotes[remote], 53);

	if (heard.verdict == V_DROP_NO_PORT) {
		assert_false(model[host][port][remote].live);
		return;
	}
	assert_int_equal(heard.verdict, V_TX);
	assert_in_range(heard.sport, FIRST_PORT, FIRST_PORT + PORTS - 1);
	if (model[host][port][remote].live)
		assert_int_equal(model[host][port][remote].outside, heard.sport);
	model[host][port][remote].live = true;
	model[host][port][remote].outside = heard.sport;
	check_against_all((host * 4 + port) * REMOTES + remote);
}

static void model_answer(unsigned int host, unsigned int port, unsigned int remote)
{
	if (model[host][port][remote].live)
		heard_by(udp_in(remotes[remote], 53, model[host][port][remote].outside),
			 host_name(host), FIRST_PORT + port * 5);
}

/* Sum of what the owners count: as many sessions as there are. */
static void check_uses(void)
{
	struct endpoint_owner owner;
	unsigned int uses = 0;

	for (uint16_t port = FIRST_PORT; port < FIRST_PORT + PORTS; port++)
		if (owner_get(17, PUBLIC, port, &owner))
			uses += owner.uses & ENDPOINT_USES;
	assert_int_equal(uses, session_count());
	assert_int_equal(uses, mapping_count());
}

static void test_mixed(void **state)
{
	unsigned int seed = getpid() + talk_hook;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	memset(model, 0, sizeof(model));
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ADDRESS_PORT);
	bench.control->flags |= CONTROL_POLICIES;
	bench.control->port_min = FIRST_PORT;
	bench.control->port_max = FIRST_PORT + PORTS - 1;
	bench.policy[1] =
		(struct policy){.behaviour = BEHAVIOUR_RFC, .filtering = FILTERING_ADDRESS_PORT};
	policy_set("10.1.0.0/16", 1);
	for (unsigned int step = 0; step < STEPS; step++) {
		unsigned int host = rand() % HOSTS, port = rand() % 4, remote = rand() % REMOTES;

		if (rand() % 3 == 0 && model[host][port][remote].live)
			model_end(host, port, remote);
		else
			model_begin(host, port, remote);
		model_answer(rand() % HOSTS, rand() % 4, rand() % REMOTES);
		if (step % 50 == 0)
			check_uses();
	}
	check_uses();
}

#define TEST(sentence, function)            \
	{                                   \
		sentence, function, 0, 0, 0 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("UDP: one outside port for all destinations [RFC 4787 REQ-1]",
		     test_udp_independent),
		TEST("TCP: one outside port for all destinations [RFC 5382 REQ-1]",
		     test_tcp_independent),
		TEST("one outside identifier for all that an inside one is sent to "
		     "[RFC 5508 REQ-1a]",
		     test_echo_independent),
		TEST("UDP: a mapping's port is no other host's, though the destination differs "
		     "[RFC 4787 REQ-3]",
		     test_udp_not_overloaded),
		TEST("TCP: a mapping's port is no other host's, though the destination differs "
		     "[RFC 5382 REQ-7]",
		     test_tcp_not_overloaded),
		TEST("with all ports taken, the same behaviour [RFC 4787 REQ-11]",
		     test_short_of_ports),
		TEST("compat: flows to different destinations share a port [RFC 7857 3]",
		     test_compat_overloads),
		TEST("without the switch nothing is kept", test_switched_off),
		TEST("endpoint-independent filtering lets anybody in [RFC 6888 REQ-7]",
		     test_filter_none),
		TEST("address-dependent filtering lets in whom the host has sent to "
		     "[RFC 4787 REQ-8]",
		     test_filter_address),
		TEST("and goes on letting in whom it goes on sending to [RFC 4787 REQ-8]",
		     test_permission_lives),
		TEST("address and port-dependent filtering lets in answers alone "
		     "[RFC 4787 REQ-8a]",
		     test_filter_port),
		TEST("TCP is filtered as the policy says [RFC 5382 REQ-3]", test_filter_tcp),
		TEST("a connection begun outside opens, idles and closes [RFC 5382 REQ-2]",
		     test_tcp_from_outside),
		TEST("TCP begins by a SYN only", test_only_syn_begins),
		TEST("mappings of TCP, UDP and queries are kept apart [RFC 7857 5]",
		     test_protocols_apart),
		TEST("a filter is asked of the packet's own protocol [RFC 7857 6]",
		     test_filters_apart),
		TEST("what goes out refreshes the mapping [RFC 4787 REQ-6]", test_refresh_outbound),
		TEST("what goes out refreshes TCP's mapping too", test_refresh_outbound_tcp),
		TEST("what comes in refreshes it where the policy says so [RFC 4787 REQ-6a]",
		     test_refresh_inbound),
		TEST("what is refused refreshes no mapping [RFC 7857 7]",
		     test_refused_refreshes_nothing),
		TEST("neither does an ICMP error or a RST from inside [RFC 7857 7.1]",
		     test_error_refreshes_nothing),
		TEST("an ICMP error from outside ends no mapping [RFC 4787 REQ-12] "
		     "[RFC 5382 REQ-10]",
		     test_errors_end_no_mapping),
		TEST("compat: a query's mapping ends with its session [RFC 7857 11]",
		     test_echo_mapping_ends),
		TEST("a mapping ends with its time and its sessions", test_mapping_ends),
		TEST("a mapping without sessions waits for its time", test_mapping_waits),
		TEST("it lives five minutes, and is nobody else's [RFC 4787 REQ-5]",
		     test_mapping_lives),
		TEST("a mapping with a TCP connection lives as long as that may",
		     test_tcp_mapping_lives),
		TEST("a mapping ends with its address", test_address_gone),
		TEST("the behaviour is chosen by inside prefix", test_behaviour_by_prefix),
		TEST("a shared port is taken over when its flows are gone",
		     test_shared_is_taken_over),
		TEST("a socket of this host comes before a mapping", test_host_comes_first),
		TEST("queries from outside are this host's to answer", test_echo_is_the_hosts),
		TEST("a source of this host's own does not come in", test_forged_source),
		TEST("both behaviours behind one address never share a port "
		     "[RFC 4787 REQ-3]",
		     test_mixed),
	};

	return talk_main("endpoint", NULL, 0, tests, LEN(tests));
}
