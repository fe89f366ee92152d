/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host that erxdp is attached to. host_attach() is a transaction: a list of steps, each with
 * its undo; one that fails undoes those before it. On a host with an earlier attach whose daemon is
 * gone it adopts: what is attached stays attached, and a failure leaves it as it was found.
 */
#ifndef ERXDP_HOST_H
#define ERXDP_HOST_H

#include <stdbool.h>

#include "config.h"
#include "load.h"
#include "mapset.h"
#include "plan.h"
#include "retired.h"
#include "state.h"
#include "takeover.h"

struct error;
struct mirror;

struct host {
	struct config config;
	const char *config_path; /* absolute */
	bool config_named;	 /* by the user: it must be there when it is read anew, too */
	bool mode_named;	 /* config.mode is the command line's */
	unsigned int confirm;	 /* seconds within which the attach is to be confirmed; 0: not */
	bool adopted;		 /* an earlier attach is in force */
	bool table;		 /* the nft table is there */
	bool sockets;		 /* the bound sockets are counted; else the kernel refused */
	struct takeover took;	 /* of the kernel's connections */
	struct mirror *mirror;
	struct plan plan;
	struct loader loader;
	struct mapset maps;
	struct state state;
	struct retired retired;
};

void host_init(struct host *h);

/* The caller holds the lock of rundir.h, and has SIGINT and SIGTERM blocked: one that is pending
 * ends the attach between two steps. config and config_path are given. */
int host_attach(struct host *h, struct error *e);
/* After mirror_plan_changed(): brings what is attached in line with the host. */
int host_replan(struct host *h, struct error *e);
/*
 * Reads the configuration anew and puts it into force as a difference: what it does not change goes
 * on as it is. 0, or a negative errno with a sentence that names the file, where it can the line,
 * and the remedy; then the configuration before is in force.
 */
int host_reload(struct host *h, struct error *e);
/* Once a second: puts back what somebody else removed of it, TC programs (`tc qdisc del`), those
 * on the root cgroup, the nft table (`nft flush ruleset`), without which packets in the slow path
 * would be translated twice. */
int host_mend(struct host *h, struct error *e);
/* Frees what the process has; everything stays attached. */
void host_leave(struct host *h);

/* Refuses to touch an attach of another network namespace: its indexes mean other devices here. */
int host_check_netns(struct error *e);
/*
 * Hands the connections to the kernel (*given) and removes every trace of an attach, whether its
 * state is known or not: devices are searched for programs of erxdp's. Goes on after an error; a
 * negative errno says that something is left, and the state with it. *found: whether there was
 * anything.
 */
int host_detach(bool *found, struct takeover *given, struct error *e);

#endif
