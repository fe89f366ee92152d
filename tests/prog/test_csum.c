// SPDX-License-Identifier: GPL-2.0-only
/*
 * Incremental checksums against sums over the whole, at every carry: an error of one shows in one
 * packet out of thousands.
 */
#include "harness.h"

#include "../../bpf/csum.h"

/* RFC 1071, the slow way. */
static uint16_t sum_slowly(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Zero has two representations. */
static bool same(uint16_t a, uint16_t b)
{
	return a % 0xffff == b % 0xffff;
}

static void test_fold(void **state)
{
	(void)state;
	for (uint32_t sum = 0; sum < 0x400000; sum++)
		assert_int_equal(csum_fold(sum), sum_slowly(sum));
	for (uint32_t sum = 0xffc00000; sum; sum++)
		assert_int_equal(csum_fold(sum), sum_slowly(sum));
	for (uint64_t sum = 0xfffe0000; sum < 0x100020000; sum++)
		assert_int_equal(csum_fold(sum), sum_slowly(sum));
	for (uint64_t sum = UINT64_MAX - 0x400000; sum; sum++)
		assert_int_equal(csum_fold(sum), sum_slowly(sum));
}

/* One word of two changes, each of both over edge values. */
static void test_change(void **state)
{
	static const uint16_t edges[] = {0, 1, 2, 0x7fff, 0x8000, 0xfffd, 0xfffe, 0xffff, 0x1234};

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		for (size_t j = 0; j < sizeof(edges) / sizeof(edges[0]); j++)
			for (uint32_t rest = 1; rest < 0xffff; rest++) {
				uint16_t before = ~sum_slowly(rest + edges[i]);
				uint16_t after = ~sum_slowly(rest + edges[j]);
				uint16_t got = csum_apply(before, csum_diff16(edges[i], edges[j]));

				if (!same(got, after))
					fail_msg("%04x -> %04x beside %04x: %04x, not %04x",
						 edges[i], edges[j], rest, got, after);
			}
}

/* What stays the same leaves the checksum as it is. */
static void test_no_change(void **state)
{
	(void)state;
	for (uint32_t check = 0; check < 0xffff; check++)
		assert_int_equal(csum_apply(check, csum_diff32(0x0a000004, 0x0a000004)), check);
}

/* An address and a port change at once, as in every translated packet. */
static void test_many(void **state)
{
	uint32_t addr = 0x04000010, to = 0xc35e4b93;

	(void)state;
	for (uint32_t i = 0; i < 5000000; i++) {
		uint16_t port = i * 40503, moved = i * 2654435761U >> 16, rest = 1 + i % 0xfffe;
		uint16_t before, after;
		uint64_t diff;

		addr = addr * 1664525 + 1013904223;
		to ^= addr >> 3;
		before = ~sum_slowly((uint64_t)rest + (addr >> 16) + (addr & 0xffff) + port);
		after = ~sum_slowly((uint64_t)rest + (to >> 16) + (to & 0xffff) + moved);
		diff = csum_diff32(addr, to) + csum_diff16(port, moved);
		if (!same(csum_apply(before, diff), after))
			fail_msg("%08x:%04x -> %08x:%04x", addr, port, to, moved);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_no_change),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("csum", tests, NULL, NULL);
}
