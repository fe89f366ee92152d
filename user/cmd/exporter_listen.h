/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the exporter listens: an address and port, or the path of a Unix socket. */
#ifndef ERXDP_EXPORTER_LISTEN_H
#define ERXDP_EXPORTER_LISTEN_H

#define EXPORTER_LISTEN_DEFAULT "127.0.0.1:9978"

/* What `text` may be is in `erxdp exporter --help`. The listening socket; -EINVAL where it is no
 * address, -EADDRINUSE where somebody listens there, or another negative errno. A socket file that
 * nobody listens at any more is replaced. */
int exporter_listen(const char *text);
/* Removes the socket's file, where it has one. */
void exporter_unlisten(const char *text);

#endif
