// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tagged frame leaves a bond by the slave that the bond would choose for it without the tag, so
 * that VLAN traffic spreads and no flow changes its slave; and where the slaves are not known for
 * sure, the bond chooses.
 *
 * Of the two slaves here only the first is in the device map: a frame for it is redirected, one for
 * the second is transmitted as one that the bond is to choose for.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#define FIRST  (device[ETH1])
#define SECOND 54321
#define SOURCE "172.16.5.5" /* exempt: nothing is translated */

static struct bond *bond_of(unsigned int slot, enum bond_hash hash)
{
	bench.bond[slot] = (struct bond){.port = device[BOND0],
					 .hash = hash,
					 .count = 2,
					 .slave = {FIRST, SECOND},
					 .seen = clock_now()};
	return &bench.bond[slot];
}

/* What the kernel makes of `first`: the ports, or the last octets of the MACs. */
static uint32_t fold(uint32_t first, const char *src, const char *dst)
{
	uint32_t hash = first ^ inet_addr(src) ^ inet_addr(dst);

	hash ^= hash >> 16;
	return hash ^ hash >> 8;
}

static uint32_t hash_l34(uint32_t ports, const char *src, const char *dst)
{
	return fold(ports, src, dst) >> 1;
}

static uint32_t hash_l23(uint64_t dmac, uint64_t smac, const char *src, const char *dst)
{
	return fold((dmac & 0xff) ^ (smac & 0xff) ^ 0x0800, src, dst);
}

/* Ports as they lie in the packet. */
static uint32_t ports_of(uint16_t sport, uint16_t dport)
{
	return htons(sport) | (uint32_t)htons(dport) << 16;
}

static int transmit(const struct spec *spec, uint32_t *slot)
{
	struct run run = {.hook = HOOK_XDP};
	struct tally tally;

	tally_reset();
	frame_build(&run.frame, spec);
	assert_int_equal(bench_run(&run), 0);
	tally = tally_read();
	assert_int_equal(tally.verdict, V_TX);
	assert_int_equal(tally.counter.packets, 1);
	*slot = 0;
	for (unsigned int i = 1; i < DEVICES; i++)
		if (bench.sent[i].packets)
			*slot = i;
	return run.ret;
}

/* Fails unless the packet is counted as sent by `out` and goes where the hash says. */
static void expect(const char *what, const struct spec *spec, unsigned int out, uint32_t hash)
{
	uint32_t slot;
	int ret = transmit(spec, &slot);

	assert_int_equal(slot, out);
	if (ret != (hash % 2 ? XDP_TX : XDP_REDIRECT))
		fail_msg("%s, hash %u: %d", what, hash, ret);
}

static void test_ports(void **state)
{
	unsigned int first = 0;

	(void)state;
	scenario_reset();
	bond_of(V1000, BOND_HASH_L34);
	for (uint16_t port = 30000; port < 30064; port++) {
		struct spec udp = {FROM_BOND0, IP(SOURCE, INSIDE), UDP(port, 53)};
		struct spec tcp = {FROM_BOND0, IP(SOURCE, INSIDE), TCP(port, 443, TH_ACK)};
		uint32_t hash = hash_l34(ports_of(port, 53), SOURCE, INSIDE);

		expect("UDP", &udp, V1000, hash);
		expect("TCP", &tcp, V1000, hash_l34(ports_of(port, 443), SOURCE, INSIDE));
		first += hash % 2 == 0;
	}
	assert_in_range(first, 16, 48);
}

static void test_addresses(void **state)
{
	unsigned int first = 0;

	(void)state;
	scenario_reset();
	/* Written in a second that the programs' clock, which is a coarse one, has not reached. */
	bond_of(V1000, BOND_HASH_L23)->seen++;
	for (unsigned int i = 1; i <= 64; i++) {
		char dst[16];
		struct spec udp = {FROM_BOND0, IP(SOURCE, dst), UDP(5000 + i, 53)};
		uint32_t hash;

		snprintf(dst, sizeof(dst), "10.0.3.%u", i);
		hash = hash_l23(MAC_PEER(NH_AZURE), MAC_HOST(V1000), SOURCE, dst);
		expect("UDP", &udp, V1000, hash);
		first += hash % 2 == 0;
	}
	assert_in_range(first, 16, 48);
}

/* The kernel takes type, code and identifier of an ICMP query for its ports. */
static void test_echo(void **state)
{
	(void)state;
	scenario_reset();
	bond_of(V1000, BOND_HASH_L34);
	for (uint16_t id = 0; id < 16; id++) {
		struct spec echo = {FROM_BOND0, IP(SOURCE, INSIDE), ECHO_REQUEST(id)};
		uint32_t word = 8 | (uint32_t)(id ? id : 1) << 16;

		expect("echo", &echo, V1000, hash_l34(word, SOURCE, INSIDE));
	}
}

/* An ICMP error goes with the flow that it quotes. */
static void test_error(void **state)
{
	(void)state;
	scenario_reset();
	bond_of(V1000, BOND_HASH_L34);
	for (uint16_t port = 30000; port < 30016; port++) {
		struct spec quoted = {IP(INSIDE, SOURCE), UDP(port, 53)};
		struct spec error = {FROM_BOND0, IP("172.16.9.9", INSIDE),
				     ICMP_ERROR(11, 0, quoted)};

		expect("time exceeded", &error, V1000,
		       hash_l34(ports_of(port, 53), INSIDE, SOURCE));
	}
}

/* What is translated has a slave by what it is sent as, tags or no tags before. */
static void test_translated(void **state)
{
	(void)state;
	scenario_reset();
	bond_of(V1000, BOND_HASH_L34);
	for (uint16_t port = 30000; port < 30016; port++) {
		struct spec answer = {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, port)};

		session_put(flow_of(17, INSIDE, port - 20000, SERVER, 53), PUBLIC, port,
			    SESSION_OPEN);
		expect("an answer", &answer, V1000,
		       hash_l34(ports_of(53, port - 20000), SERVER, INSIDE));
	}
}

static void test_two_tags(void **state)
{
	(void)state;
	scenario_reset();
	bond_of(QINQ, BOND_HASH_L34);
	for (uint16_t port = 30000; port < 30016; port++) {
		struct spec udp = {FROM_V1000, IP(INSIDE, "10.40.1.1"), UDP(port, 53)};

		expect("QinQ", &udp, QINQ, hash_l34(ports_of(port, 53), INSIDE, "10.40.1.1"));
	}
}

/* The bond chooses for every flow. */
static void expect_bond(const char *what)
{
	for (uint16_t port = 30000; port < 30016; port++) {
		struct spec udp = {FROM_BOND0, IP(SOURCE, INSIDE), UDP(port, 53)};
		uint32_t slot;

		if (transmit(&udp, &slot) != XDP_TX)
			fail_msg("%s: the programs have chosen", what);
	}
}

static void test_bond_chooses(void **state)
{
	struct bond *bond;

	(void)state;
	scenario_reset();
	expect_bond("no entry");
	bond = bond_of(V1000, BOND_HASH_L34);
	bond->slave[1] = FIRST;
	bond->count = 0;
	expect_bond("no slave");
	bond->count = 2;
	bond->seq = 1;
	expect_bond("a list that is being written");
	bond->seq = 2;
	bond->port = device[ETH1];
	expect_bond("another bond's list");
	bond->port = device[BOND0];
	bond->seen = clock_now() - BOND_BELIEVED - 1;
	expect_bond("an old list");
	bond->seen = clock_now();
	bond->slave[0] = bond->slave[1] = SECOND;
	expect_bond("a slave that the device map lacks");
}

static void test_untagged(void **state)
{
	struct spec udp = {FROM_V1000, IP(INSIDE, SOURCE), UDP(5000, 53)};
	uint32_t slot;

	(void)state;
	scenario_reset();
	bond_of(BOND0, BOND_HASH_L34)->slave[1] = FIRST;
	assert_int_equal(transmit(&udp, &slot), XDP_TX);
	assert_int_equal(slot, BOND0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),	     cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_echo),	     cmocka_unit_test(test_error),
		cmocka_unit_test(test_translated),   cmocka_unit_test(test_two_tags),
		cmocka_unit_test(test_bond_chooses), cmocka_unit_test(test_untagged),
	};

	return cases_main("bond", NULL, 0, tests, LEN(tests));
}
