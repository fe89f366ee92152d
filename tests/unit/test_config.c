// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration file: what it says is what erxdp does, and a slip in it is named by file, line
 * and key and changes nothing. A file half understood would translate, or not translate, the wrong
 * traffic.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "config.h"

static char path[64];

static int load(struct config *config, const char *text, char err[256])
{
	FILE *f;
	int fd;

	strcpy(path, "/tmp/erxdp-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	err[0] = '\0';
	fd = config_load(config, path, true, err, 256);
	unlink(path);
	return fd;
}

static struct config loaded(const char *text)
{
	struct config config;
	char err[256];

	memset(&config, 0xff, sizeof(config));
	if (load(&config, text, err))
		fail_msg("%s", err);
	return config;
}

static void test_empty_file_is_the_defaults(void **state)
{
	struct config config = loaded(""), defaults;

	(void)state;
	config_defaults(&defaults);
	assert_memory_equal(&config, &defaults, sizeof(config));
	assert_int_equal(config.mode, MODE_AUTO);
	assert_int_equal(config.nexempt_dst, 3);
	assert_int_equal(config.exempt_dst[1].addr, inet_addr("172.16.0.0"));
	assert_int_equal(config.exempt_dst[1].len, 12);
	assert_int_equal(config.timeout[TIMEOUT_TCP_ESTABLISHED], 7440);
	assert_int_equal(config.max_sessions, ERXDP_MAX_SESSIONS);
}

static void test_missing_file(void **state)
{
	struct config config;
	char err[256] = "";

	(void)state;
	assert_int_equal(config_load(&config, "/nonexistent/erxdp.conf", false, err, 256), 0);
	assert_int_equal(config.port_min, 1024);
	assert_int_equal(config_load(&config, "/nonexistent/erxdp.conf", true, err, 256), -ENOENT);
	assert_string_equal(err, "/nonexistent/erxdp.conf: No such file or directory");
}

static void test_every_key(void **state)
{
	struct config c = loaded("# comment\n"
				 "[interfaces]\n"
				 "uplink = bond0 ; with a comment\n"
				 "inside = bond0.1000, bond0.1001\n"
				 "mode = tc\n"
				 "\n"
				 "[nat]\n"
				 "exempt-destination = 10.0.0.0/8 100.64.0.0/10\n"
				 "exempt-source = 192.0.2.1\n"
				 "ports = 2000-3000\n"
				 "max-sessions = 0\n"
				 "mark-shift=16\n"
				 "[timeouts]\n"
				 "udp = 5m\n"
				 "tcp-established = 2h4m # comment\n"
				 "tcp-transitory = 240s\n"
				 "icmp = 61\n");

	(void)state;
	assert_int_equal(c.nuplinks, 1);
	assert_string_equal(c.uplink[0], "bond0");
	assert_int_equal(c.ninside, 2);
	assert_string_equal(c.inside[1], "bond0.1001");
	assert_int_equal(c.mode, MODE_TC);
	assert_int_equal(c.nexempt_dst, 2);
	assert_int_equal(c.exempt_dst[1].addr, inet_addr("100.64.0.0"));
	assert_int_equal(c.exempt_dst[1].len, 10);
	assert_int_equal(c.nexempt_src, 1);
	assert_int_equal(c.exempt_src[0].len, 32);
	assert_int_equal(c.port_min, 2000);
	assert_int_equal(c.port_max, 3000);
	assert_int_equal(c.max_sessions, 0);
	assert_int_equal(c.mark_shift, 16);
	assert_int_equal(c.timeout[TIMEOUT_UDP], 300);
	assert_int_equal(c.timeout[TIMEOUT_TCP_ESTABLISHED], 7440);
	assert_int_equal(c.timeout[TIMEOUT_TCP_TRANSITORY], 240);
	assert_int_equal(c.timeout[TIMEOUT_ICMP], 61);
}

static void test_indented_keys_and_continued_lists(void **state)
{
	struct config c = loaded("[nat]\n"
				 "  ports = 1-2\n"
				 "  exempt-destination = 10.0.0.0/8\n"
				 "     172.16.0.0/12, 192.168.0.0/16 # a comment\n"
				 "     198.51.100.0/24\n"
				 "  mark-shift = 3\n");

	(void)state;
	assert_int_equal(c.nexempt_dst, 4);
	assert_int_equal(c.exempt_dst[3].addr, inet_addr("198.51.100.0"));
	assert_int_equal(c.port_max, 2);
	assert_int_equal(c.mark_shift, 3);
}

static void test_empty_list_means_none(void **state)
{
	struct config c = loaded("[nat]\nexempt-destination =\n");

	(void)state;
	assert_int_equal(c.nexempt_dst, 0);
}

static void test_no_newline_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(loaded("[nat]\r\nmark-shift = 7\r\n[timeouts]\nudp = 9").timeout[0], 9);
}

/* What the user is told, behind "FILE:". */
static const struct {
	const char *text;
	const char *told;
} bad[] = {
	{"uplink = bond0\n", "1: expected a section first: [interfaces], [nat] or [timeouts]"},
	{"\n[net]\n", "2: [net]: unknown section; expected [interfaces], [nat] or [timeouts]"},
	{"[nat\nports = 1-2\n", "1: expected [SECTION]"},
	{"[nat]\nport = 1-2\n", "2: port: unknown key in [nat]; did you mean ports of [nat]?"},
	{"[nat]\nudp = 5\n", "2: udp: unknown key in [nat]; did you mean udp of [timeouts]?"},
	{"[nat]\nflavour = 5\n", "2: flavour: unknown key in [nat]; erxdp(8) lists the keys"},
	{"[nat]\nports\n", "2: expected KEY = VALUE or [SECTION]"},
	{"[nat]\nmark-shift = 1\nmark-shift = 2\n", "3: mark-shift: given twice"},
	{"[nat]\nmark-shift = 31\n", "2: mark-shift: expected a number from 0 to 30, not \"31\""},
	{"[nat]\nmark-shift = 1\n  2\n", "3: mark-shift: expected one value, on one line"},
	{"[nat]\nmark-shift = -1\n", "2: mark-shift: expected a number from 0 to 30, not \"-1\""},
	{"[nat]\nports = 0-5\n", "2: ports: expected a range such as 1024-65535, not \"0-5\""},
	{"[nat]\nports = 9-5\n", "2: ports: expected a range such as 1024-65535, not \"9-5\""},
	{"[nat]\nports = 1-65536\n",
	 "2: ports: expected a range such as 1024-65535, not \"1-65536\""},
	{"[nat]\nexempt-destination = 10.0.0.1/8\n",
	 "2: exempt-destination: expected prefixes such as 10.0.0.0/8 (bits behind the length "
	 "zero), not \"10.0.0.1/8\""},
	{"[nat]\nexempt-source = 10.0.0.0/33\n",
	 "2: exempt-source: expected prefixes such as 10.0.0.0/8 (bits behind the length zero), "
	 "not \"10.0.0.0/33\""},
	{"[nat]\nexempt-source = 10.0.0.0/8\n  2001:db8::/32\n",
	 "3: exempt-source: expected prefixes such as 10.0.0.0/8 (bits behind the length zero), "
	 "not \"2001:db8::/32\""},
	{"[interfaces]\nuplink = a-name-that-is-too-long\n",
	 "2: uplink: expected names of network devices such as bond0, not "
	 "\"a-name-that-is-too-long\""},
	{"[interfaces]\nmode = fast\n",
	 "2: mode: expected auto, native, generic or tc, not \"fast\""},
	{"[timeouts]\nudp = 5m5m\n",
	 "2: udp: expected a duration such as 300, 5m or 2h4m, not \"5m5m\""},
	{"[timeouts]\nudp = 0\n", "2: udp: expected a duration such as 300, 5m or 2h4m, not \"0\""},
	{"[timeouts]\nudp =\n", "2: udp: expected a duration such as 300, 5m or 2h4m, not \"\""},
	{"[timeouts]\nudp = 99999999999999999999\n",
	 "2: udp: expected a duration such as 300, 5m or 2h4m, not \"99999999999999999999\""},
};

static void test_errors_name_line_and_key_and_change_nothing(void **state)
{
	struct config config, before;
	char err[256];

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config = before;
		assert_int_equal(load(&config, bad[i].text, err), -EINVAL);
		assert_memory_equal(err, path, strlen(path));
		assert_string_equal(err + strlen(path) + 1, bad[i].told);
		assert_memory_equal(&config, &before, sizeof(config));
	}
}

static void test_overlong_line_and_list(void **state)
{
	struct config config;
	char err[256], text[16384] = "[nat]\nexempt-source =";

	(void)state;
	memset(text + strlen(text), 'x', 5000);
	assert_int_equal(load(&config, text, err), -EINVAL);
	assert_non_null(strstr(err, ":2: line too long"));
	strcpy(text, "[nat]\nexempt-source =\n");
	for (int i = 0; i <= CONFIG_MAX_PREFIXES; i++)
		sprintf(text + strlen(text), "  10.0.%d.0/24\n", i % 256);
	assert_int_equal(load(&config, text, err), -EINVAL);
	assert_non_null(strstr(err, ":259: exempt-source: too many, at 10.0.0.0/24"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_file_is_the_defaults),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_indented_keys_and_continued_lists),
		cmocka_unit_test(test_empty_list_means_none),
		cmocka_unit_test(test_no_newline_at_the_end),
		cmocka_unit_test(test_errors_name_line_and_key_and_change_nothing),
		cmocka_unit_test(test_overlong_line_and_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
