/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of bpf/sockets.bpf.c, on the root cgroup: they count in the map `local_ports` which
 * ports are bound by sockets of this network namespace. Their links are pinned, so they go on
 * without a daemon, and the next one finds the counts right.
 *
 * Not met by what counts the sockets that were there before: those which no process of our process
 * namespace has open (on their way through a Unix socket, or kept by io_uring alone).
 */
#ifndef ERXDP_SOCKETS_H
#define ERXDP_SOCKETS_H

#include <linux/types.h>
#include <stdbool.h>

struct error;

/*
 * Attaches them and counts what is bound already; what is attached stays, or with `replace` gets
 * this erxdp's programs, without a gap. local_port: the map, writable. 0 or a negative errno with
 * its sentence; then nothing of it is left, but for programs that could not be replaced.
 */
int sockets_attach(__u64 *local_port, bool replace, struct error *e);
/* Are all of them in their place? */
bool sockets_attached(void);
/* Takes off whatever is there of them; the counts stay in the map as they are. */
void sockets_detach(void);

#endif
