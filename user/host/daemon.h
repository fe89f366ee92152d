/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon: keeps the tables and what is attached in step with the host, and expires sessions. */
#ifndef ERXDP_DAEMON_H
#define ERXDP_DAEMON_H

#include <stdbool.h>

struct error;
struct host;
struct takeover;

/*
 * Attaches, calls ready() when traffic is being handled and every route is in, and serves until
 * SIGTERM or SIGINT, which leave everything attached; SIGHUP has the configuration read anew. 0, or
 * a negative errno with its sentence: the attach failed and was undone.
 */
int daemon_serve(struct host *h, void (*ready)(const struct host *h, void *arg), void *arg,
		 struct error *e);
/* Ends the daemon that runs now and waits for its end; it leaves everything attached. */
int daemon_stop(struct error *e);
/* Ends the daemon, hands its connections to the kernel (*given), and removes every trace. *found:
 * whether there was anything. 0, or a negative errno with its sentence: something is left. */
int daemon_detach(bool *found, struct takeover *given, struct error *e);

#endif
