// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rule_words.h"
#include "ruleset.h"

/* A jump deeper than the kernel allows is a circle in our reading. */
#define MAX_DEPTH 16

struct rule_chain *ruleset_add_chain(struct ruleset *rs, const char *table, const char *name)
{
	struct rule_chain *more = reallocarray(rs->chain, rs->nchains + 1, sizeof(*more));
	struct rule_chain *chain;

	if (!more)
		return NULL;
	rs->chain = more;
	chain = &more[rs->nchains];
	memset(chain, 0, sizeof(*chain));
	chain->table = strdup(table);
	chain->name = strdup(name);
	if (!chain->table || !chain->name) {
		free(chain->table);
		free(chain->name);
		return NULL;
	}
	rs->nchains++;
	return chain;
}

static bool is_chain(const struct rule_chain *chain, const char *table, const char *name,
		     bool legacy)
{
	return chain->legacy == legacy && !strcmp(chain->name, name) &&
	       !strcmp(chain->table, table);
}

static bool find_chain(const struct ruleset *rs, const char *table, const char *name, bool legacy,
		       size_t *at)
{
	for (*at = 0; *at < rs->nchains; ++*at)
		if (is_chain(&rs->chain[*at], table, name, legacy))
			return true;
	return false;
}

int ruleset_add_rule(struct ruleset *rs, const char *table, const char *chain, const char *text)
{
	struct rule *more;
	size_t at = rs->nrules ? rs->rule[rs->nrules - 1].chain : 0;
	bool legacy;

	if (!rs->nchains)
		return -ENOENT;
	/* Both kinds may have a table of the same name; the last chain's kind is being read. */
	legacy = rs->chain[rs->nchains - 1].legacy;
	if (!is_chain(&rs->chain[at], table, chain, legacy) &&
	    !find_chain(rs, table, chain, legacy, &at))
		return -ENOENT;
	more = reallocarray(rs->rule, rs->nrules + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	rs->rule = more;
	more[rs->nrules].chain = at;
	more[rs->nrules].text = strdup(text);
	if (!more[rs->nrules].text)
		return -ENOMEM;
	rs->nrules++;
	return 0;
}

void ruleset_free(struct ruleset *rs)
{
	for (size_t i = 0; i < rs->nchains; i++) {
		free(rs->chain[i].table);
		free(rs->chain[i].name);
	}
	for (size_t i = 0; i < rs->nrules; i++)
		free(rs->rule[i].text);
	free(rs->chain);
	free(rs->rule);
	memset(rs, 0, sizeof(*rs));
}

/* How a chain was reached: not at all, by rules about other devices, by ones that matter. */
enum { REACHED_NOT, REACHED_BESIDE, REACHED };

struct walk {
	const struct ruleset *rs;
	unsigned char *reached; /* of each chain */
	bool *matters;		/* of each rule */
	rule_device_fn *ours;
	rule_visit_fn *visit;
	void *arg;
};

static bool rule_matters(const struct walk *w, const char *text)
{
	char name[32];

	for (int out = 0; out <= 1; out++) {
		rule_device(text, out, name, sizeof(name));
		if (*name && !w->ours(name, w->arg))
			return false;
	}
	return true;
}

static void walk_chain(struct walk *w, size_t at, bool matters, unsigned int depth);

static void walk_jumps(struct walk *w, const struct rule *rule, bool matters, unsigned int depth)
{
	const struct rule_chain *chain = &w->rs->chain[rule->chain];
	struct words words = words_of(rule->text);
	char target[128];
	size_t to;

	while (words_next_jump(&words, target, sizeof(target))) {
		if (find_chain(w->rs, chain->table, target, chain->legacy, &to))
			walk_chain(w, to, matters, depth + 1);
	}
}

static void walk_chain(struct walk *w, size_t at, bool matters, unsigned int depth)
{
	unsigned char how = matters ? REACHED : REACHED_BESIDE;

	if (w->reached[at] >= how || depth > MAX_DEPTH)
		return;
	w->reached[at] = how;
	for (size_t i = 0; i < w->rs->nrules; i++) {
		const struct rule *rule = &w->rs->rule[i];
		bool counts = matters && rule->chain == at && rule_matters(w, rule->text);

		if (rule->chain != at)
			continue;
		w->matters[i] |= counts;
		walk_jumps(w, rule, counts, depth);
	}
}

/* Of the base chain, or of those that it calls. */
static void tell(const struct walk *w, size_t base, bool of_base)
{
	for (size_t i = 0; i < w->rs->nrules; i++) {
		const struct rule *rule = &w->rs->rule[i];

		if (w->reached[rule->chain] && (rule->chain == base) == of_base)
			w->visit(rule, &w->rs->chain[rule->chain], w->matters[i], w->arg);
	}
}

void ruleset_walk(const struct ruleset *rs, size_t base, rule_device_fn *ours, rule_visit_fn *visit,
		  void *arg)
{
	struct walk w = {.rs = rs, .ours = ours, .visit = visit, .arg = arg};

	w.reached = calloc(rs->nchains, sizeof(*w.reached));
	w.matters = calloc(rs->nrules + 1, sizeof(*w.matters));
	if (w.reached && w.matters) {
		walk_chain(&w, base, true, 0);
		tell(&w, base, true);
		tell(&w, base, false);
	}
	free(w.reached);
	free(w.matters);
}

static const struct {
	const char *chain; /* how its name begins; NULL: any */
	const char *table; /* NULL: any */
	const char *owner;
} owners[] = {
	{NULL, "inet firewalld", "firewalld"},
	{NULL, "ip firewalld", "firewalld"},
	{NULL, "ip docker-bridges", "Docker"},
	{NULL, "ip libvirt_network", "libvirt"},
	{"DOCKER", NULL, "Docker"},
	{"ufw-", NULL, "ufw"},
	{"KUBE-", NULL, "Kubernetes"},
	{"LIBVIRT_", NULL, "libvirt"},
	{"f2b-", NULL, "fail2ban"},
};

/* iptables-nft makes tables of these names, and its chains are in capitals. */
static bool is_iptables(const struct rule_chain *chain)
{
	static const char *const tables[] = {"ip filter", "ip nat", "ip mangle", "ip raw",
					     "ip security"};
	static const char *const chains[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					     "POSTROUTING"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(chain->table, tables[i]))
			continue;
		if (!*chain->hook)
			return true;
		for (size_t j = 0; j < sizeof(chains) / sizeof(chains[0]); j++)
			if (!strcmp(chain->name, chains[j]))
				return true;
	}
	return false;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

const char *rule_owner(const struct rule_chain *chain, const char *text)
{
	struct words words = words_of(text);
	char target[128] = "";

	words_next_jump(&words, target, sizeof(target));
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		if (owners[i].table && strcmp(owners[i].table, chain->table))
			continue;
		if (!owners[i].chain || begins(chain->name, owners[i].chain) ||
		    begins(target, owners[i].chain))
			return owners[i].owner;
	}
	if (strstr(text, "docker0"))
		return "Docker";
	if (chain->legacy)
		return "iptables-legacy";
	return is_iptables(chain) ? "iptables-nft" : "nftables";
}
