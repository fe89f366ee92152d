/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an attach has done to the host, in ERXDP_RUN_DIR/state.json: all that detach needs when no
 * daemon is left to ask. It is written before a change that has to be restored, and again when
 * something was attached, so a kill at any moment leaves a file that names at least what was done.
 */
#ifndef ERXDP_STATE_H
#define ERXDP_STATE_H

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "plan.h"

#define STATE_MAX_XDP (PLAN_MAX_PORTS * PLAN_MAX_SLAVES)
#define STATE_MAX_TC  PLAN_MAX_IFACES

/* How a port is served. */
struct state_port {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	enum attach_mode mode; /* never MODE_AUTO */
	char why[256];	       /* what made auto choose TC; else empty */
};

struct state_xdp {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	unsigned int port;
	uint32_t program;
	enum attach_mode mode; /* MODE_NATIVE or MODE_GENERIC */
};

struct state_tc {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	bool tcx;   /* else clsact */
	bool qdisc; /* the clsact qdisc was made by erxdp */
	uint32_t ingress, egress;
};

/* A device whose stripping of tags was turned off. */
struct state_offload {
	char name[IFNAMSIZ];
	unsigned int ifindex;
	unsigned int port;
	unsigned int features; /* enum offload_feature, those that were on */
};

/* Sessions and counters know an interface by its slot, so a daemon that adopts keeps them. */
struct state_slot {
	unsigned int ifindex;
	unsigned int slot;
	bool uplink;
};

struct state {
	char version[32];
	pid_t pid;	  /* of the daemon; 0 after it has left in order */
	uint64_t netns;	  /* inode of the network namespace that the indexes are of */
	char objects[17]; /* which BPF objects are loaded */
	char config_path[PATH_MAX];
	enum attach_mode mode; /* as asked for */
	unsigned int nports;
	struct state_port port[PLAN_MAX_PORTS];
	unsigned int nxdp;
	struct state_xdp xdp[STATE_MAX_XDP];
	unsigned int ntc;
	struct state_tc tc[STATE_MAX_TC];
	unsigned int noffloads;
	struct state_offload offload[STATE_MAX_XDP];
	unsigned int nslots;
	struct state_slot slot[PLAN_MAX_IFACES];
};

/* 0, -ENOENT where there is none, -EINVAL for one that cannot be read, or another negative errno.
 */
int state_load(struct state *state);
/* Replaces the file whole. 0 or a negative errno. */
int state_save(const struct state *state);
void state_remove(void);
bool state_exists(void);

struct state_port *state_find_port(struct state *state, unsigned int ifindex);
struct state_xdp *state_find_xdp(struct state *state, unsigned int ifindex);
struct state_tc *state_find_tc(struct state *state, unsigned int ifindex);
struct state_offload *state_find_offload(struct state *state, unsigned int ifindex);
/* Removes a row of one of the arrays by moving the last one into its place. */
#define state_drop(array, count, row) (*(row) = (array)[--(count)])

#endif
