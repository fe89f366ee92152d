// SPDX-License-Identifier: GPL-2.0-only
/*
 * What NAT rules come to, as a configuration: rules in iptables' words, evaluated on a host like
 * the seed's. Each case prints the configuration, has erxdp's own reader read it, and prints it
 * again.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_print.h"
#include "config_values.h"
#include "explain.h"
#include "import.h"
#include "proto_names.h"
#include "read_frr.h"

#define PRIVATE \
	"-d 10.0.0.0/8 -j RETURN", "-d 172.16.0.0/12 -j RETURN", "-d 192.168.0.0/16 -j RETURN"
#define SEED                                                   \
	PRIVATE, "! -s 192.168.0.1/32 -o bond0 -j MASQUERADE", \
		"! -s 10.79.30.129/32 -o bond0 -j MASQUERADE", \
		"! -s 147.75.94.195/32 -o bond0 -j MASQUERADE"
#define INTERFACES "[interfaces]\nuplink = bond0\ninside = bond0.1000\n\n[nat]\n"
#define EXEMPT	   "exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16\nexempt-source =\n"
#define MOST_RULES 16

static struct host_device devices[] = {
	{.name = "lo", .ifindex = 1},
	{.name = "bond0", .ifindex = 2, .ethernet = true, .uplink = true, .inside = true},
	{.name = "bond0.1000", .ifindex = 3, .ethernet = true, .inside = true},
	{.name = "docker0", .ifindex = 4},
	{.name = "up1", .ifindex = 5, .ethernet = true},
	{.name = "wg0", .ifindex = 6},
};
static struct host_address addresses[] = {
	{0x7f000001, 8, 0},  {0x934b5ec3, 31, 1}, {0x0a4f1e81, 31, 1},
	{0xc0a80001, 30, 2}, {0xac110001, 16, 3}, {0xcb007102, 24, 4},
};

struct test_case {
	const char *what;
	const char *rules[MOST_RULES]; /* "CHAIN:" or "CHAIN priority:" begins a chain */
	const char *config;
	unsigned int refused;
	const char *why; /* a part of a refusal's reason */
};

/* The reader of the rules' words; they are the tests' own, so a word that it does not know fails.
 */
struct words {
	struct nat_ruleset *set;
	const struct import_host *host;
	struct nat_rule *rule;
	char *rest;
};

static char *word(struct words *w)
{
	char *is = strsep(&w->rest, " ");

	assert_non_null(is);
	return is;
}

static struct ranges prefix_of(struct words *w, const char *text)
{
	struct config_prefix prefix;
	uint32_t first, hosts;

	assert_int_equal(value_prefix(text, &prefix), 0);
	first = ntohl(prefix.addr);
	hosts = prefix.len == 32 ? 0 : UINT32_MAX >> prefix.len;
	return ranges_of(&w->set->mem, first, first | hosts);
}

static struct ranges devices_of(struct words *w, char *text)
{
	size_t len = strlen(text);
	bool wildcard = text[len - 1] == '+';

	if (wildcard)
		text[len - 1] = '\0';
	return host_devices(&w->set->mem, w->host, text, wildcard);
}

static struct ranges ports_of(struct words *w, const char *text)
{
	uint16_t first, last;

	assert_int_equal(value_port_range(text, &first, &last), 0);
	return ranges_of(&w->set->mem, first, last);
}

/* ADDRESS[-ADDRESS][:PORT[-PORT][/BASE]] */
static void read_to(struct nat_to *to, char *text)
{
	char *ports = strchr(text, ':'), *base = strchr(text, '/'), *last;

	if (base) {
		*base = '\0';
		to->shift = true;
		to->base = atoi(base + 1);
	}
	if (ports) {
		*ports = '\0';
		assert_int_equal(value_port_range(ports + 1, &to->port_first, &to->port_last), 0);
	}
	if (!*text)
		return;
	last = strchr(text, '-');
	if (last)
		*last++ = '\0';
	to->first = ntohl(inet_addr(text));
	to->last = ntohl(inet_addr(last ? last : text));
}

static void read_verdict(struct words *w, const char *text, bool go)
{
	static const char *const names[] = {
		[NAT_ACCEPT] = "ACCEPT",  [NAT_RETURN] = "RETURN",	   [NAT_DROP] = "DROP",
		[NAT_SNAT] = "SNAT",	  [NAT_MASQUERADE] = "MASQUERADE", [NAT_DNAT] = "DNAT",
		[NAT_OTHER] = "REDIRECT", [NAT_CONTINUE] = "LOG",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!names[i] || strcmp(names[i], text))
			continue;
		w->rule->verdict = i;
		w->rule->does = names[i];
		return;
	}
	w->rule->verdict = go ? NAT_GOTO : NAT_JUMP;
	w->rule->target = nat_ruleset_text(w->set, "%s", text);
}

static void read_option(struct words *w, char *option, bool invert)
{
	if (!strcmp(option, "-s"))
		rule_match(w->set, w->rule, DIM_SRC, prefix_of(w, word(w)), invert);
	else if (!strcmp(option, "-d"))
		rule_match(w->set, w->rule, DIM_DST, prefix_of(w, word(w)), invert);
	else if (!strcmp(option, "-i"))
		rule_match(w->set, w->rule, DIM_IIF, devices_of(w, word(w)), invert);
	else if (!strcmp(option, "-o"))
		rule_match(w->set, w->rule, DIM_OIF, devices_of(w, word(w)), invert);
	else if (!strcmp(option, "-p"))
		rule_match(w->set, w->rule, DIM_PROTO,
			   ranges_of(&w->set->mem, proto_parse(w->rest), proto_parse(w->rest)),
			   invert);
	else if (!strcmp(option, "--dport"))
		rule_match(w->set, w->rule, DIM_DPORT, ports_of(w, word(w)), invert);
	else if (!strcmp(option, "--sport"))
		rule_match(w->set, w->rule, DIM_SPORT, ports_of(w, word(w)), invert);
	else if (!strcmp(option, "--local"))
		rule_match(w->set, w->rule, DIM_DST, host_local(&w->set->mem, w->host), invert);
	else if (!strcmp(option, "-m"))
		rule_unknown(w->set, w->rule, word(w));
	else if (!strcmp(option, "--own"))
		w->rule->own = "own";
	else if (!strcmp(option, "--to"))
		read_to(&w->rule->to, word(w));
	else if (!strcmp(option, "-j") || !strcmp(option, "-g"))
		read_verdict(w, word(w), option[1] == 'g');
	else
		fail_msg("no option %s", option);
}

static void read_rule(struct words *w, struct nat_chain *chain, const char *text)
{
	char *copy = strdup(text);
	bool invert = false;

	w->rule = nat_ruleset_rule(w->set, chain);
	w->rule->text = nat_ruleset_text(w->set, "%s", text);
	for (w->rest = copy; w->rest;) {
		char *option = word(w);

		if (!strcmp(option, "!")) {
			invert = true;
			continue;
		}
		if (!strcmp(option, "-p")) {
			char *proto = word(w), *rest = w->rest;

			w->rest = proto;
			read_option(w, option, invert);
			w->rest = rest;
		} else {
			read_option(w, option, invert);
		}
		invert = false;
	}
	free(copy);
}

static struct nat_chain *begin_chain(struct nat_ruleset *set, const char *text)
{
	char name[32];
	int priority = 100;
	struct nat_chain *chain;

	assert_true(sscanf(text, "%31[A-Z0-9] %d:", name, &priority) >= 1);
	/* Chains with a priority of their own are in a table of their own. */
	chain = nat_ruleset_chain(set, strchr(text, ' ') ? text : "ip nat", name);
	chain->priority = priority;
	if (!strcmp(name, "POSTROUTING"))
		chain->hook = HOOK_POSTROUTING;
	else if (!strcmp(name, "PREROUTING"))
		chain->hook = HOOK_PREROUTING;
	else if (!strcmp(name, "OUTPUT"))
		chain->hook = HOOK_OUTPUT;
	return chain;
}

static void begin(struct import *im, const char *const *rules)
{
	static struct config config;
	static struct host_device own[sizeof(devices) / sizeof(devices[0])];
	struct nat_chain *chain = NULL;
	struct words w;

	memcpy(own, devices, sizeof(own));
	*im = (struct import){.config = &config};
	nat_ruleset_begin(&im->set);
	im->host = (struct import_host){sizeof(own) / sizeof(own[0]), own,
					sizeof(addresses) / sizeof(addresses[0]), addresses};
	w = (struct words){.set = &im->set, .host = &im->host};
	for (; *rules; rules++) {
		if (strchr(*rules, ':') == *rules + strlen(*rules) - 1)
			chain = begin_chain(&im->set, *rules);
		else
			read_rule(&w, chain ?: (chain = begin_chain(&im->set, "POSTROUTING:")),
				  *rules);
	}
	nat_ruleset_link(&im->set);
	import_evaluate(im);
}

static char *printed(const struct config *config)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_print(out, config);
	fclose(out);
	return text;
}

/* The whole output, comments and all, must be read as what its configuration is. */
static void check_reader(const struct import *im, const char *expected)
{
	static struct config config;
	char path[] = "/tmp/erxdp-import-XXXXXX", err[512] = "", *again;
	FILE *file = fdopen(mkstemp(path), "w");

	explain_text(file, im);
	fclose(file);
	config_defaults(&config);
	if (config_load(&config, path, true, err, sizeof(err)))
		fail_msg("%s", err);
	unlink(path);
	again = printed(&config);
	assert_string_equal(again, expected);
	free(again);
}

static bool is_refused_for(const struct import *im, const char *why)
{
	for (const struct import_note *note = im->refusals; note; note = note->next)
		if (strstr(note->text, why))
			return true;
	for (struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			if (rule->fate == FATE_REFUSED && strstr(rule->why, why))
				return true;
	return false;
}

static void check_fates(const struct import *im)
{
	for (struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (struct nat_rule *rule = chain->rules; rule; rule = rule->next) {
			assert_int_not_equal(rule->fate, FATE_NONE);
			if (rule->fate == FATE_REFUSED)
				assert_true(*rule->why && *rule->remedy);
			else
				assert_true(*rule->meaning);
		}
}

static void run_case(void **state)
{
	const struct test_case *is = *state;
	struct import im;
	char *text;

	begin(&im, is->rules);
	text = printed(im.config);
	if (is->refused != import_refused(&im))
		explain_text(stderr, &im);
	assert_int_equal(import_refused(&im), is->refused);
	if (is->config)
		assert_string_equal(text, is->config);
	if (is->why && !is_refused_for(&im, is->why)) {
		explain_text(stderr, &im);
		fail_msg("no refusal says \"%s\"", is->why);
	}
	check_fates(&im);
	check_reader(&im, text);
	free(text);
	nat_ruleset_free(&im.set);
}

#define NOTHING_TRANSLATED INTERFACES "exempt-destination = 0.0.0.0/0\nexempt-source =\n"
#define ALL_TRANSLATED	   INTERFACES "exempt-destination =\nexempt-source =\n"
#define ALL		   "-o bond0 -j MASQUERADE"

static struct test_case cases[] = {
	{"the seed's six rules", {SEED}, INTERFACES EXEMPT, 0, NULL},
	{"of its last three, one alone exempts a source",
	 {PRIVATE, "! -s 192.168.0.1/32 -o bond0 -j MASQUERADE"},
	 INTERFACES "exempt-destination = 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16\n"
		    "exempt-source = 192.168.0.1\n",
	 0,
	 NULL},
	{"no rules: nothing is translated", {NULL}, NOTHING_TRANSLATED, 0, NULL},
	{"masquerade alone", {ALL}, ALL_TRANSLATED, 0, NULL},
	{"for another device only: nothing on the uplink",
	 {"-o docker0 -s 10.0.0.0/8 -j ACCEPT", "-o wg0 -j MASQUERADE"},
	 NOTHING_TRANSLATED,
	 0,
	 NULL},
	{"an exemption behind the translation exempts nothing",
	 {ALL, "-d 10.0.0.0/8 -j RETURN"},
	 ALL_TRANSLATED,
	 0,
	 NULL},
	{"ACCEPT exempts as RETURN does",
	 {"-d 10.0.0.0/8 -j ACCEPT", "-s 10.9.0.0/16 -j ACCEPT", ALL},
	 INTERFACES "exempt-destination = 10.0.0.0/8\nexempt-source = 10.9.0.0/16\n",
	 0,
	 NULL},
	{"a negated destination",
	 {"! -d 10.0.0.0/8 -o bond0 -j MASQUERADE"},
	 INTERFACES "exempt-destination = 10.0.0.0/8\nexempt-source =\n",
	 0,
	 NULL},
	{"one source only: all others are exempt",
	 {"-s 128.0.0.0/2 -o bond0 -j MASQUERADE"},
	 INTERFACES "exempt-destination =\nexempt-source = 0.0.0.0/1 192.0.0.0/3\n",
	 0,
	 NULL},
	{"a wildcard, and all devices but one",
	 {"-o bon+ ! -s 10.9.0.0/16 -j MASQUERADE", "! -o bond0 -j ACCEPT"},
	 NULL,
	 1,
	 "it translates what leaves by bond0.1000, too"},
	{"two prefixes that are one",
	 {"-d 10.0.0.0/9 -j RETURN", "-d 10.128.0.0/9 -j RETURN", ALL},
	 INTERFACES "exempt-destination = 10.0.0.0/8\nexempt-source =\n",
	 0,
	 NULL},

	/* Chains. */
	{"RETURN in a chain of one's own goes back to the rule behind the jump",
	 {"-j MINE", ALL, "MINE:", "-d 10.0.0.0/8 -j RETURN", "-d 11.0.0.0/8 -j ACCEPT"},
	 INTERFACES "exempt-destination = 11.0.0.0/8\nexempt-source =\n",
	 0,
	 NULL},
	{"from a chain that was gone to, the end is the end of the caller",
	 {"-d 10.0.0.0/8 -g MINE", ALL, "MINE:", "-d 10.1.0.0/16 -j LOG"},
	 INTERFACES "exempt-destination = 10.0.0.0/8\nexempt-source =\n",
	 0,
	 NULL},
	{"a jump behind a goto comes back to the first caller",
	 {"-j ONE", ALL, "ONE:", "-d 10.0.0.0/8 -g TWO", "-j ACCEPT", "TWO:", "-s 10.0.0.9 -j LOG"},
	 INTERFACES "exempt-destination = 0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 "
		    "32.0.0.0/3 64.0.0.0/2\n\t128.0.0.0/2 192.0.0.0/3\nexempt-source =\n",
	 0,
	 NULL},
	{"translation in a chain of one's own",
	 {"-o bond0 -j MINE", "MINE:", PRIVATE, "-j MASQUERADE"},
	 INTERFACES EXEMPT,
	 0,
	 NULL},
	{"what one table exempts, the next one translates",
	 {"POSTROUTING 90:", "-d 10.0.0.0/8 -j ACCEPT", "POSTROUTING 110:", ALL},
	 ALL_TRANSLATED,
	 0,
	 NULL},
	{"the table that comes first decides, whatever the order of reading",
	 {"POSTROUTING 110:", "-o bond0 -j SNAT --to 203.0.113.9", "POSTROUTING 90:",
	  "! -d 10.0.0.0/8 -o bond0 -j SNAT --to 203.0.113.8", "-o bond0 -j SNAT --to 203.0.113.8"},
	 INTERFACES "exempt-destination =\nexempt-source =\n\n[uplink bond0]\nsource = "
		    "203.0.113.8\n",
	 0,
	 NULL},
	{"a chain of the host's own traffic",
	 {ALL, "OUTPUT:", "-j DNAT --to 10.0.0.1"},
	 ALL_TRANSLATED,
	 0,
	 NULL},

	/* Translations. */
	{"a pool",
	 {PRIVATE, "-o bond0 -j SNAT --to 203.0.113.8-203.0.113.11"},
	 INTERFACES EXEMPT "\n[uplink bond0]\nsource = 203.0.113.8-203.0.113.11\n",
	 0,
	 NULL},
	{"a pool that is too large",
	 {"-o bond0 -j SNAT --to 203.0.113.0-203.0.113.16"},
	 NULL,
	 1,
	 "more than 16"},
	{"two translations on one uplink",
	 {"-s 10.1.0.0/16 -o bond0 -j SNAT --to 203.0.113.8", "-o bond0 -j MASQUERADE"},
	 NULL,
	 1,
	 "another translation on bond0 than that of POSTROUTING rule 1"},
	{"ports, of TCP and UDP alike",
	 {"-o bond0 -p tcp -j MASQUERADE --to :1024-65535",
	  "-o bond0 -p udp -j MASQUERADE --to :1024-65535", ALL},
	 INTERFACES "exempt-destination =\nexempt-source =\nports = 1024-65535\n",
	 0,
	 NULL},
	{"ports of TCP only",
	 {"-o bond0 -p tcp -j MASQUERADE --to :1024-65535", ALL},
	 NULL,
	 1,
	 "other outside ports"},
	{"two uplinks, alike",
	 {"-o bond0 -j MASQUERADE", "-o up1 -j MASQUERADE"},
	 "[interfaces]\nuplink = bond0 up1\ninside = bond0.1000\n\n[nat]\n"
	 "exempt-destination =\nexempt-source =\n",
	 0,
	 NULL},
	{"two uplinks with exemptions of their own",
	 {"-o bond0 ! -d 10.0.0.0/8 -j MASQUERADE",
	  "-o up1 ! -s 10.9.0.0/16 -j SNAT --to 203.0.113.2"},
	 "[interfaces]\nuplink = bond0 up1\ninside = bond0.1000\n\n[nat]\n"
	 "exempt-destination = 10.0.0.0/8\nexempt-source =\n\n[uplink up1]\nsource = 203.0.113.2\n"
	 "exempt-destination =\nexempt-source = 10.9.0.0/16\n",
	 0,
	 NULL},

	/* What cannot be said. */
	{"a source to a destination",
	 {"-s 10.1.0.0/16 -d 10.2.0.0/16 -j RETURN", ALL},
	 NULL,
	 1,
	 "by the source alone or by the destination alone"},
	{"a protocol exempt",
	 {"-p gre -j ACCEPT", ALL},
	 NULL,
	 1,
	 "exempt on bond0 is only protocol gre"},
	{"a protocol translated",
	 {"-p tcp -o bond0 -j MASQUERADE"},
	 NULL,
	 1,
	 "translated on bond0 is only protocol tcp"},
	{"a port exempt", {"-p udp --dport 500 -j ACCEPT", ALL}, NULL, 1, "port 500"},
	{"two pairs",
	 {"-s 10.1.0.0/16 -d 8.0.0.0/8 -o bond0 -j MASQUERADE",
	  "-s 10.2.0.0/16 -d 9.0.0.0/8 -o bond0 -j MASQUERADE"},
	 NULL,
	 2,
	 "translated on bond0 is only source 10.1.0.0/16, destination 8.0.0.0/8"},
	{"a match that is not understood", {"-m mark -j ACCEPT", ALL}, ALL_TRANSLATED, 1, "mark"},
	{"the same behind what decides already",
	 {ALL, "-o bond0 -m mark -j ACCEPT"},
	 ALL_TRANSLATED,
	 0,
	 NULL},
	{"one that no forwarded packet meets", {"--own -j ACCEPT", ALL}, ALL_TRANSLATED, 0, NULL},
	{"a jump that is not understood is not followed",
	 {"-m mark -j MINE", ALL, "MINE:", "-d 10.0.0.0/8 -j ACCEPT"},
	 ALL_TRANSLATED,
	 1,
	 "mark"},
	{"a bridge of the host's own is no uplink",
	 {"-o docker0 -j MASQUERADE", ALL},
	 ALL_TRANSLATED,
	 0,
	 NULL},
	{"drops", {"-d 10.0.0.0/8 -j DROP", ALL}, NULL, 1, "drops packets"},
	{"translation of what leaves by any device",
	 {"-j MASQUERADE"},
	 NULL,
	 1,
	 "what leaves by bond0.1000, too"},

	/* What erxdp does not see. */
	{"Docker's rule before the seed's",
	 {"-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", SEED},
	 INTERFACES EXEMPT,
	 0,
	 NULL},
	{"only what comes from inside",
	 {"-i bond0.1000 -o bond0 ! -d 10.0.0.0/8 -j MASQUERADE"},
	 INTERFACES "exempt-destination = 10.0.0.0/8\nexempt-source =\n",
	 0,
	 NULL},

	/* Forwardings. */
	{"a port of the uplink",
	 {ALL, "PREROUTING:", "-i bond0 -p tcp --dport 80 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED "\n[forward]\ntcp uplink:80 = 10.0.2.4:80\n",
	 0,
	 NULL},
	{"to another port",
	 {ALL, "PREROUTING:", "-i bond0 -p tcp --dport 80 -j DNAT --to 10.0.2.4:8080"},
	 ALL_TRANSLATED "\n[forward]\ntcp uplink:80 = 10.0.2.4:8080\n",
	 0,
	 NULL},
	{"of an address, a range, shifted",
	 {ALL, "PREROUTING:",
	  "-d 203.0.113.9 -p udp --dport 5000-5010 -j DNAT --to 10.0.2.4:6000-6010/5000"},
	 ALL_TRANSLATED "\n[forward]\nudp 203.0.113.9:5000-5010 = 10.0.2.4:6000-6010\n",
	 0,
	 NULL},
	{"one of two uplinks",
	 {ALL, "-o up1 -j MASQUERADE",
	  "PREROUTING:", "-i up1 -p tcp --dport 22 -j DNAT --to 10.0.2.4"},
	 "[interfaces]\nuplink = bond0 up1\ninside = bond0.1000\n\n[nat]\nexempt-destination =\n"
	 "exempt-source =\n\n[forward]\ntcp up1:22 = 10.0.2.4:22\n",
	 0,
	 NULL},
	{"a port that an address has already",
	 {ALL, "PREROUTING:", "-d 147.75.94.195 -p tcp --dport 80 -j DNAT --to 10.0.2.4",
	  "-i bond0 -p tcp --dport 80 -j DNAT --to 10.0.2.5"},
	 ALL_TRANSLATED "\n[forward]\ntcp 147.75.94.195:80 = 10.0.2.4:80\n"
			"tcp 10.79.30.129:80 = 10.0.2.5:80\n",
	 0,
	 NULL},
	{"an exempt port",
	 {ALL, "PREROUTING:", "-i bond0 -p tcp --dport 80 -j ACCEPT",
	  "-i bond0 -p tcp --dport 79-81 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED "\n[forward]\ntcp uplink:79 = 10.0.2.4:79\ntcp uplink:81 = 10.0.2.4:81\n",
	 0,
	 NULL},
	{"Docker's chain leads to what erxdp does not serve; a rule behind it is whole",
	 {ALL, "PREROUTING:", "--local -j DOCKER",
	  "-i bond0 -p tcp --dport 443 -j DNAT --to 10.0.2.4",
	  "DOCKER:", "! -i docker0 -p tcp --dport 8080 -j DNAT --to 172.17.0.2:80"},
	 ALL_TRANSLATED "\n[forward]\ntcp uplink:443 = 10.0.2.4:443\n",
	 0,
	 NULL},
	{"all of the host's addresses",
	 {ALL, "PREROUTING:", "--local -p tcp --dport 443 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED "\n[forward]\ntcp uplink:443 = 10.0.2.4:443\n",
	 0,
	 NULL},
	{"every protocol",
	 {ALL, "PREROUTING:", "-d 203.0.113.9 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED,
	 1,
	 "TCP or UDP only"},
	{"from some sources",
	 {ALL, "PREROUTING:", "-s 8.0.0.0/8 -i bond0 -p tcp --dport 80 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED,
	 1,
	 "for every source"},
	{"a part of a rule that could be said does not stand for the rule",
	 {ALL, "PREROUTING:", "-s 8.0.0.0/8 -p tcp --dport 81 -j ACCEPT",
	  "-i bond0 -p tcp --dport 80-81 -j DNAT --to 10.0.2.4"},
	 ALL_TRANSLATED,
	 1,
	 "for every source"},
	{"to several hosts",
	 {ALL, "PREROUTING:", "-i bond0 -p tcp --dport 80 -j DNAT --to 10.0.2.4-10.0.2.5"},
	 ALL_TRANSLATED,
	 1,
	 "one inside address"},
	{"many ports to one",
	 {ALL, "PREROUTING:", "-i bond0 -p tcp --dport 80-81 -j DNAT --to 10.0.2.4:80"},
	 ALL_TRANSLATED,
	 1,
	 "one inside port of its own"},
	{"a redirect of what passes by",
	 {ALL, "PREROUTING:", "-i bond0.1000 -p tcp --dport 80 -j REDIRECT"},
	 ALL_TRANSLATED,
	 1,
	 "REDIRECT"},
	{"a redirect of what is the host's own",
	 {ALL, "PREROUTING:", "--local -p tcp --dport 80 -j REDIRECT"},
	 ALL_TRANSLATED,
	 0,
	 NULL},
};

#define NCASES (sizeof(cases) / sizeof(cases[0]))

/* Words of others, such as a rule's comment, cannot become configuration. */
static void test_comment_stays_comment(void **state)
{
	const char *const rules[] = {ALL, NULL};
	struct import im;
	char *text;

	(void)state;
	begin(&im, rules);
	im.set.chains->rules->text =
		"comment \"\n[timeouts]\nudp = 1s\n\t10.0.0.0/8 and so on, for "
		"much longer than a line of the file may be, so that it must be "
		"wrapped; and-this-has-no-blank-at-which-to-wrap-xxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"";
	text = printed(im.config);
	check_reader(&im, text);
	free(text);
	nat_ruleset_free(&im.set);
}

static void test_frr(void **state)
{
	const char *const rules[] = {SEED, NULL};
	struct import im;

	(void)state;
	begin(&im, rules);
	im.notes = NULL;
	frr_read_line(&im, " bgp router-id 192.168.0.1\n");
	assert_null(im.notes);
	frr_read_line(&im, " neighbor 192.168.0.2 remote-as 12076\n");
	assert_non_null(strstr(im.notes->text, "192.168.0.2, AS 12076, on bond0.1000, an inside"));
	frr_read_line(&im, "  neighbor 192.168.0.2 default-originate\n");
	assert_non_null(strstr(im.notes->next->text, "default route to 192.168.0.2"));
	assert_int_equal(import_refused(&im), 0);
	nat_ruleset_free(&im.set);
}

/*
 * Random rules, and packets one by one: what the kernel's way through the chains (written here
 * anew, for a single packet) does with them, and what the configuration says. Where nothing is
 * refused both must agree on whether the source is translated.
 */
struct packet {
	uint32_t value[DIM_MAX];
};

enum answer { ANSWER_END, ANSWER_ACCEPT, ANSWER_TRANSLATE };

static bool meets(const struct nat_rule *rule, const struct packet *packet)
{
	for (int d = 0; d < DIM_MAX; d++)
		if (!ranges_have(rule->box.dim[d], packet->value[d]))
			return false;
	return true;
}

static enum answer ask_chain(const struct nat_chain *chain, const struct packet *packet)
{
	enum answer answer;

	for (const struct nat_rule *rule = chain->rules; rule; rule = rule->next) {
		if (!meets(rule, packet))
			continue;
		switch (rule->verdict) {
		case NAT_ACCEPT:
			return ANSWER_ACCEPT;
		case NAT_RETURN:
			return ANSWER_END;
		case NAT_MASQUERADE:
			return ANSWER_TRANSLATE;
		case NAT_JUMP:
		case NAT_GOTO:
			answer = ask_chain(rule->to_chain, packet);
			if (answer != ANSWER_END || rule->verdict == NAT_GOTO)
				return answer;
			break;
		default:
			break;
		}
	}
	return ANSWER_END;
}

static bool rules_translate(const struct import *im, const struct packet *packet)
{
	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		if (chain->hook == HOOK_POSTROUTING && ask_chain(chain, packet) == ANSWER_TRANSLATE)
			return true;
	return false;
}

static bool in_any(const struct config_prefix *prefix, unsigned int n, uint32_t addr)
{
	for (unsigned int i = 0; i < n; i++)
		if (!prefix[i].len || !((addr ^ ntohl(prefix[i].addr)) >> (32 - prefix[i].len)))
			return true;
	return false;
}

static bool config_translates(const struct config *config, const struct packet *packet)
{
	return !in_any(config->exempt_dst, config->nexempt_dst, packet->value[DIM_DST]) &&
	       !in_any(config->exempt_src, config->nexempt_src, packet->value[DIM_SRC]);
}

/* Prefixes that contain each other, so that rules overlap. */
static const char *const prefixes[] = {"10.0.0.0/8",   "10.0.0.0/16", "10.0.2.0/24", "10.0.2.4",
				       "10.128.0.0/9", "8.0.0.0/5",   "0.0.0.0/0",   "128.0.0.0/1"};
static const uint32_t hosts[] = {0x0a000204, 0x0a000205, 0x0a000301, 0x0a010001, 0x0a800001,
				 0x0b000001, 0x08080808, 0x01010101, 0x80000001, 0xc6336401};

static int choose(int n)
{
	return rand() % n;
}

static void put_random_rule(char *text, bool jumps)
{
	static const char *const ends[] = {"-j RETURN",	    "-j ACCEPT", "-j MASQUERADE",
					   "-j MASQUERADE", "-j LOG",	 "-j MINE",
					   "-g MINE"};
	int n = 0;

	if (!choose(3))
		n += sprintf(text + n, "%s-s %s ", choose(3) ? "" : "! ", prefixes[choose(8)]);
	if (choose(2))
		n += sprintf(text + n, "%s-d %s ", choose(3) ? "" : "! ", prefixes[choose(8)]);
	if (!choose(12))
		n += sprintf(text + n, "-p tcp ");
	sprintf(text + n, "-o bond0 %s", ends[choose(jumps ? 7 : 5)]);
}

static unsigned int compare_packets(const struct import *im)
{
	unsigned int n = 0;

	for (int i = 0; i < 200; i++, n++) {
		struct packet packet = {.value = {[DIM_PROTO] = choose(2) ? 6 : 17,
						  [DIM_SPORT] = 1000,
						  [DIM_DPORT] = 80,
						  [DIM_IIF] = 2, /* bond0.1000 */
						  [DIM_OIF] = 1, /* bond0 */
						  [DIM_SRC] = hosts[choose(10)],
						  [DIM_DST] = hosts[choose(10)]}};

		if (rules_translate(im, &packet) == config_translates(im->config, &packet))
			continue;
		explain_text(stderr, im);
		fail_msg("the rules do something else with %08x to %08x, protocol %u",
			 packet.value[DIM_SRC], packet.value[DIM_DST], packet.value[DIM_PROTO]);
	}
	return n;
}

static void test_random(void **state)
{
	unsigned int expressed = 0, refused = 0;
	char text[8][96];
	struct import im;

	(void)state;
	srand(1);
	for (int i = 0; i < 3000; i++) {
		const char *rules[] = {text[0], text[1], text[2], text[3],
				       "MINE:", text[4], text[5], i % 2 ? NULL : "POSTROUTING 101:",
				       text[6], text[7], NULL};

		for (int r = 0; r < 8; r++)
			put_random_rule(text[r], r < 4);
		begin(&im, rules);
		if (import_refused(&im)) {
			refused++;
		} else {
			compare_packets(&im);
			expressed++;
		}
		nat_ruleset_free(&im.set);
	}
	/* Both must have been tried. */
	print_message("%u lists of rules expressed, %u refused\n", expressed, refused);
	assert_true(expressed > 300 && refused > 300);
}

int main(void)
{
	struct CMUnitTest tests[NCASES + 3] = {
		cmocka_unit_test(test_comment_stays_comment),
		cmocka_unit_test(test_frr),
		cmocka_unit_test(test_random),
	};

	for (size_t i = 0; i < NCASES; i++)
		tests[i + 3] = (struct CMUnitTest){cases[i].what, run_case, NULL, NULL, &cases[i]};
	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
