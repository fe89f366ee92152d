/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How each port of the plan is served: by native XDP on the port, by generic XDP (on a bond's
 * slaves: on the bond itself it would see no tags), or by TC alone. Both functions bring what is
 * attached in line with the plan, whether that is nothing yet or an earlier plan.
 */
#ifndef ERXDP_PORTS_H
#define ERXDP_PORTS_H

#include "config.h"
#include "plan.h"
#include "state.h"

struct error;
struct loader;

/* Lets go of what is not in the plan any more, and turns off the stripping of VLAN tags where XDP
 * is to run. Where that is not possible: an error, or with MODE_AUTO a port for TC alone. */
int ports_prepare(struct state *s, struct plan *plan, enum attach_mode mode, struct error *e);
/* Attaches XDP; sets plan->port[].tc_only. */
int ports_attach(struct loader *l, struct state *s, struct plan *plan, enum attach_mode mode,
		 struct error *e);
/* Takes XDP off all ports and restores their offloads. What failed stays in the state. */
int ports_release(struct state *s, struct error *e);

#endif
