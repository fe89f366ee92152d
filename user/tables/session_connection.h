/* SPDX-License-Identifier: GPL-2.0-only */
/* A session as the kernel's conntrack has it, and the other way round. Pure: asks nobody. */
#ifndef ERXDP_SESSION_CONNECTION_H
#define ERXDP_SESSION_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct connection;

/*
 * Fills a session from a connection of which one side is translated: the source, so that an inside
 * host began it, or the destination (SESSION_INBOUND). Flows, state, and its times so that it has
 * left what the kernel gives it, at most what erxdp would. Its uplink, policy and other flags are
 * the caller's. `now`: CLOCK_MONOTONIC seconds. False for one that no session can be: by address,
 * with ports that the kernel changed.
 */
bool session_from_connection(struct session *session, const struct connection *connection,
			     const struct control *ctl, uint32_t now);

/* False for one that the kernel cannot have: its ports are not known, or it is between inside
 * hosts. TCP is liberal: the kernel has not seen the windows. */
bool session_to_connection(struct connection *connection, const struct session *session,
			   const struct control *ctl, uint32_t now);

#endif
