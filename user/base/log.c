// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

static enum { TO_STDERR, TO_JOURNAL, TO_SYSLOG } target;
static bool debug;

/* systemd names the device and inode of the stream that it connected (sd_journal_stream_fd(3)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%lu:%lu", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void log_init(void)
{
	debug = getenv("ERXDP_DEBUG") != NULL;
	if (stderr_is_journal())
		target = TO_JOURNAL;
}

void log_to_syslog(void)
{
	openlog("erxdp", LOG_PID, LOG_DAEMON);
	target = TO_SYSLOG;
}

static void print_stderr(int level, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (target == TO_JOURNAL)
		fprintf(stderr, "<%d>%s\n", level, text);
	else if (level <= LOG_WARNING)
		fprintf(stderr, "erxdp: %s%s\n", level == LOG_WARNING ? "warning: " : "", text);
	else
		fprintf(stderr, "%s\n", text);
}

void log_msg(int level, const char *fmt, ...)
{
	va_list ap;

	if (level == LOG_DEBUG && !debug)
		return;
	va_start(ap, fmt);
	if (target == TO_SYSLOG)
		vsyslog(level, fmt, ap);
	else
		print_stderr(level, fmt, ap);
	va_end(ap);
}
