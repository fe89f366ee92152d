// SPDX-License-Identifier: GPL-2.0-only
/*
 * A firewall's rules, read for what they do: whether forwarded packets would be dropped, on which
 * devices, by whose rules. A rule misread here is a firewall that is bypassed without a word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "findings.h"
#include "nft_rules.h"
#include "ruleset.h"

static const struct {
	const char *text;
	unsigned int does;
} rules[] = {
	{"ip saddr 10.0.0.0/8 counter drop", RULE_DROPS},
	{"iifname \"up0\"  counter reject with icmp type admin-prohibited", RULE_DROPS},
	{"tcp dport vmap { 22 : drop, 23 : accept }", RULE_DROPS | RULE_SPARES},
	{"counter accept comment \"drop\"", RULE_SPARES},
	{"log prefix \"drop \" accept", RULE_SPARES},
	{"iifname \"drop\" accept", RULE_SPARES},
	{"jump drops", 0},
	{"counter packets 0 bytes 0", 0},
	{"oifname \"up0\" masquerade fully-random", RULE_MASQUERADES},
	{"oifname \"up0\" snat to 192.0.2.7", RULE_SNATS},
	{"tcp dport 80 dnat to 10.0.0.1:8080", RULE_DNATS},
	{"tcp dport 80 redirect to :8080", RULE_DNATS},
	{"xt target \"TPROXY\"", 0},
	{"xt target \"NETMAP\"", RULE_SNATS},
	{"-A FORWARD -i up0 -j DROP", RULE_DROPS},
	{"-A FORWARD -i up0 -j DROPS", 0},
	{"-A POSTROUTING -o up0 -j SNAT --to-source 192.0.2.7", RULE_SNATS},
};

static void test_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rule_does(rules[i].text) != rules[i].does)
			fail_msg("%s: %x", rules[i].text, rule_does(rules[i].text));
}

static const struct {
	const char *text, *in, *out;
} devices[] = {
	{"iifname \"up0\" drop", "up0", ""},
	{"iifname \"up0\" oifname \"in0\" drop", "up0", "in0"},
	{"oif \"in0\" drop", "", "in0"},
	{"oifname != \"in0\" drop", "", ""},
	{"iifname { \"up0\", \"up1\" } drop", "", ""},
	{"iifname @wan drop", "", ""},
	{"iifname \"up*\" drop", "", ""},
	{"iifname vmap { \"a\" : drop }", "", ""},
	{"ip saddr 10.0.0.1 drop", "", ""},
	{"-A FORWARD -i up0 ! -o in0 -j DROP", "up0", ""},
	{"-A FORWARD -i up+ -j DROP", "", ""},
	{"-A FORWARD -s 10.0.0.1 -o in0 -j DROP", "", "in0"},
};

static void test_devices(void **state)
{
	char name[32];

	(void)state;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		rule_device(devices[i].text, false, name, sizeof(name));
		if (strcmp(name, devices[i].in))
			fail_msg("%s: in by \"%s\"", devices[i].text, name);
		rule_device(devices[i].text, true, name, sizeof(name));
		if (strcmp(name, devices[i].out))
			fail_msg("%s: out by \"%s\"", devices[i].text, name);
	}
}

static void test_source(void **state)
{
	char addr[64];

	(void)state;
	rule_source("oifname \"up0\" counter snat to 192.0.2.7", addr, sizeof(addr));
	assert_string_equal(addr, "192.0.2.7");
	rule_source("snat ip to 192.0.2.8-192.0.2.9 persistent", addr, sizeof(addr));
	assert_string_equal(addr, "192.0.2.8-192.0.2.9");
	rule_source("-A POSTROUTING -j SNAT --to-source 192.0.2.7", addr, sizeof(addr));
	assert_string_equal(addr, "192.0.2.7");
	rule_source("masquerade", addr, sizeof(addr));
	assert_string_equal(addr, "");
}

/* As nft 1.0.6 lists it. */
static const char json[] =
	"{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}},"
	"{\"table\": {\"family\": \"ip\", \"name\": \"filter\", \"handle\": 1}},"
	"{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"FORWARD\", "
	"\"handle\": 1, \"type\": \"filter\", \"hook\": \"forward\", \"prio\": 0, "
	"\"policy\": \"drop\"}},"
	"{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"DOCKER-USER\", "
	"\"handle\": 2}},"
	"{\"map\": {\"family\": \"ip\", \"name\": \"m\", \"table\": \"filter\", \"type\": "
	"\"inet_service\", \"handle\": 9, \"map\": \"verdict\", \"elem\": [[22, {\"drop\": null}], "
	"[23, {\"jump\": {\"target\": \"other\"}}]]}},"
	"{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"other\", "
	"\"handle\": 7}},"
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"FORWARD\", "
	"\"handle\": 3, \"expr\": []}},"
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"FORWARD\", "
	"\"handle\": 4, \"expr\": []}},"
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"DOCKER-USER\", "
	"\"handle\": 5, \"expr\": []}},"
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"FORWARD\", "
	"\"handle\": 6, \"expr\": []}},"
	"{\"rule\": {\"family\": \"ip\", \"table\": \"filter\", \"chain\": \"other\", "
	"\"handle\": 8, \"expr\": []}},"
	"{\"table\": {\"family\": \"ip6\", \"name\": \"filter\", \"handle\": 2}},"
	"{\"chain\": {\"family\": \"ip6\", \"table\": \"filter\", \"name\": \"FORWARD\", "
	"\"handle\": 1, \"type\": \"filter\", \"hook\": \"forward\", \"prio\": 0, "
	"\"policy\": \"drop\"}},"
	"{\"rule\": {\"family\": \"ip6\", \"table\": \"filter\", \"chain\": \"FORWARD\", "
	"\"handle\": 3, \"expr\": []}},"
	"{\"chain\": {\"family\": \"ip\", \"table\": \"erxdp\", \"name\": \"forward\", "
	"\"handle\": 1, \"type\": \"filter\", \"hook\": \"forward\", \"prio\": -150, "
	"\"policy\": \"accept\"}}]}";

static const char text[] =
	"table ip filter { # handle 1\n"
	"	map m { # handle 9\n"
	"		type inet_service : verdict\n"
	"		elements = { 22 : drop, 23 : jump other }\n"
	"	}\n"
	"\n"
	"	chain FORWARD { # handle 1\n"
	"		type filter hook forward priority filter; policy drop;\n"
	"		iifname \"docker0\" jump DOCKER-USER # handle 3\n"
	"		ip saddr { 1.1.1.1, 1.1.1.2,\n"
	"			     1.1.1.3 } accept comment \"# handle 99\" # handle 4\n"
	"		tcp dport vmap @m # handle 6\n"
	"	}\n"
	"\n"
	"	chain DOCKER-USER { # handle 2\n"
	"		drop # handle 5\n"
	"	}\n"
	"\n"
	"	chain other { # handle 7\n"
	"		counter # handle 8\n"
	"	}\n"
	"}\n"
	"table ip6 filter { # handle 2\n"
	"	chain FORWARD { # handle 1\n"
	"		type filter hook forward priority filter; policy drop;\n"
	"		drop # handle 3\n"
	"	}\n"
	"}\n";

static void read_example(struct ruleset *rs)
{
	memset(rs, 0, sizeof(*rs));
	assert_int_equal(nft_rules_parse(rs, json, text), 0);
}

static void test_parse(void **state)
{
	struct ruleset rs;

	(void)state;
	read_example(&rs);
	assert_int_equal(rs.nchains, 3); /* neither IPv6's nor erxdp's own */
	assert_string_equal(rs.chain[0].table, "ip filter");
	assert_string_equal(rs.chain[0].hook, "forward");
	assert_true(rs.chain[0].drops);
	assert_string_equal(rs.chain[1].hook, "");
	assert_int_equal(rs.nrules, 5);
	assert_string_equal(rs.rule[0].text, "iifname \"docker0\" jump DOCKER-USER");
	assert_string_equal(rs.rule[1].text, "ip saddr { 1.1.1.1, 1.1.1.2, 1.1.1.3 } accept "
					     "comment \"# handle 99\"");
	assert_string_equal(rs.rule[2].text, "tcp dport vmap @m # @m: drop jump other");
	ruleset_free(&rs);
}

static void test_parse_garbage(void **state)
{
	struct ruleset rs = {};

	(void)state;
	assert_true(nft_rules_parse(&rs, "{\"nftables\": 3}", "") < 0);
	assert_true(nft_rules_parse(&rs, "no json", "") < 0);
	assert_int_equal(nft_rules_parse(&rs, "{\"nftables\": []}", text), 0);
	assert_int_equal(rs.nrules, 0);
	ruleset_free(&rs);
}

/* A device of the case's, and what a walk has told. */
struct told {
	const char *device;
	char text[512];
};

static bool is_ours(const char *name, void *arg)
{
	const struct told *told = arg;

	return !strcmp(name, told->device);
}

static void tell(const struct rule *rule, const struct rule_chain *chain, bool matters, void *arg)
{
	struct told *told = arg;
	size_t len = strlen(told->text);

	snprintf(told->text + len, sizeof(told->text) - len, "%s %.5s%s\n", chain->name, rule->text,
		 matters ? "" : " (other devices)");
}

/* A rule that is reached by another device's packets only is told, and does not matter. */
static void test_walk(void **state)
{
	struct told told = {"up0", ""};
	struct ruleset rs;

	(void)state;
	read_example(&rs);
	ruleset_walk(&rs, 0, is_ours, tell, &told);
	assert_string_equal(told.text, "FORWARD iifna (other devices)\n"
				       "FORWARD ip sa\n"
				       "FORWARD tcp d\n"
				       "DOCKER-USER drop (other devices)\n"
				       "other count\n");
	told = (struct told){"docker0", ""};
	ruleset_walk(&rs, 0, is_ours, tell, &told);
	assert_non_null(strstr(told.text, "DOCKER-USER drop\n"));
	ruleset_free(&rs);
}

static void count(const struct rule *rule, const struct rule_chain *chain, bool matters, void *arg)
{
	(void)rule;
	(void)chain;
	(void)matters;
	++*(unsigned int *)arg;
}

static bool all(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return true;
}

/* The kernel refuses circles; a reader must end all the same. */
static void test_circle(void **state)
{
	struct ruleset rs = {};
	unsigned int n = 0;

	(void)state;
	assert_non_null(ruleset_add_chain(&rs, "ip t", "a"));
	assert_non_null(ruleset_add_chain(&rs, "ip t", "b"));
	assert_int_equal(ruleset_add_rule(&rs, "ip t", "a", "jump b"), 0);
	assert_int_equal(ruleset_add_rule(&rs, "ip t", "b", "goto a"), 0);
	assert_int_equal(ruleset_add_rule(&rs, "ip t", "c", "drop"), -2 /* ENOENT */);
	ruleset_walk(&rs, 0, all, count, &n);
	assert_int_equal(n, 2);
	ruleset_free(&rs);
}

static void test_owner(void **state)
{
	struct rule_chain forward = {.table = "ip filter", .name = "FORWARD", .hook = "forward"};
	struct rule_chain plain = {.table = "inet filter", .name = "forward", .hook = "forward"};
	struct rule_chain own = {.table = "ip filter", .name = "forward", .hook = "forward"};
	struct rule_chain ufw = {.table = "ip filter", .name = "ufw-before-forward"};
	struct rule_chain firewalld = {.table = "inet firewalld", .name = "filter_FORWARD"};
	struct rule_chain old = {.table = "ip filter", .name = "FORWARD", .legacy = true};

	(void)state;
	assert_string_equal(rule_owner(&forward, "drop"), "iptables-nft");
	assert_string_equal(rule_owner(&forward, "jump DOCKER-USER"), "Docker");
	assert_string_equal(rule_owner(&forward, "counter jump ufw-before-forward"), "ufw");
	assert_string_equal(rule_owner(&plain, "drop"), "nftables");
	assert_string_equal(rule_owner(&own, "drop"), "nftables");
	assert_string_equal(rule_owner(&ufw, "accept"), "ufw");
	assert_string_equal(rule_owner(&firewalld, "accept"), "firewalld");
	assert_string_equal(rule_owner(&old, "-A FORWARD -j DROP"), "iptables-legacy");
}

static void test_findings(void **state)
{
	struct findings f = {};
	struct finding *first = finding_get(&f, SEVERITY_NOTE, "key", "a"), *second;

	(void)state;
	finding_fact(&f, first, "fact %d", 1);
	finding_get(&f, SEVERITY_NOTE, "key", "b");
	second = finding_get(&f, SEVERITY_ERROR, "key", "a");
	assert_ptr_equal(first, second);
	assert_int_equal(second->severity, SEVERITY_ERROR);
	finding_get(&f, SEVERITY_WARNING, "key", "a");
	assert_int_equal(second->severity, SEVERITY_ERROR);
	assert_int_equal(f.n, 2);
	assert_int_equal(findings_count(&f, SEVERITY_ERROR), 1);
	assert_string_equal(first->fact[0], "fact 1");
	finding_say(NULL, "nothing");
	finding_fact(&f, NULL, "nothing");
	findings_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_does),	      cmocka_unit_test(test_devices),
		cmocka_unit_test(test_source),	      cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_garbage), cmocka_unit_test(test_walk),
		cmocka_unit_test(test_circle),	      cmocka_unit_test(test_owner),
		cmocka_unit_test(test_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
