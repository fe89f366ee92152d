/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's socket: a client sends one line, "status\n" or "reload\n", and gets one JSON
 * document. Clients are few, may not send more than a line, and are dropped when they dawdle, so
 * that none of them can hold up the mirror.
 */
#ifndef ERXDP_CONTROL_SOCKET_H
#define ERXDP_CONTROL_SOCKET_H

#include <erxdp/abi.h>

#define CONTROL_SOCKET ERXDP_RUN_DIR "/erxdp.sock"

struct control_socket;

/* Writes the answer to one request, to be freed; NULL for an unknown one. */
typedef char *(*control_answer)(void *user, const char *request);

/* Readable descriptors are reported through one epoll descriptor of its own. */
int control_open(struct control_socket **cs, control_answer answer, void *user);
int control_fd(const struct control_socket *cs);
void control_dispatch(struct control_socket *cs);
/* Once a second: drops clients that were silent for five. */
void control_tick(struct control_socket *cs);
void control_close(struct control_socket *cs);

#endif
