// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port blocks (RFC 7422): a host's block, and back from a port to its host. A block that two hosts
 * share, or a port that names the wrong one, accuses somebody who was not there.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <erxdp/portblock.h>
#include <erxdp/siphash.h>

static const struct portblock_plan plan = {
	.prefix = 0x0a000000, .prefixlen = 16, .first = 1024, .last = 65535, .size = 256};

static void check(uint32_t inside, uint32_t address, uint32_t first)
{
	struct portblock block = {};

	assert_int_equal(portblock_of(&plan, inside, &block), 0);
	assert_int_equal(block.address, address);
	assert_int_equal(block.first, first);
	assert_int_equal(block.size, 256);
}

/* 252 blocks of 256 ports from 1024 to 65535. */
static void test_formula(void **state)
{
	(void)state;
	assert_int_equal(portblock_count(&plan), 252);
	check(0x0a000000, 0, 1024);
	check(0x0a000001, 0, 1280);
	check(0x0a0000fb, 0, 65280);
	check(0x0a0000fc, 1, 1024);
	check(0x0a000104, 1, 1024 + 8 * 256);
	check(0x0a00ffff, 260, 1024 + 15 * 256);
}

/* Every host of a /16 has a block of its own, and each of its ports names it. */
static void test_inverse(void **state)
{
	static uint8_t taken[300][256];
	uint32_t owner;

	(void)state;
	for (uint32_t host = 0; host < 65536; host++) {
		struct portblock block = {};

		assert_int_equal(portblock_of(&plan, plan.prefix + host, &block), 0);
		assert_int_equal((block.first - 1024) % 256, 0);
		assert_false(taken[block.address][block.first / 256]++);
		for (uint32_t port = block.first; port < block.first + 256; port += 51) {
			assert_int_equal(portblock_owner(&plan, block.address, port, &owner), 0);
			assert_int_equal(owner, plan.prefix + host);
		}
	}
}

static void test_nobody(void **state)
{
	struct portblock block;
	uint32_t owner;

	(void)state;
	assert_int_equal(portblock_of(&plan, 0x0a010000, &block), -1);
	assert_int_equal(portblock_of(&plan, 0x09ffffff, &block), -1);
	assert_int_equal(portblock_owner(&plan, 0, 1023, &owner), -1);
	assert_int_equal(portblock_owner(&plan, 0, 65535, &owner), 0);
	assert_int_equal(portblock_owner(&plan, 260, 1024 + 16 * 256, &owner), -1);
	assert_int_equal(portblock_owner(&plan, 0x7fffffff, 1024, &owner), -1);
}

static struct portblock_plan plan_with(uint16_t min, uint16_t max, uint32_t size)
{
	struct policy policy = {
		.block_prefix = htonl(0x0a000000), .block_prefixlen = 16, .block_size = size};
	struct control ctl = {.port_min = min, .port_max = max};

	return portblock_plan_of(&policy, &ctl);
}

static void test_range(void **state)
{
	struct portblock_plan p = plan_with(1, 65535, 1024);
	struct portblock block;
	uint32_t owner;

	(void)state;
	assert_int_equal(p.prefix, 0x0a000000);
	assert_int_equal(p.first, 1024);
	assert_int_equal(portblock_count(&p), 63);
	p = plan_with(20000, 20999, 64);
	assert_int_equal(p.first, 20000);
	assert_int_equal(portblock_count(&p), 15);
	/* The rest that makes no whole block is nobody's. */
	assert_int_equal(portblock_owner(&p, 0, 20000 + 15 * 64, &owner), -1);
	p = plan_with(1, 1023, 64);
	assert_int_equal(p.first, 1);
	p = plan_with(2000, 2062, 64);
	assert_int_equal(portblock_count(&p), 0);
	assert_int_equal(portblock_of(&p, 0x0a000000, &block), -1);
	assert_int_equal(portblock_owner(&p, 0, 2000, &owner), -1);
	p = plan_with(1, 65535, 0);
	assert_int_equal(portblock_of(&p, 0x0a000000, &block), -1);
	assert_false(portblock_covers(&p, 0x0a000000));
}

static void test_prefixes(void **state)
{
	struct portblock_plan p = plan;
	struct portblock block = {};
	uint32_t owner;

	(void)state;
	p.prefixlen = 32;
	assert_int_equal(portblock_of(&p, p.prefix, &block), 0);
	assert_int_equal(portblock_of(&p, p.prefix + 1, &block), -1);
	assert_int_equal(portblock_owner(&p, 0, 1024, &owner), 0);
	assert_int_equal(portblock_owner(&p, 0, 1280, &owner), -1);
	p.prefix = p.prefixlen = 0;
	assert_int_equal(portblock_of(&p, 0xffffffff, &block), 0);
	assert_int_equal(portblock_owner(&p, block.address, block.first, &owner), 0);
	assert_int_equal(owner, 0xffffffff);
}

static void test_address_index(void **state)
{
	struct policy policy = {
		.block_prefix = htonl(0x0a000000), .block_prefixlen = 16, .block_size = 256};
	struct control ctl = {.port_min = 1, .port_max = 65535};

	(void)state;
	assert_int_equal(portblock_address_index(&policy, &ctl, htonl(0x0a000104)), 1);
	assert_int_equal(portblock_address_index(&policy, &ctl, htonl(0x0a010000)), PORTBLOCK_NONE);
	policy.block_size = 0;
	assert_int_equal(portblock_address_index(&policy, &ctl, htonl(0x0a000104)), PORTBLOCK_NONE);
}

/* The authors' test vector of eight bytes: key 00..0f, message 00..07. */
static void test_siphash(void **state)
{
	(void)state;
	assert_true(siphash_u64(0x0706050403020100ULL, 0x0706050403020100ULL,
				0x0f0e0d0c0b0a0908ULL) == 0x93f5f5799a932462ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula),	 cmocka_unit_test(test_inverse),
		cmocka_unit_test(test_nobody),	 cmocka_unit_test(test_range),
		cmocka_unit_test(test_prefixes), cmocka_unit_test(test_address_index),
		cmocka_unit_test(test_siphash),
	};

	return cmocka_run_group_tests_name("portblock", tests, NULL, NULL);
}
