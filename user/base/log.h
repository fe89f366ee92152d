/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the commands and of the daemon, to wherever whoever started it is listening. */
#ifndef ERXDP_LOG_H
#define ERXDP_LOG_H

/* Before the first message: sees whether stderr is the journal, and reads ERXDP_DEBUG. */
void log_init(void);
/* For a daemon whose terminal is gone. */
void log_to_syslog(void);

/* level: as in <syslog.h>. */
void log_msg(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_err(...)   log_msg(3, __VA_ARGS__)
#define log_warn(...)  log_msg(4, __VA_ARGS__)
#define log_info(...)  log_msg(6, __VA_ARGS__)
#define log_debug(...) log_msg(7, __VA_ARGS__)

#endif
