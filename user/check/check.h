/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at the host for what stands in the way of an attach, or will surprise after it, and changes
 * nothing. `erxdp check` prints what is found; `erxdp attach` refuses where any of it is an error.
 * One file a subject; each appends its findings.
 */
#ifndef ERXDP_CHECK_H
#define ERXDP_CHECK_H

#include <stdbool.h>

#include "findings.h"
#include "plan.h"

struct config;
struct error;
struct host;
struct rib;
struct ruleset;

struct check {
	const struct config *config;
	const char *config_path;
	const struct rib *rib;
	const struct plan *plan;
	bool attached;		      /* erxdp is in force on this host now */
	bool no_xdp[PLAN_MAX_PORTS];  /* of each port: something keeps native XDP off it */
	unsigned long long memory;    /* bytes that the tables need */
	unsigned long long available; /* bytes that the host has; 0: not known */
	struct findings found;
};

/*
 * What `erxdp attach` with the configuration of h would find, before it changes anything: fills
 * h->plan and c->plan where it comes that far. The findings, and what h has then, are the caller's
 * to free.
 */
void check_attach(struct check *c, struct host *h);
/* A refusal of attach's own, in its words, which name the remedy too. -1. */
int check_refuse(struct check *c, const char *key, const char *subject, const char *text,
		 const char *remedy);
/* All subjects. h has its configuration, its model of the kernel (mirror) and its plan. The
 * findings are the caller's to free. */
void check_host(struct check *c, const struct host *h);
/* For attach: 0, or a negative errno with the first error's sentence and remedy; further ones are
 * logged. */
int check_refuses(const struct host *h, struct error *e);

/* The same, of the rules that packets meet at the forward hook alone, as *config sees them: for a
 * host that is attached. */
int check_firewall_refuses(const struct host *h, const struct config *config, struct error *e);

/* The subjects. */
void check_kernel(struct check *c);
void check_devices(struct check *c);
void check_offloads(struct check *c);
void check_programs(struct check *c);
void check_bonds(struct check *c);
void check_routing(struct check *c);
void check_sysctls(struct check *c);
void check_firewall(struct check *c, const struct ruleset *rs);
void check_nat(struct check *c, const struct ruleset *rs);
void check_services(struct check *c);
void check_memory(struct check *c);

/* What the subjects share. */

/* Native XDP, which asks something of drivers and devices, is asked for or tried first. */
bool check_wants_native(const struct check *c);
/* Something keeps XDP off this port: an error where native XDP was asked for, a warning where TC
 * would serve instead (auto). NULL, and no finding, where the mode takes no native XDP. */
struct finding *check_no_native(struct check *c, unsigned int port, const char *key,
				const char *subject);
const struct plan_iface *check_find_iface(const struct check *c, const char *name);

#endif
