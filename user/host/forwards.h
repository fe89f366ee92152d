/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_FORWARDS_H
#define ERXDP_FORWARDS_H

struct config;
struct error;
struct host;

enum forwards_when {
	FORWARDS_ATTACH, /* nothing is in force yet */
	/* An earlier attach, which a refusal would leave without a daemon: a line that cannot be
	 * put into force is left out with a warning. */
	FORWARDS_ADOPT,
	FORWARDS_RELOAD, /* another configuration is in force, and stays after a refusal */
};

/*
 * Looks whether the lines of [forward] of *config can be put into force on the interfaces of h:
 * refuses one by a device that is no uplink, and one that would take a port away from a service of
 * this host's own (sshd's, and nobody could come in to correct it), unless it is in force already.
 * 0 or a negative errno with its sentence.
 */
int forwards_check(const struct host *h, struct config *config, enum forwards_when when,
		   struct error *e);

#endif
