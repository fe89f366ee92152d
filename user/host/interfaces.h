/* SPDX-License-Identifier: GPL-2.0-only */
/* TC ingress and egress on every interface of the plan. */
#ifndef ERXDP_INTERFACES_H
#define ERXDP_INTERFACES_H

#include "plan.h"
#include "state.h"

struct error;
struct loader;

/* Lets go of interfaces that are not in the plan any more, and attaches to those of the plan. */
int interfaces_attach(struct loader *l, struct state *s, const struct plan *plan, struct error *e);
/* Are all of them where the state says? One whose device has gone does not count. */
bool interfaces_intact(const struct state *s);
/* From all interfaces but those that are in keep (may be NULL). What failed stays in the state. */
int interfaces_detach(struct state *s, const struct plan *keep, struct error *e);

#endif
