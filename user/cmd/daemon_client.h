/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking the daemon. It answers "status\n" with one JSON object and closes:
 *
 *   pid, uptime (seconds), trusted, why (reason, when not trusted), resyncs, overruns, messages,
 *   routes (in the kernel's tables), prefixes (in the programs' table), nexthops, groups,
 *   neighbours, unresolved
 *
 * and "reload\n" with another one:
 *
 *   done (boolean), config (the file), why (what it refused, with place and remedy, where not done)
 */
#ifndef ERXDP_DAEMON_CLIENT_H
#define ERXDP_DAEMON_CLIENT_H

struct json_object;

/* 0 with the answer; -ECONNREFUSED where no daemon runs, -ETIMEDOUT where it does not answer within
 * 2 s, -EBADMSG for an answer that is no JSON object, or another negative errno. */
int daemon_ask_status(struct json_object **answer);
/* The same, within a minute: has the configuration read anew. */
int daemon_ask_reload(struct json_object **answer);

#endif
