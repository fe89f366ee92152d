/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of an import: the host as far as NAT rules refer to it, and the rules of all its NAT
 * chains, wherever they were made. The readers (read_nft.c, read_xt.c, read_legacy.c) fill it,
 * walk.c says which packets meet which rule, translate.c and forward.c turn that into a
 * configuration and note each rule's fate, explain.c prints it.
 */
#ifndef ERXDP_RULE_H
#define ERXDP_RULE_H

#include <net/if.h>

#include "box.h"

struct host_device {
	char name[IFNAMSIZ];
	uint32_t ifindex;
	bool ethernet; /* one that erxdp can serve, and no bridge of the host's own */
	bool uplink;   /* so far: the default route's */
	bool inside;
};

struct host_address {
	uint32_t addr; /* host byte order */
	unsigned int len;
	unsigned int device; /* place in device[] */
};

struct import_host {
	unsigned int ndevices;
	struct host_device *device;
	unsigned int naddresses;
	struct host_address *address;
};

enum nat_hook { HOOK_NONE, HOOK_PREROUTING, HOOK_INPUT, HOOK_OUTPUT, HOOK_POSTROUTING };

enum nat_verdict {
	NAT_CONTINUE, /* with the next rule: it only counts or logs */
	NAT_ACCEPT,
	NAT_RETURN,
	NAT_DROP,
	NAT_JUMP,
	NAT_GOTO,
	NAT_MASQUERADE,
	NAT_SNAT,
	NAT_DNAT,
	NAT_OTHER, /* ends the chain and does what erxdp does not: REDIRECT, NETMAP ... */
};

/* What becomes of a rule. */
enum nat_fate {
	FATE_NONE,
	FATE_EXPRESSED,
	FATE_KERNEL,  /* it holds, and what it is about stays with the kernel */
	FATE_NOTHING, /* no packet meets it */
	FATE_REFUSED,
};

/* Of a translation; ports 0: not said. Host byte order. */
struct nat_to {
	uint32_t first, last; /* addresses; 0: not said */
	uint16_t port_first, port_last;
	uint16_t base; /* with shift: the outside port that port_first is for */
	bool shift;
	bool random; /* asked for a port at random */
};

struct nat_rule {
	struct nat_rule *next;
	struct nat_chain *chain;
	unsigned long handle; /* nftables'; 0: none */
	unsigned int number;  /* in its chain, from 1 */
	const char *text;     /* as the tool that made it prints it */
	struct box box;	      /* what it matches, as far as it was understood */
	const char *unknown;  /* what else it looks at or does; NULL: all was understood */
	const char *own;      /* why it meets no packet that is forwarded; NULL: it may */
	enum nat_verdict verdict;
	const char *does;   /* of NAT_OTHER: its name */
	const char *target; /* of a jump: the chain's name ... */
	struct nat_chain *to_chain;
	struct nat_to to;

	bool met; /* by packets that erxdp is about */
	enum nat_fate fate;
	const char *meaning, *why, *remedy;
};

struct nat_chain {
	struct nat_chain *next;
	const char *table; /* "ip nat", "iptables-legacy nat" */
	const char *name;
	enum nat_hook hook;
	int priority;
	bool forwards; /* a chain of PREROUTING or POSTROUTING leads here */
	bool own;      /* one of INPUT or OUTPUT does */
	bool drops;    /* its policy */
	struct nat_rule *rules, *last;
};

struct nat_ruleset {
	struct obstack mem;
	struct nat_chain *chains, *last;
};

void nat_ruleset_begin(struct nat_ruleset *set);
void nat_ruleset_free(struct nat_ruleset *set);
struct nat_chain *nat_ruleset_chain(struct nat_ruleset *set, const char *table, const char *name);
struct nat_chain *nat_ruleset_find(const struct nat_ruleset *set, const char *table,
				   const char *name);
/* Appends a rule that matches every packet. */
struct nat_rule *nat_ruleset_rule(struct nat_ruleset *set, struct nat_chain *chain);
/* After the last chain: the jumps' chains, and which chains what leads to. */
void nat_ruleset_link(struct nat_ruleset *set);

/* Text in the ruleset's memory. */
const char *nat_ruleset_text(struct nat_ruleset *set, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Narrows a rule by one thing that it looks at. */
void rule_match(struct nat_ruleset *set, struct nat_rule *rule, enum dim dim, struct ranges values,
		bool invert);
/* Adds to what was not understood of a rule. */
void rule_unknown(struct nat_ruleset *set, struct nat_rule *rule, const char *what);
void rule_refuse(struct nat_rule *rule, const char *why, const char *remedy);

/* The devices of that name, of all that begin so where `wildcard`. */
struct ranges host_devices(struct obstack *mem, const struct import_host *host, const char *name,
			   bool wildcard);
/* The host's own addresses. */
struct ranges host_local(struct obstack *mem, const struct import_host *host);
/* The networks on a device. */
struct ranges host_networks(struct obstack *mem, const struct import_host *host,
			    unsigned int device);
/* The device whose network has that address; NULL: none. */
const struct host_device *host_device_of(const struct import_host *host, uint32_t addr);
/* Uplinks and inside. */
struct ranges host_served(struct obstack *mem, const struct import_host *host);

#endif
