// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a session: octets of its IP packets, of the first one too, each way by itself; by
 * the express way, by the stages and at the TC hooks alike. Who has not asked for them pays
 * nothing: the record is not written.
 */
#include "cases.h"

#include <arpa/inet.h>

#define UDP_FLOW flow_of(17, INSIDE, 5000, SERVER, 53)
#define TCP_FLOW flow_of(6, INSIDE, 40000, SERVER, 443)
#define HEADERS	 28 /* of IP and UDP */

static void arrange(bool account, bool stages)
{
	scenario_reset();
	bench.control->flags &= ~(CONTROL_ACCOUNT | CONTROL_STAGES);
	bench.control->flags |= (account ? CONTROL_ACCOUNT : 0) | (stages ? CONTROL_STAGES : 0);
}

static void send_at(enum hook hook, unsigned int slot, const struct spec *spec)
{
	struct run run = {.hook = hook, .ifindex = hook ? device[slot] : 0};

	frame_build(&run.frame, spec);
	assert_int_equal(bench_run(&run), 0);
}

static void send_udp(bool out, uint32_t payload)
{
	struct spec up = {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)};
	struct spec down = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 5000)};

	up.payload = down.payload = payload;
	send_at(HOOK_XDP, BOND0, out ? &up : &down);
}

static void expect(struct flow flow, uint64_t out, uint64_t in)
{
	struct session session;

	assert_true(session_get(flow, &session));
	assert_int_equal(session.bytes_out, out);
	assert_int_equal(session.bytes_in, in);
}

static void exchange(void)
{
	send_udp(true, 100);
	send_udp(true, 10);
	send_udp(false, 1000);
	send_udp(true, 1);
	send_udp(false, 1);
}

static void test_express(void **state)
{
	(void)state;
	arrange(true, false);
	exchange();
	expect(UDP_FLOW, 111 + 3 * HEADERS, 1001 + 2 * HEADERS);
}

static void test_stages(void **state)
{
	(void)state;
	arrange(true, true);
	exchange();
	expect(UDP_FLOW, 111 + 3 * HEADERS, 1001 + 2 * HEADERS);
}

static void test_off(void **state)
{
	(void)state;
	arrange(false, false);
	exchange();
	expect(UDP_FLOW, 0, 0);
}

/* A TCP session, whose first packet is a SYN, and a packet that comes to TC on its way through the
 * kernel. */
static void test_tcp_and_tc(void **state)
{
	struct spec syn = {FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, TH_SYN)};
	struct spec answer = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 40000, TH_SYN | TH_ACK),
			      .ack = 1};

	(void)state;
	arrange(true, false);
	send_at(HOOK_XDP, BOND0, &syn);
	expect(TCP_FLOW, 40, 0);
	send_at(HOOK_TC_INGRESS, BOND0, &answer);
	expect(TCP_FLOW, 40, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_express),
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_tcp_and_tc),
	};

	return cases_main("account", NULL, 0, tests, LEN(tests));
}
