/* SPDX-License-Identifier: GPL-2.0-only */
/* The exporter's HTTP: GET /metrics, by libmicrohttpd, in one thread of its own. */
#ifndef ERXDP_EXPORTER_HTTP_H
#define ERXDP_EXPORTER_HTTP_H

struct exporter_page;
struct MHD_Daemon;

/* Serves the page on the listening socket, which it takes over. NULL if it cannot be started. */
struct MHD_Daemon *exporter_http_start(int fd, struct exporter_page *page);
/* Ends what is being served, and closes the socket. */
void exporter_http_stop(struct MHD_Daemon *http);

#endif
