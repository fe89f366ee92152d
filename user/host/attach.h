/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting the programs on one device and taking them off again. Attaching what is attached already
 * keeps it, so that an adopting daemon leaves no gap; detaching finds the programs by their names
 * and needs no memory of how they came there. Programs of others on the same device stay.
 */
#ifndef ERXDP_ATTACH_H
#define ERXDP_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp/libxdp.h>

#include "state.h"

struct error;
struct loader;

/* The name, ifindex and mode of *xdp are given, its program is set. */
int xdp_attach(struct loader *l, struct state_xdp *xdp, struct error *e);
/* What is on a device now. */
struct xdp_occupant {
	bool any;
	uint32_t ours; /* id; 0: not attached */
	bool alone;    /* without libxdp's dispatcher */
	enum xdp_attach_mode mode;
	char main[32]; /* the program alone, or the dispatcher */
};
/* 0, with nothing on it too, or a negative errno. */
int xdp_look(unsigned int ifindex, struct xdp_occupant *o);
/* 0 also where no program of erxdp's is attached. */
int xdp_detach(const char *name, unsigned int ifindex, struct error *e);

enum tc_side { TC_INGRESS, TC_EGRESS };

/*
 * The name and ifindex of *tc are given, and `qdisc` as an earlier attach left it. Ingress marks
 * packets that egress of another device translates: so egress is attached first everywhere, and
 * detached last.
 */
int tc_attach(const struct loader *l, struct state_tc *tc, enum tc_side side, struct error *e);
/* Would tc_attach() use tcx, or clsact, which needs a qdisc? */
bool tc_by_tcx(unsigned int ifindex);
/* Is it still there, as *tc says? */
bool tc_is_attached(const struct state_tc *tc, enum tc_side side);
int tc_detach(const char *name, unsigned int ifindex, enum tc_side side, struct error *e);

#endif
