// SPDX-License-Identifier: GPL-2.0-only
/* How numbers and addresses look: people compare them by eye, and columns are made for their width.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <erxdp/maps.h>

#include "output.h"
#include "sparkline.h"

static void test_si(void **state)
{
	static const struct {
		double in;
		const char *out;
	} cases[] = {
		{0, "0"},	    {7, "7"},	      {7.5, "7.50"},	  {0.25, "0.25"},
		{99.96, "100"},	    {999, "999"},     {999.4, "999"},	  {999.6, "1.00 k"},
		{1000, "1.00 k"},   {1234, "1.23 k"}, {12345, "12.3 k"},  {123456, "123 k"},
		{999600, "1.00 M"}, {1e9, "1.00 G"},  {2.5e13, "25.0 T"}, {1e18, "1.00 E"},
		{1.8e19, "18.0 E"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(text_si(cases[i].in).s, cases[i].out);
	assert_string_equal(text_rate(9.84e9, "b/s").s, "9.84 Gb/s");
	assert_string_equal(text_rate(12, "pkt/s").s, "12 pkt/s");
}

static void test_count(void **state)
{
	(void)state;
	assert_string_equal(text_count(0).s, "0");
	assert_string_equal(text_count(999).s, "999");
	assert_string_equal(text_count(1000).s, "1,000");
	assert_string_equal(text_count(1234567).s, "1,234,567");
	assert_string_equal(text_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
}

static void test_addresses(void **state)
{
	const uint8_t mac[6] = {0x02, 0, 0xab, 0, 0, 0xff};

	(void)state;
	assert_string_equal(text_addr(inet_addr("192.0.2.255")).s, "192.0.2.255");
	assert_string_equal(text_prefix(0, 0).s, "default");
	assert_string_equal(text_prefix(inet_addr("10.0.0.0"), 8).s, "10.0.0.0/8");
	assert_string_equal(text_endpoint(inet_addr("255.255.255.255"), htons(65535)).s,
			    "255.255.255.255:65535");
	assert_string_equal(text_mac(mac).s, "02:00:ab:00:00:ff");
}

static void test_tags(void **state)
{
	const struct vlan_tag none[2] = {0};
	const struct vlan_tag one[2] = {{htons(0x8100), 1000}, {0}};
	const struct vlan_tag two[2] = {{htons(0x88a8), 200}, {htons(0x8100), 4094}};

	(void)state;
	assert_string_equal(text_tags(none).s, "-");
	assert_string_equal(text_tags(one).s, "1000");
	assert_string_equal(text_tags(two).s, "802.1ad 200 / 4094");
}

static void test_duration(void **state)
{
	(void)state;
	assert_string_equal(text_duration(0).s, "0s");
	assert_string_equal(text_duration(59).s, "59s");
	assert_string_equal(text_duration(60).s, "1m00s");
	assert_string_equal(text_duration(7440).s, "2h04m");
	assert_string_equal(text_duration(86400 * 3 + 3600 * 12).s, "3d12h");
}

static void test_proto(void **state)
{
	(void)state;
	assert_string_equal(text_proto(6).s, "tcp");
	assert_string_equal(text_proto(17).s, "udp");
	assert_string_equal(text_proto(1).s, "icmp");
	assert_string_equal(text_proto(47).s, "gre");
	assert_string_equal(text_proto(4).s, "ipip");
	assert_string_equal(text_proto(51).s, "51");
}

/* Newest at the right, nothing where nothing was measured, and never a full block for zero. */
static void test_sparkline(void **state)
{
	static struct history h;
	char buf[3 * HISTORY_MAX + 1];

	(void)state;
	sparkline(&h, 4, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "    ");
	history_add(&h, 0);
	sparkline(&h, 4, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "   _");
	history_add(&h, 100);
	history_add(&h, 1);
	sparkline(&h, 4, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, " _#.");
	sparkline(&h, 4, 4, true, buf, sizeof(buf));
	assert_string_equal(buf, " ▁█▂");
}

static void test_sparkline_mean(void **state)
{
	static struct history h;
	char buf[3 * HISTORY_MAX + 1];

	(void)state;
	for (int i = 0; i < HISTORY_MAX + 40; i++) /* beyond its end */
		history_add(&h, i % 2 ? 100 : 0);
	sparkline(&h, 60, 30, false, buf, sizeof(buf));
	assert_int_equal(strlen(buf), 30);
	assert_int_equal(strspn(buf, "#"), 30); /* all columns are alike */
	sparkline(&h, 4, 30, false, buf, sizeof(buf));
	assert_string_equal(buf, "_#_#");
	sparkline(&h, 60, 30, true, buf, 8); /* no room: cut at a column */
	assert_string_equal(buf, "██");
}

/* The greatest column fills all rows; what is more than nothing has a block; nothing has none. */
static void test_graph(void **state)
{
	static const double values[] = {0, 1, 50, 100};
	struct history h = {0};
	struct graph g;
	char buf[64];

	(void)state;
	history_add(&h, 0);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		history_add(&h, values[i]);
	graph_make(&g, &h, 5, 20);
	assert_int_equal(g.width, 5);
	assert_true(g.top == 100);
	graph_row(&g, 0, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "    #");
	graph_row(&g, 1, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "    #");
	graph_row(&g, 2, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "   ##");
	graph_row(&g, 3, 4, false, buf, sizeof(buf));
	assert_string_equal(buf, "  _##");
	graph_row(&g, 0, 1, true, buf, sizeof(buf));
	assert_string_equal(buf, "  ▁▄█");
	/* Cut off, not overrun. */
	graph_row(&g, 0, 1, true, buf, 4);
	assert_string_equal(buf, "  ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_si),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_proto),
		cmocka_unit_test(test_sparkline),
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_sparkline_mean),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
