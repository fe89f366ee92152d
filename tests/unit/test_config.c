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
	assert_int_equal(config.timeout[TIMEOUT_UDP], 300);
	assert_int_equal(config.timeout[TIMEOUT_ICMP], 60);
	assert_int_equal(config.timeout[TIMEOUT_TCP_ESTABLISHED], 7440);
	assert_int_equal(config.timeout[TIMEOUT_TCP_TRANSITORY], 240);
	assert_int_equal(config.timeout[TIMEOUT_TCP_CLOSING], 240);
	assert_int_equal(config.timeout[TIMEOUT_OTHER], 600);
	assert_int_equal(config.max_sessions, ERXDP_DEF_SESSIONS);
}

static void test_missing_file(void **state)
{
	struct config config;
	char err[256] = "";

	(void)state;
	assert_int_equal(config_load(&config, "/nonexistent/erxdp.conf", false, err, 256), 0);
	assert_int_equal(config.port_min, 1);
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
				 "accounting = yes\n"
				 "[timeouts]\n"
				 "udp = 7m\n"
				 "tcp-established = 3h4m # comment\n"
				 "tcp-transitory = 250s\n"
				 "tcp-closing = 5m\n"
				 "icmp = 61\n"
				 "other = 20m\n");

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
	assert_true(c.accounting);
	assert_int_equal(c.timeout[TIMEOUT_UDP], 420);
	assert_int_equal(c.timeout[TIMEOUT_TCP_ESTABLISHED], 11040);
	assert_int_equal(c.timeout[TIMEOUT_TCP_TRANSITORY], 250);
	assert_int_equal(c.timeout[TIMEOUT_TCP_CLOSING], 300);
	assert_int_equal(c.timeout[TIMEOUT_ICMP], 61);
	assert_int_equal(c.timeout[TIMEOUT_OTHER], 1200);
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
	{"uplink = bond0\n", "1: expected a section first: [interfaces], [nat], [uplink DEVICE], "
			     "[inside PREFIX], [forward] or [timeouts]"},
	{"\n[net]\n", "2: [net]: unknown section; expected [interfaces], [nat], [uplink DEVICE], "
		      "[inside PREFIX], [forward] or [timeouts]"},
	{"[nat\nports = 1-2\n", "1: expected [SECTION]"},
	{"[nat]\nport = 1-2\n", "2: port: unknown key in [nat]; did you mean ports of [nat]?"},
	{"[nat]\nudp = 5\n", "2: udp: unknown key in [nat]; did you mean udp of [timeouts]?"},
	{"[nat]\nflavour = 5\n", "2: flavour: unknown key in [nat]; erxdp.conf(5) lists the keys"},
	{"[nat]\nports\n", "2: expected KEY = VALUE or [SECTION]"},
	{"[nat]\nmark-shift = 1\nmark-shift = 2\n", "3: mark-shift: given twice"},
	{"[nat]\naccounting = 1\n", "2: accounting: expected yes or no, not \"1\""},
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
	{"[uplink]\n", "1: [uplink]: expected the name of a network device, as in [uplink bond0]"},
	{"[uplink a/b]\n",
	 "1: [uplink a/b]: expected the name of a network device, as in [uplink bond0]"},
	{"[uplink uplink]\n",
	 "1: [uplink uplink]: expected the name of a network device, as in [uplink bond0]"},
	{"[nat bond0]\n", "1: [nat bond0]: unknown section; expected [interfaces], [nat], [uplink "
			  "DEVICE], [inside PREFIX], [forward] or [timeouts]"},
	{"[inside 10.0.2.4/24]\n", "1: [inside 10.0.2.4/24]: expected a prefix (bits behind the "
				   "length zero), as in [inside 10.0.2.0/24]"},
	{"[interfaces]\nuplink = bond0\n[uplink eth2]\nsource = 192.0.2.1\n",
	 "3: [uplink eth2]: not among the uplinks of [interfaces]; add eth2 there, or take uplink "
	 "out of [interfaces]"},
	{"[uplink b]\nsource = 192.0.2.1-192.0.2.17\n",
	 "2: source: expected addresses and ranges, at most 16 in all, such as "
	 "203.0.113.8-203.0.113.11, not \"192.0.2.1-192.0.2.17\""},
	{"[uplink b]\nsource = 192.0.2.9-192.0.2.1\n",
	 "2: source: expected addresses and ranges, at most 16 in all, such as "
	 "203.0.113.8-203.0.113.11, not \"192.0.2.9-192.0.2.1\""},
	{"[uplink b]\nsource = 127.0.0.1\n",
	 "2: source: expected addresses and ranges, at most 16 in all, such as "
	 "203.0.113.8-203.0.113.11, not \"127.0.0.1\""},
	{"[uplink b]\nsource = b\n", "2: source: expected addresses and ranges, at most 16 in all, "
				     "such as 203.0.113.8-203.0.113.11, not \"b\""},
	{"[uplink b]\nsource = 192.0.2.1-192.0.2.16\n  192.0.2.20\n",
	 "3: source: too many, at 192.0.2.20"},
	{"[uplink b]\nsource = 192.0.2.1\nsource = 192.0.2.2\n", "3: source: given twice"},
	{"[uplink b]\nsource = 192.0.2.1\n[uplink b]\nsource = 192.0.2.2\n",
	 "4: source: given twice"},
	{"[uplink b]\nports = 1-2\n",
	 "2: ports: unknown key in [uplink b]; did you mean ports of [nat]?"},
	{"[nat]\nsource = 192.0.2.1\n",
	 "2: source: unknown key in [nat]; did you mean source of [uplink]?"},
	{"[uplink b]\nbehavior = rfc\n",
	 "2: behavior: unknown key in [uplink b]; did you mean behaviour of [uplink b]?"},
	{"[inside 10.0.0.0/8]\nexempt-source = 10.0.0.0/8\n",
	 "2: exempt-source: unknown key in [inside 10.0.0.0/8]; did you mean exempt-source of "
	 "[nat]?"},
	{"[nat]\nbehaviour = full-cone\n",
	 "2: behaviour: expected compat or rfc, not \"full-cone\""},
	{"[nat]\nbehaviour = rfc\nfiltering = none\n",
	 "3: filtering: expected endpoint-independent, address or address-and-port, not \"none\""},
	{"[nat]\nfiltering = address\n", "2: filtering: means something with behaviour = rfc only; "
					 "add that, or take filtering out"},
	{"[nat]\nbehaviour = rfc\n[uplink b]\nbehaviour = compat\nfiltering = address\n",
	 "5: filtering: means something with behaviour = rfc only; add that, or take filtering "
	 "out"},
	{"[nat]\ninbound-refresh = on\n", "2: inbound-refresh: expected yes or no, not \"on\""},
	{"[nat]\nmax-sessions-per-host = -1\n",
	 "2: max-sessions-per-host: expected a number from 0 (no limit) to 4194304, not \"-1\""},
	{"[nat]\nnew-sessions-per-second = many\n", "2: new-sessions-per-second: expected a number "
						    "from 0 (no limit) to 1000000, not \"many\""},
	{"[nat]\nport-block-prefix = 10.0.2.4/24\n",
	 "2: port-block-prefix: expected a prefix such as 10.0.2.0/24 (bits behind the length "
	 "zero), not \"10.0.2.4/24\""},
	{"[nat]\nport-block-size = 100\n",
	 "2: port-block-size: expected a power of two from 1 to 32768, not \"100\""},
	{"[nat]\nport-block-size = 128\n",
	 "2: port-block-size: expected port-block-prefix with it"},
	{"[nat]\nport-block-prefix = 10.0.2.0/24\n",
	 "2: port-block-prefix: expected port-block-size with it"},
	{"[inside 10.0.2.0/24]\nport-block-size = 512\n",
	 "2: port-block-size: the 256 hosts of the prefix with 512 ports each do not fit into "
	 "ports 1024-65535"},
	{"[forward]\ntcp uplink 8080 = 10.0.2.4:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink 8080:10.0.2.4:80\""},
	{"[forward]\ntcp uplink:8080 : 10.0.2.4:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink:8080 : 10.0.2.4:80\""},
	{"[forward]\nsctp uplink:8080 = 10.0.2.4:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"sctp uplink:8080 = 10.0.2.4:80\""},
	{"[forward]\ntcp uplink:0 = 10.0.2.4:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink:0 = 10.0.2.4:80\""},
	{"[forward]\ntcp uplink:80 = 10.0.2.0/24:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink:80 = 10.0.2.0/24:80\""},
	{"[forward]\ntcp uplink:80 = 10.0.2.4\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink:80 = 10.0.2.4\""},
	{"[forward]\ntcp 192.0.2.300:80 = 10.0.2.4:80\n",
	 "2: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp 192.0.2.300:80 = 10.0.2.4:80\""},
	{"[forward]\ntcp uplink:80 = 10.0.2.4:80\n   81\n",
	 "3: expected PROTOCOL OUTSIDE:PORTS = INSIDE:PORTS, such as tcp uplink:8080 = "
	 "10.0.2.4:80, not \"tcp uplink:81\""},
	{"[forward]\nudp uplink:80-89 = 10.0.2.4:80-88\n",
	 "2: udp uplink:80-89: expected 10 inside ports, as many as outside"},
	{"[forward]\nudp uplink:80 = 10.0.2.4:80-81\n",
	 "2: udp uplink:80: expected 1 inside port, as many as outside"},
	{"[forward]\nudp uplink:80-89 = 10.0.2.4:80-89\nudp uplink:89 = 10.0.2.5:1\n",
	 "3: udp uplink:89: forwarded already, in line 2"},
	{"[forward]\ntcp 192.0.2.1:80 = 10.0.2.4:80\ntcp 192.0.2.1:80 = 10.0.2.4:80\n",
	 "3: tcp 192.0.2.1:80: forwarded already, in line 2"},
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

static void test_policies(void **state)
{
	struct config c = loaded("[inside 10.0.2.0/24]\n"
				 "behaviour = rfc\n"
				 "port-block-size = 128\n"
				 "[nat]\n"
				 "filtering = address\n"
				 "max-sessions-per-host = 1000\n"
				 "[uplink bond1]\n"
				 "inbound-refresh = no\n"
				 "new-sessions-per-second = 50\n"
				 "[inside 10.0.0.0/16]\n"
				 "behaviour = rfc\n"
				 "inbound-refresh = yes\n"
				 "filtering = address-and-port\n"
				 "max-sessions-per-host = 0\n");
	const struct policy *p = c.policy;

	(void)state;
	assert_int_equal(c.npolicies, 4);
	assert_int_equal(p[0].behaviour, BEHAVIOUR_COMPAT);
	assert_int_equal(p[0].flags, POLICY_INBOUND_REFRESH);
	/* In the file's order; what a section leaves out is [nat]'s, wherever that stands. */
	assert_int_equal(p[1].behaviour, BEHAVIOUR_RFC);
	assert_int_equal(p[1].filtering, FILTERING_ADDRESS);
	assert_int_equal(p[1].flags, 0);
	assert_int_equal(p[1].max_sessions, 1000);
	assert_int_equal(p[1].block_prefix, inet_addr("10.0.2.0"));
	assert_int_equal(p[1].block_prefixlen, 24);
	assert_int_equal(p[1].block_size, 128);
	assert_int_equal(p[2].behaviour, BEHAVIOUR_COMPAT);
	assert_int_equal(p[2].flags, 0);
	assert_int_equal(p[2].max_rate, 50);
	assert_int_equal(p[2].block_size, 0);
	assert_int_equal(p[3].filtering, FILTERING_ADDRESS_PORT);
	assert_int_equal(p[3].flags, POLICY_INBOUND_REFRESH);
	assert_int_equal(p[3].max_sessions, 0);
	/* The longest prefix, else the uplink's. */
	assert_int_equal(config_policy_of(&c, "bond1", inet_addr("10.0.2.9")), 1);
	assert_int_equal(config_policy_of(&c, "bond1", inet_addr("10.0.3.9")), 3);
	assert_int_equal(config_policy_of(&c, "bond1", inet_addr("10.1.0.9")), 2);
	assert_int_equal(config_policy_of(&c, "bond0", inet_addr("10.1.0.9")), 0);
}

static void test_refresh_follows_behaviour(void **state)
{
	(void)state;
	assert_int_equal(loaded("[nat]\nbehaviour = rfc\n").policy[0].flags, 0);
	assert_int_equal(loaded("[nat]\nbehaviour = rfc\ninbound-refresh = yes\n").policy[0].flags,
			 POLICY_INBOUND_REFRESH);
	assert_int_equal(
		loaded("[nat]\ninbound-refresh = no\n[inside 0.0.0.0/0]\n").policy[1].flags, 0);
}

static void test_uplinks(void **state)
{
	struct config c = loaded("[nat]\n"
				 "exempt-source = 10.9.0.0/16\n"
				 "[uplink bond0]\n"
				 "source = 203.0.113.8-203.0.113.10, 203.0.113.77\n"
				 "exempt-destination = 10.0.0.0/8, 198.51.100.0/24\n"
				 "  198.51.101.0/24\n"
				 "[uplink ppp0]\n"
				 "exempt-source =\n"
				 "[uplink bond0]\n"
				 "behaviour = rfc\n");
	const struct config_uplink *bond0 = config_find_uplink(&c, "bond0");
	const struct config_uplink *ppp0 = config_find_uplink(&c, "ppp0");

	(void)state;
	assert_int_equal(c.nuplinks, 2);
	assert_string_equal(c.uplink[0], "bond0");
	assert_string_equal(c.uplink[1], "ppp0");
	assert_int_equal(bond0->npool, 4);
	assert_int_equal(bond0->pool[0], inet_addr("203.0.113.8"));
	assert_int_equal(bond0->pool[2], inet_addr("203.0.113.10"));
	assert_int_equal(bond0->pool[3], inet_addr("203.0.113.77"));
	assert_true(bond0->own_exempt_dst);
	assert_false(bond0->own_exempt_src);
	assert_int_equal(bond0->nexempt_dst, 3);
	assert_int_equal(c.policy[bond0->policy].behaviour, BEHAVIOUR_RFC);
	/* An empty list of its own is none, not the global one. */
	assert_true(ppp0->own_exempt_src);
	assert_int_equal(ppp0->nexempt_src, 0);
	assert_false(ppp0->own_exempt_dst);
	assert_null(config_find_uplink(&c, "eth0"));
	c = loaded("[uplink a]\n[interfaces]\nuplink = b, a\n");
	assert_int_equal(c.nuplinks, 2);
	assert_string_equal(c.uplink[0], "b");
}

static void test_forwards(void **state)
{
	struct config c = loaded("[forward]\n"
				 "tcp 147.75.94.195:8080 = 10.0.2.4:80\n"
				 "  udp uplink:5000-5010=10.0.2.4:6000-6010 # games\n"
				 "tcp\tbond1 : 443 = 10.0.2.5 : 443\n"
				 "tcp uplink:8080 = 10.0.2.9:8080\n");
	char text[64];

	(void)state;
	assert_int_equal(c.nforwards, 4);
	assert_int_equal(c.forward[0].proto, 6);
	assert_int_equal(c.forward[0].addr, inet_addr("147.75.94.195"));
	assert_string_equal(c.forward[0].device, "");
	assert_int_equal(c.forward[0].first, 8080);
	assert_int_equal(c.forward[0].last, 8080);
	assert_int_equal(c.forward[0].inside, inet_addr("10.0.2.4"));
	assert_int_equal(c.forward[0].inside_first, 80);
	assert_int_equal(c.forward[1].proto, 17);
	assert_string_equal(c.forward[1].device, CONFIG_ANY_UPLINK);
	assert_int_equal(c.forward[1].last, 5010);
	assert_int_equal(c.forward[1].inside_first, 6000);
	assert_string_equal(c.forward[2].device, "bond1");
	assert_int_equal(c.forward[2].line, 4);
	assert_string_equal(config_forward_name(&c.forward[1], text), "udp uplink:5000-5010");
	assert_string_equal(config_forward_name(&c.forward[0], text), "tcp 147.75.94.195:8080");
}

static void test_too_many_sections(void **state)
{
	struct config config;
	char err[256], text[4096] = "";

	(void)state;
	for (int i = 0; i <= CONFIG_MAX_UPLINKS; i++)
		sprintf(text + strlen(text), "[uplink eth%d]\n", i);
	assert_int_equal(load(&config, text, err), -EINVAL);
	assert_non_null(strstr(err, ":17: [uplink eth16]: too many sections"));
	text[0] = '\0';
	for (int i = 0; i < ERXDP_MAX_POLICIES; i++)
		sprintf(text + strlen(text), "[inside 10.0.%d.0/24]\n", i);
	assert_int_equal(load(&config, text, err), -EINVAL);
	assert_non_null(strstr(err, ":64: [inside 10.0.63.0/24]: too many sections"));
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

static unsigned int inside_policy(const struct config *config, const char *addr)
{
	return config_policy_of(config, "b", inet_addr(addr));
}

/* Between two writes to the tables no host must get the policy of another section. */
static void test_policies_keep_their_numbers(void **state)
{
	struct config old = loaded("[uplink b]\n[inside 10.0.1.0/24]\nmax-sessions-per-host = 1\n"
				   "[inside 10.0.2.0/24]\nmax-sessions-per-host = 2\n");
	struct config next = loaded("[inside 10.0.3.0/24]\nmax-sessions-per-host = 3\n"
				    "[inside 10.0.2.0/24]\nmax-sessions-per-host = 22\n"
				    "[uplink b]\nmax-sessions-per-host = 9\n");

	(void)state;
	config_keep_policies(&next, &old);
	assert_int_equal(inside_policy(&next, "10.0.2.9"), inside_policy(&old, "10.0.2.9"));
	assert_int_equal(inside_policy(&next, "10.0.9.9"), inside_policy(&old, "10.0.9.9"));
	assert_int_equal(next.policy[inside_policy(&next, "10.0.2.9")].max_sessions, 22);
	assert_int_equal(next.policy[inside_policy(&next, "10.0.9.9")].max_sessions, 9);
	/* Not that of the section which goes: its hosts have it until they have another one. */
	assert_int_not_equal(inside_policy(&next, "10.0.3.9"), inside_policy(&old, "10.0.1.9"));
	assert_int_equal(next.policy[inside_policy(&next, "10.0.3.9")].max_sessions, 3);
	assert_true(inside_policy(&next, "10.0.3.9") < next.npolicies);
	assert_int_equal(next.policy[0].max_sessions, 0);
}

/* As many sections as there can be, all others than before. */
static void test_policies_that_all_change(void **state)
{
	static char text[2][ERXDP_MAX_POLICIES * 64];
	struct config old, next;
	bool seen[ERXDP_MAX_POLICIES] = {};

	(void)state;
	for (unsigned int side = 0; side < 2; side++)
		for (unsigned int i = 1; i < ERXDP_MAX_POLICIES; i++)
			sprintf(text[side] + strlen(text[side]),
				"[inside 10.%u.%u.0/24]\nmax-sessions-per-host = %u\n", side, i, i);
	old = loaded(text[0]);
	next = loaded(text[1]);
	config_keep_policies(&next, &old);
	assert_int_equal(next.npolicies, ERXDP_MAX_POLICIES);
	for (unsigned int i = 0; i < next.ninside_sections; i++) {
		unsigned int number = next.inside_section[i].policy;

		assert_in_range(number, 1, ERXDP_MAX_POLICIES - 1);
		assert_false(seen[number]);
		seen[number] = true;
		assert_int_equal(next.policy[number].max_sessions, i + 1);
	}
}

static void test_lines_are_known(void **state)
{
	struct config config =
		loaded("[nat]\n\nmax-sessions = 5\n[uplink b]\n"
		       "[inside 10.0.1.0/24]\nfiltering = address\nbehaviour = rfc\n");

	(void)state;
	assert_int_equal(config_line(&config, "max-sessions"), 3);
	assert_int_equal(config_line(&config, "ports"), 0);
	assert_int_equal(config_line(&config, "filtering"), 0);
	assert_int_equal(config_find_uplink(&config, "b")->line, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"an empty file is the defaults: UDP 5 min, ICMP 60 s, TCP 2 h 4 min and 4 min "
		 "[RFC 4787 REQ-5c] [RFC 5508 REQ-2] [RFC 5382 REQ-5] [RFC 7857 2.1] [RFC 7857 "
		 "2.2]",
		 test_empty_file_is_the_defaults, NULL, NULL, NULL},
		cmocka_unit_test(test_missing_file),
		{"every key is read, those of the timeouts too [RFC 4787 REQ-5b] [RFC 5382 REQ-5a] "
		 "[RFC 5508 REQ-2a] [RFC 7857 2.1]",
		 test_every_key, NULL, NULL, NULL},
		cmocka_unit_test(test_indented_keys_and_continued_lists),
		cmocka_unit_test(test_empty_list_means_none),
		cmocka_unit_test(test_no_newline_at_the_end),
		cmocka_unit_test(test_errors_name_line_and_key_and_change_nothing),
		{"filtering and limits are read, by uplink and inside prefix [RFC 4787 REQ-8a] "
		 "[RFC 5382 REQ-3a] [RFC 6888 REQ-4a] [RFC 6888 REQ-4c]",
		 test_policies, NULL, NULL, NULL},
		{"what comes in prolongs a mapping where that is asked for [RFC 4787 REQ-6a]",
		 test_refresh_follows_behaviour, NULL, NULL, NULL},
		{"an uplink has a pool of ranges and single addresses [RFC 6888 REQ-3]",
		 test_uplinks, NULL, NULL, NULL},
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_policies_keep_their_numbers),
		cmocka_unit_test(test_policies_that_all_change),
		cmocka_unit_test(test_lines_are_known),
		cmocka_unit_test(test_too_many_sections),
		cmocka_unit_test(test_overlong_line_and_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
