/* SPDX-License-Identifier: GPL-2.0-only */
/* What a daemon takes over from the one before it, by the state file: what is attached, what is to
 * be restored, the interfaces' slots, and which of them is the uplink. */
#ifndef ERXDP_HOST_RECALL_H
#define ERXDP_HOST_RECALL_H

struct config;
struct error;
struct host;

/* Takes over the state of an earlier attach that is still in force, or begins a new one. */
int host_recall(struct host *h, struct error *e);
/* Before plan_derive(): the uplinks and the slots that it is to keep. */
void host_recall_plan(struct host *h);
/* After it. */
void host_remember_plan(struct host *h);
/* A configuration that names no uplinks means those of the plan. */
void host_keep_uplinks(const struct host *h, struct config *config);

#endif
