// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model kept equal to the kernel: notifications, dumps, and when a dump is due.
 *
 * A dump is due after a loss (everything), and after events that the kernel follows with silent
 * removals (what the model calls stale). It is made a moment later, so that the events of one cause
 * (a bond with all its VLANs) make one dump; and the longer the last one took, the longer the next
 * one waits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>

#include "clock.h"
#include "log.h"
#include "mirror_parts.h"
#include "nlmsg.h"

#define SYNC_DELAY     3    /* ms: an FRR batch or a bond's slaves, well under the 50 ms promised */
#define SYNC_DELAY_MAX 2000 /* ms */
#define SYNC_ATTEMPTS  5    /* at dumps that the kernel says were interrupted */
#define DRAIN_STEP     65536

static void note_loss(struct mirror *m, const char *what)
{
	snprintf(m->loss, sizeof(m->loss), "%s; the routes are being read anew", what);
	m->lost = true;
	m->wanted = KIND_ALL;
	/* Before anything else: from now on the kernel forwards. */
	if (m->fib && m->trusted)
		fib_set_trusted(m->fib, false);
}

static int take(const struct nlmsghdr *nlh, struct mirror *m)
{
	struct event event;
	int err = nlmsg_parse(nlh, &event);

	if (!err)
		err = rib_apply(m->rib, &event);
	if (err == -EBADMSG)
		log_debug("netlink: message of type %u cannot be read", nlh->nlmsg_type);
	return err;
}

static int take_notification(const struct nlmsghdr *nlh, void *arg)
{
	struct mirror *m = arg;
	int err = take(nlh, m);

	m->messages++;
	if (err < 0)
		note_loss(m, err == -ENOMEM ? "memory was short"
					    : "a message of the kernel's could not be read");
	return 0;
}

static int take_dumped(const struct nlmsghdr *nlh, void *arg)
{
	return take(nlh, arg);
}

void mirror_drain(struct mirror *m)
{
	int err;

	while ((err = nl_receive(&m->events, DRAIN_STEP, take_notification, m))) {
		if (err == -ENOBUFS) {
			m->overruns++;
			note_loss(m,
				  "the kernel announced changes faster than they could be taken");
		} else if (err < 0) {
			note_loss(m, "the kernel's announcements cannot be received");
			break;
		}
	}
	m->wanted |= m->rib->stale;
}

/* In the order in which one kind refers to another. */
static int dump_all(struct mirror *m, unsigned int kinds)
{
	rib_begin(m->rib, kinds);
	for (unsigned int kind = EVENT_NONE + 1; kind < EVENT_MAX; kind++) {
		int err = kinds & KIND_BIT(kind) ? nl_dump(&m->requests, kind, take_dumped, m) : 0;

		if (err < 0)
			return err;
	}
	return 0;
}

/* A dump that was given up midway leaves its rest in the socket. */
static int reopen_requests(struct mirror *m)
{
	nl_close(&m->requests);
	return nl_open_requests(&m->requests);
}

static int try_dump(struct mirror *m, unsigned int kinds)
{
	int err;

	nl_await_change(&m->requests);
	err = -EINTR;
	for (int i = 0; i < SYNC_ATTEMPTS && err == -EINTR; i++)
		err = dump_all(m, kinds);
	if (err < 0) {
		m->rib->dumping = 0;
		reopen_requests(m);
	}
	return err;
}

int mirror_sync(struct mirror *m, unsigned int kinds)
{
	uint64_t begin = clock_ms();
	int err = try_dump(m, kinds);

	m->last_sync = clock_ms();
	m->sync_took = m->last_sync - begin;
	if (err < 0) {
		note_loss(m, "the kernel's tables could not be read");
		log_debug("netlink: dump failed: %s", strerror(-err));
		return err;
	}
	rib_sweep(m->rib, kinds);
	m->wanted &= ~kinds;
	if (kinds == KIND_ALL)
		m->lost = false;
	rib_replay(m->rib, true);
	mirror_drain(m);
	rib_replay(m->rib, false);
	return 0;
}

void mirror_schedule_sync(struct mirror *m)
{
	struct itimerspec at = {0};
	uint64_t delay = SYNC_DELAY, rest = 2 * m->sync_took, idle = clock_ms() - m->last_sync;

	if (!m->wanted || m->armed)
		return;
	if (rest > SYNC_DELAY_MAX)
		rest = SYNC_DELAY_MAX;
	if (idle < rest && rest - idle > delay)
		delay = rest - idle;
	at.it_value.tv_sec = delay / 1000;
	at.it_value.tv_nsec = delay % 1000 * 1000000;
	m->armed = !timerfd_settime(m->timer, 0, &at, NULL);
}
