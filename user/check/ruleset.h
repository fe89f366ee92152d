/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet filter's chains and rules as text, whichever of nftables and iptables-legacy they are
 * of, and what can be told from them: which chains a hook reaches, what a rule does with a packet,
 * whose it is. Knows neither library; the readers fill it.
 */
#ifndef ERXDP_RULESET_H
#define ERXDP_RULESET_H

#include <stdbool.h>
#include <stddef.h>

struct rule_chain {
	char *table; /* "ip filter", "inet firewalld" */
	char *name;
	char hook[16]; /* "forward"; "": not a base chain */
	char type[16]; /* "filter", "nat", "route" */
	bool drops;    /* its policy */
	bool legacy;   /* iptables-legacy's */
};

struct rule {
	size_t chain; /* index */
	char *text;
};

struct ruleset {
	struct rule_chain *chain;
	size_t nchains;
	struct rule *rule; /* of each chain in its order */
	size_t nrules;
};

/* The chain is to be filled in further; NULL without memory. Valid until the next one is added. */
struct rule_chain *ruleset_add_chain(struct ruleset *rs, const char *table, const char *name);
/* -ENOENT where there is no such chain, or -ENOMEM. */
int ruleset_add_rule(struct ruleset *rs, const char *table, const char *chain, const char *text);
void ruleset_free(struct ruleset *rs);

/* What a rule does with the packets that it matches; several may be in one rule (a verdict map). */
enum rule_does {
	RULE_DROPS = 1 << 0, /* reject too */
	RULE_MASQUERADES = 1 << 1,
	RULE_SNATS = 1 << 2,
	RULE_DNATS = 1 << 3,  /* redirect too */
	RULE_SPARES = 1 << 4, /* accept, return: what follows does not happen to them */
};
unsigned int rule_does(const char *text);
/* The device that the rule wants the packet to leave by (out) or to come by, where it wants one and
 * names it whole; else "". */
void rule_device(const char *text, bool out, char *name, size_t size);
/* "192.0.2.1" of "snat to 192.0.2.1"; else "". */
void rule_source(const char *text, char *addr, size_t size);

/* Is a device of this name one whose packets matter? */
typedef bool rule_device_fn(const char *name, void *arg);
/* Called for each rule that packets of the hook reach. `matters`: false where the rule, or the way
 * to it, is about other devices only. */
typedef void rule_visit_fn(const struct rule *rule, const struct rule_chain *chain, bool matters,
			   void *arg);
/* The rules of one base chain and of those that it calls, each once. */
void ruleset_walk(const struct ruleset *rs, size_t base, rule_device_fn *ours, rule_visit_fn *visit,
		  void *arg);

/* Who keeps a chain, as far as its name tells: "Docker", "ufw", "firewalld", "iptables-nft"... */
const char *rule_owner(const struct rule_chain *chain, const char *text);

#endif
