/* SPDX-License-Identifier: GPL-2.0-only */
/* libxdp looks for its dispatcher's object file in a directory; erxdp carries its own
 * (bpf/dispatcher.bpf.c says why) and lays it into ERXDP_RUN_DIR. */
#ifndef ERXDP_DISPATCHER_H
#define ERXDP_DISPATCHER_H

struct error;

/* Writes the file and points libxdp to it, once a process. The caller holds the lock of
 * ERXDP_RUN_DIR. */
int dispatcher_provide(struct error *e);
void dispatcher_remove(void);

#endif
