// SPDX-License-Identifier: GPL-2.0-only
/*
 * A SYN from outside to the outside address that no session expects (RFC 5382 REQ-4): the kernel's
 * beside MASQUERADE; with the policy `rfc` dropped in silence, but for this host's own sockets.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOTRACK MARK(ERXDP_MARK_NOTRACK)
#define SYN_IN	IP(SERVER, PUBLIC), TCP(443, 40000, TH_SYN)

static void rfc(void)
{
	bench.policy[3].behaviour = BEHAVIOUR_RFC;
	bench.uplink[BOND0].policy = 3;
}

static void rfc_of_no_policy(void)
{
	rfc();
	bench.uplink[BOND0].policy = ERXDP_MAX_POLICIES;
}

static void rfc_in_tc(void)
{
	rfc();
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
}

static void rfc_handing_back(void)
{
	rfc();
	bench.control->flags |= CONTROL_HANDBACK;
}

static void rfc_not_trusted(void)
{
	rfc();
	bench.control->flags &= ~CONTROL_TRUSTED;
}

static void rfc_with_session(void)
{
	rfc();
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 40000, SESSION_NEW);
}

static void nothing_was_made(void)
{
	assert_int_equal(session_count(), 0);
	assert_int_equal(mapping_count(), 0);
}

#define ROW(text, prepare, at, way, packet)                                                \
	{                                                                                  \
		.what = text, .arrange = prepare, .inspect = nothing_was_made, .hook = at, \
		.verdict = way, .slot = BOND0, .in = {FROM_BOND0, packet},                 \
	}

static const struct pcase cases[] = {
	ROW("compat: a SYN that nobody expects is the kernel's, as beside MASQUERADE", NULL,
	    HOOK_XDP, V_PASS_LOCAL, MEMBERS(SYN_IN)),
	ROW("compat: in TC too", NULL, HOOK_TC_INGRESS, V_PASS_LOCAL, MEMBERS(SYN_IN)),
	ROW("rfc: an unsolicited SYN is not answered [RFC 5382 REQ-4] [RFC 5382 REQ-4a]", rfc,
	    HOOK_XDP, V_DROP_FILTERED, MEMBERS(SYN_IN)),
	ROW("rfc: in TC beside XDP [RFC 5382 REQ-4]", rfc, HOOK_TC_INGRESS, V_DROP_FILTERED,
	    MEMBERS(SYN_IN)),
	ROW("rfc: in TC alone [RFC 5382 REQ-4] [RFC 5382 REQ-4a]", rfc_in_tc, HOOK_TC_INGRESS,
	    V_DROP_FILTERED, MEMBERS(SYN_IN)),
	ROW("rfc: with IP options, which TC sees [RFC 5382 REQ-4]", rfc, HOOK_TC_INGRESS,
	    V_DROP_FILTERED, MEMBERS(SYN_IN, .options = 4)),
	ROW("rfc: to the uplink's second address [RFC 5382 REQ-4]", rfc, HOOK_XDP, V_DROP_FILTERED,
	    MEMBERS(IP(SERVER, PRIVATE), TCP(443, 40000, TH_SYN))),
	ROW("rfc: to an address of another device: the kernel's", rfc, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(IP(SERVER, "192.168.0.1"), TCP(443, 40000, TH_SYN))),
	ROW("rfc: what is no SYN is the kernel's to reset", rfc, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(IP(SERVER, PUBLIC), TCP(443, 40000, TH_ACK))),
	ROW("rfc: SYN and ACK answer somebody", rfc, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(IP(SERVER, PUBLIC), TCP(443, 40000, TH_SYN | TH_ACK))),
	ROW("rfc: SYN and RST are the kernel's to ignore", rfc, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(IP(SERVER, PUBLIC), TCP(443, 40000, TH_SYN | TH_RST))),
	ROW("rfc: UDP is not meant", rfc, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(IP(SERVER, PUBLIC), UDP(53, 40000))),
	ROW("a policy outside the table is none", rfc_of_no_policy, HOOK_XDP, V_PASS_LOCAL,
	    MEMBERS(SYN_IN)),
	ROW("handing back: the kernel's", rfc_handing_back, HOOK_TC_INGRESS, V_PASS_SUSPENDED,
	    MEMBERS(SYN_IN)),
	ROW("tables that are not trusted: the kernel's", rfc_not_trusted, HOOK_TC_INGRESS,
	    V_PASS_SUSPENDED, MEMBERS(SYN_IN)),
	{
		.what = "rfc: from inside to the outside address: the kernel's",
		.arrange = rfc,
		.verdict = V_PASS_LOCAL,
		.slot = V1000,
		.in = {FROM_V1000, IP(INSIDE, PUBLIC), TCP(443, 40000, TH_SYN)},
	},
	{
		.what = "rfc: to a host behind, routed and not translated",
		.arrange = rfc,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(SERVER, INSIDE), TCP(443, 40000, TH_SYN)},
		.out = {TO_V1000, IP(SERVER, INSIDE), TCP(443, 40000, TH_SYN), .ttl = 63},
	},
	{
		.what = "rfc: after the inside host's SYN the peer's comes in [RFC 5382 REQ-2a]",
		.arrange = rfc_with_session,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, SYN_IN},
		.out = {TO_V1000, IP(SERVER, INSIDE), TCP(443, 40000, TH_SYN), .ttl = 63},
	},
};

static void check_socket(int port, int verdict)
{
	const struct pcase xdp = {
		.what = "a SYN to a socket of this host",
		.hook = HOOK_XDP,
		.verdict = verdict,
		.slot = BOND0,
		.in = {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, port, TH_SYN)},
	};
	struct pcase tc = xdp;

	tc.hook = HOOK_TC_INGRESS;
	case_run(&xdp);
	case_run(&tc);
}

/* A service of this host's is never disturbed; on any address or on this one. */
static void test_listener(void **state)
{
	static const char *const addresses[] = {"0.0.0.0", PUBLIC};
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(22)};

	(void)state;
	for (unsigned int i = 0; i < LEN(addresses); i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		scenario_reset();
		rfc();
		addr.sin_addr.s_addr = inet_addr(addresses[i]);
		assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
		check_socket(22, V_DROP_FILTERED);
		assert_int_equal(listen(fd, 1), 0);
		check_socket(22, V_PASS_LOCAL);
		check_socket(23, V_DROP_FILTERED);
		close(fd);
		check_socket(22, V_DROP_FILTERED);
	}
}

/* Nor is a connection that this host is opening itself, from both sides at once. */
static void test_own_simultaneous_open(void **state)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(40000)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)state;
	scenario_reset();
	rfc();
	shell("ip route add default via " GATEWAY " dev bond0 onlink");
	addr.sin_addr.s_addr = inet_addr(PUBLIC);
	assert_int_equal(bind(fd, (void *)&addr, sizeof(addr)), 0);
	addr.sin_addr.s_addr = inet_addr(SERVER);
	addr.sin_port = htons(443);
	assert_int_equal(connect(fd, (void *)&addr, sizeof(addr)), -1);
	check_socket(40000, V_PASS_LOCAL);
	check_socket(40001, V_DROP_FILTERED);
	close(fd);
	shell("ip route del default");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_own_simultaneous_open),
	};

	return cases_main("unsolicited", cases, LEN(cases), tests, LEN(tests));
}
