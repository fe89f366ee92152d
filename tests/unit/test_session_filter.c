// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sessions an option means, and that a slip is refused: `erxdp nat flush` with a filter
 * misread would end the wrong connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "session_filter.h"

static bool matches(int option, const char *arg)
{
	struct session_filter f = {0};
	struct session s = {.state = SESSION_OPEN};
	struct flow in = {.proto = IPPROTO_TCP};
	char err[128];

	in.addr = inet_addr("10.1.2.3");
	in.remote = inet_addr("203.0.113.9");
	in.port = htons(40000);
	in.remote_port = htons(443);
	s.inside = s.outside = in;
	s.outside.addr = inet_addr("192.0.2.2");
	s.outside.port = htons(1024);
	if (option)
		assert_int_equal(session_filter_set(&f, option, arg, err, sizeof(err)), 0);
	return session_filter_match(&f, &s);
}

static void test_match(void **state)
{
	static const struct {
		int option;
		const char *arg;
		bool match;
	} cases[] = {
		{0, NULL, true},
		{'s', "10.1.2.3", true},
		{'s', "10.1.2.4", false},
		{'s', "10.1.2.4/30", false},
		{'s', "10.1.2.1/30", true}, /* host bits do not matter */
		{'s', "0.0.0.0/0", true},
		{'s', "128.0.0.0/1", false},
		{'d', "203.0.113.0/24", true},
		{'d', "10.1.2.3", false},
		{'p', "tcp", true},
		{'p', "6", true},
		{'p', "udp", false},
		{FILTER_SPORT, "40000", true},
		{FILTER_SPORT, "443", false},
		{FILTER_SPORT, "0", false},
		{FILTER_DPORT, "443", true},
		{FILTER_DPORT, "40000", false},
		{FILTER_OUTSIDE, "192.0.2.2", true},
		{'a', "10.1.2.3", true},
		{'a', "203.0.113.0/24", true},
		{'a', "192.0.2.2", true},
		{'a', "10.1.2.4", false},
		{FILTER_PORT, "40000", true},
		{FILTER_PORT, "443", true},
		{FILTER_PORT, "1024", true},
		{FILTER_PORT, "80", false},
		{FILTER_OUTSIDE, "10.1.2.3", false},
		{FILTER_OUTSIDE_PORT, "1024", true},
		{FILTER_OUTSIDE_PORT, "40000", false},
		{FILTER_STATE, "open", true},
		{FILTER_STATE, "new", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(cases[i].option, cases[i].arg) != cases[i].match)
			fail_msg("case %zu: %s", i, cases[i].arg ? cases[i].arg : "none");
}

static void test_refused(void **state)
{
	static const struct {
		int option;
		const char *arg;
	} cases[] = {
		{'s', ""},
		{'s', "10.1.2"},
		{'s', "10.1.2.3.4"},
		{'s', "10.1.2.3/"},
		{'s', "10.1.2.3/33"},
		{'s', "10.1.2.3/-1"},
		{'s', "10.1.2.3/8x"},
		{'s', "300.1.2.3"},
		{'s', "::1"},
		{'s', "1111111111111111111111111111111111111111111111111/8"},
		{'p', ""},
		{'p', "0"},
		{'p', "256"},
		{'p', "nonsense"},
		{FILTER_SPORT, ""},
		{FILTER_SPORT, "-1"},
		{FILTER_SPORT, " 1"},
		{FILTER_SPORT, "65536"},
		{FILTER_SPORT, "99999999999999999999"},
		{FILTER_SPORT, "0x10"},
		{FILTER_STATE, "established"},
		{FILTER_STATE, ""},
	};
	struct session_filter f, zero = {0};
	char err[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&f, 0, sizeof(f));
		err[0] = '\0';
		if (session_filter_set(&f, cases[i].option, cases[i].arg, err, sizeof(err)) !=
		    -EINVAL)
			fail_msg("taken: '%s'", cases[i].arg);
		assert_non_null(strstr(err, " is not "));
		assert_memory_equal(&f, &zero, sizeof(f));
	}
}

/* Names mean what erxdp shows by them, whatever /etc/protocols has: there ipip is 94. */
static void test_protocols(void **state)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} cases[] = {
		{"icmp", 1},   {"ipip", 4},	 {"tcp", 6},  {"udp", 17},
		{"6in4", 41},  {"gre", 47},	 {"esp", 50}, {"l2tp", 115},
		{"sctp", 132}, {"udplite", 136}, {"47", 47},  {"94", 94},
	};
	struct session_filter f;
	char err[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(session_filter_set(&f, 'p', cases[i].name, err, sizeof(err)), 0);
		assert_int_equal(f.proto, cases[i].proto);
	}
}

/* Everything given has to match. */
static void test_all(void **state)
{
	struct session_filter f = {0};
	struct session s = {.state = SESSION_NEW,
			    .inside = {.proto = IPPROTO_UDP, .port = htons(53)}};
	char err[128];

	(void)state;
	session_filter_set(&f, 'p', "udp", err, sizeof(err));
	session_filter_set(&f, FILTER_SPORT, "53", err, sizeof(err));
	assert_true(session_filter_match(&f, &s));
	s.inside.port = htons(54);
	assert_false(session_filter_match(&f, &s));
	s.inside.port = htons(53);
	s.inside.proto = IPPROTO_TCP;
	assert_false(session_filter_match(&f, &s));
}

static void test_foreign_option(void **state)
{
	struct session_filter f = {0};
	char err[128];

	(void)state;
	assert_int_equal(session_filter_set(&f, 'x', "1", err, sizeof(err)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),	       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_protocols),      cmocka_unit_test(test_all),
		cmocka_unit_test(test_foreign_option),
	};

	return cmocka_run_group_tests_name("session_filter", tests, NULL, NULL);
}
