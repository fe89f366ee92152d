// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "log.h"
#include "mirror_parts.h"
#include "sysctl.h"

#define HASH_POLICY    "/proc/sys/net/ipv4/fib_multipath_hash_policy"
#define START_ATTEMPTS 5

static int watch(struct mirror *m, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_all(struct mirror *m)
{
	int err;

	m->rib = rib_new();
	if (!m->rib)
		return -ENOMEM;
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	m->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (m->epoll < 0 || m->timer < 0)
		return -errno;
	err = nl_open_events(&m->events);
	if (!err)
		err = nl_open_requests(&m->requests);
	if (!err)
		err = watch(m, m->events.fd);
	return err ? err : watch(m, m->timer);
}

int mirror_open(struct mirror **made, const struct config *config)
{
	struct mirror *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	m->config = config;
	m->epoll = m->timer = m->events.fd = m->requests.fd = -1;
	err = open_all(m);
	if (err < 0) {
		mirror_close(m);
		return err;
	}
	*made = m;
	return 0;
}

void mirror_close(struct mirror *m)
{
	fib_free(m->fib);
	rib_free(m->rib);
	nl_close(&m->events);
	nl_close(&m->requests);
	if (m->timer >= 0)
		close(m->timer);
	if (m->epoll >= 0)
		close(m->epoll);
	free(m);
}

int mirror_dump(struct mirror *m)
{
	return mirror_sync(m, KIND_ALL);
}

const struct rib *mirror_rib(const struct mirror *m)
{
	return m->rib;
}

/* Whether the tables may be believed, and if not, why. */
static bool judge(const struct mirror *m, char *why, size_t len)
{
	if (m->lost) {
		snprintf(why, len, "%s", m->loss);
		return false;
	}
	if (!rib_rules_are_plain(m->rib, why, len))
		return false;
	snprintf(why, len, "%s", fib_trouble(m->fib));
	return !*why;
}

static void set_trusted(struct mirror *m, bool trusted)
{
	fib_set_trusted(m->fib, trusted);
	if (trusted == m->trusted)
		return;
	m->trusted = trusted;
	if (trusted)
		log_info("the tables mirror the kernel's routes: the fast path is on");
	else
		log_warn("the kernel forwards everything for now: %s", m->why);
}

static void use_neighbour(uint32_t ifindex, __be32 addr, void *arg)
{
	struct mirror *m = arg;
	int err = nl_use_neighbour(&m->requests, ifindex, addr);

	if (err < 0)
		log_debug("neighbour on device %u: %s", ifindex, strerror(-err));
}

/* What the model holds to the maps; distrust before it, trust after it. */
static int apply(struct mirror *m, int (*write)(struct fib *))
{
	bool trusted = judge(m, m->why, sizeof(m->why));
	int err;

	if (!trusted)
		set_trusted(m, false);
	err = write(m->fib);
	if (fib_wants_resolution(m->fib))
		fib_list_unresolved(m->fib, use_neighbour, m);
	set_trusted(m, judge(m, m->why, sizeof(m->why)));
	if (m->rib->changed & RIB_TOPOLOGY)
		m->plan_changed = true;
	m->rib->changed &= ~(RIB_TOPOLOGY | RIB_RULES);
	return err;
}

static void read_hash_policy(struct mirror *m)
{
	long policy;

	if (sysctl_read(HASH_POLICY, &policy))
		fib_set_hash_l4(m->fib, policy == 1);
}

/* What was announced since mirror_dump(). Where it does not end, the rest is done later. */
static int catch_up(struct mirror *m)
{
	int err = 0;

	mirror_drain(m);
	for (int i = 0; i < START_ATTEMPTS && m->wanted && !err; i++)
		err = mirror_sync(m, m->wanted);
	return err;
}

int mirror_start(struct mirror *m, const struct plan *plan, struct mapset *maps)
{
	int err = catch_up(m);

	if (err < 0)
		return err;
	m->fib = fib_new(m->rib, m->config, maps, &fib_io_bpf);
	if (!m->fib)
		return -ENOMEM;
	read_hash_policy(m);
	err = fib_start(m->fib, plan);
	if (err < 0)
		return err;
	m->rib->changed &= ~RIB_TOPOLOGY; /* the plan knows them */
	err = apply(m, fib_apply);
	mirror_schedule_sync(m);
	return err;
}

int mirror_fd(const struct mirror *m)
{
	return m->epoll;
}

/* True when a postponed dump is due. */
static bool timer_has_fired(struct mirror *m)
{
	uint64_t times;

	if (read(m->timer, &times, sizeof(times)) != sizeof(times))
		return false;
	m->armed = false;
	return true;
}

static int sync_if_due(struct mirror *m)
{
	if (!timer_has_fired(m) || !m->wanted)
		return 0;
	if (m->wanted == KIND_ALL)
		m->resyncs++;
	return mirror_sync(m, m->wanted);
}

int mirror_dispatch(struct mirror *m)
{
	int err;

	mirror_drain(m);
	/* A failed dump is tried again, and meanwhile not trusted: no reason to stop. */
	sync_if_due(m);
	if (!m->fib)
		return 0;
	err = apply(m, fib_apply);
	mirror_schedule_sync(m);
	return err;
}

int mirror_tick(struct mirror *m)
{
	int err;

	read_hash_policy(m);
	fib_list_unresolved(m->fib, use_neighbour, m);
	fib_list_used_neighbours(m->fib, use_neighbour, m);
	err = apply(m, fib_retry);
	mirror_schedule_sync(m);
	return err;
}

void mirror_get_status(const struct mirror *m, struct mirror_status *status)
{
	struct fib_counts counts = {0};

	if (m->fib)
		fib_count(m->fib, &counts);
	*status = (struct mirror_status){.trusted = m->trusted,
					 .resyncs = m->resyncs,
					 .overruns = m->overruns,
					 .messages = m->messages,
					 .routes = m->rib->nroutes,
					 .prefixes = counts.prefixes,
					 .nexthops = counts.nexthops,
					 .groups = counts.groups,
					 .neighbours = counts.neighbours,
					 .unresolved = counts.unresolved};
	if (!m->trusted)
		snprintf(status->why, sizeof(status->why), "%s", m->why);
}

bool mirror_plan_changed(struct mirror *m)
{
	bool changed = m->plan_changed;

	m->plan_changed = false;
	return changed;
}

int mirror_replan(struct mirror *m, const struct plan *plan)
{
	return fib_replan(m->fib, plan);
}

int mirror_reconfigure(struct mirror *m)
{
	return fib_reconfigure(m->fib);
}

int mirror_set_buffer(struct mirror *m, int bytes)
{
	return nl_set_buffer(&m->events, bytes);
}
