/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERXDP_FORWARDS_H
#define ERXDP_FORWARDS_H

struct error;
struct host;

/*
 * Looks whether the lines of [forward] can be put into force: refuses one by a device that is no
 * uplink, and one that would take a port away from a service of this host's own (sshd's, and nobody
 * could come in to correct it). Where an earlier attach is adopted, which a refusal would leave
 * without a daemon, such a line is left out with a warning, unless it is in force already. 0 or a
 * negative errno with its sentence.
 */
int forwards_check(struct host *h, struct error *e);

#endif
