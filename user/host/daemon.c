// SPDX-License-Identifier: GPL-2.0-only
/*
 * One loop, nothing in it waits: rtnetlink first, since routes are what packets depend on; then the
 * second's work; then the socket. Dying is harmless, the programs go on with the tables they have.
 */
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "confirm.h"
#include "control_socket.h"
#include "crowds.h"
#include "daemon.h"
#include "endpoints.h"
#include "error.h"
#include "host.h"
#include "log.h"
#include "mirror.h"
#include "pins.h"
#include "preflight.h"
#include "refusals.h"
#include "rundir.h"
#include "sessions.h"

/* Sessions looked at in a second: some 10 ms of work, a million in a minute. */
#define EXPIRE_BUDGET 16384
/* Seconds until a plan that could not be carried out is tried again. */
#define REPLAN_RETRY 10

struct daemon {
	struct host *host;
	struct control_socket *control;
	int epoll, timer, signals;
	time_t started;
	unsigned int replan_in; /* seconds; 0: nothing to do */
	char replan_error[160]; /* said already */
	char mend_error[160];
	/* After a complaint: about rtnetlink, about what could not be expired. */
	time_t routes_quiet_until, expire_quiet_until;
	bool over;
};

/* The keys are the ones that daemon_client.h lists. */
static char *answer_status(struct daemon *d)
{
	struct json_object *o = json_object_new_object();
	struct mirror_status s = {};
	char *text;

	mirror_get_status(d->host->mirror, &s);
	json_object_object_add(o, "pid", json_object_new_int64(getpid()));
	json_object_object_add(o, "uptime", json_object_new_int64(clock_ms() / 1000 - d->started));
	json_object_object_add(o, "version", json_object_new_string(ERXDP_VERSION));
	json_object_object_add(o, "trusted", json_object_new_boolean(s.trusted));
	json_object_object_add(o, "why", json_object_new_string(s.why));
	json_object_object_add(o, "resyncs", json_object_new_uint64(s.resyncs));
	json_object_object_add(o, "overruns", json_object_new_uint64(s.overruns));
	json_object_object_add(o, "messages", json_object_new_uint64(s.messages));
	json_object_object_add(o, "routes", json_object_new_uint64(s.routes));
	json_object_object_add(o, "prefixes", json_object_new_uint64(s.prefixes));
	json_object_object_add(o, "nexthops", json_object_new_uint64(s.nexthops));
	json_object_object_add(o, "groups", json_object_new_uint64(s.groups));
	json_object_object_add(o, "neighbours", json_object_new_uint64(s.neighbours));
	json_object_object_add(o, "unresolved", json_object_new_uint64(s.unresolved));
	text = strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	return text;
}

/* Type=notify-reload waits for the READY=1 that follows it. */
static void notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   now.tv_sec * 1000000ULL + now.tv_nsec / 1000);
}

/* The log has it whoever asked for it. */
static int reload(struct daemon *d, struct error *e)
{
	struct host *h = d->host;
	int err;

	notify_reloading();
	err = host_reload(h, e);
	sd_notify(0, "READY=1");
	if (err) {
		log_err("%s; what was in force stays in force", e->text);
		return err;
	}
	d->replan_in = 0;
	log_info("the configuration %s was read anew and is in force", h->config_path);
	return 0;
}

static char *answer_reload(struct daemon *d)
{
	struct json_object *o = json_object_new_object();
	struct error e = {};
	bool done = !reload(d, &e);
	char *text;

	json_object_object_add(o, "done", json_object_new_boolean(done));
	json_object_object_add(o, "config", json_object_new_string(d->host->config_path));
	json_object_object_add(o, "why", json_object_new_string(e.text));
	text = strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	return text;
}

static char *answer(void *user, const char *request)
{
	if (!strcmp(request, "status"))
		return answer_status(user);
	return strcmp(request, "reload") ? NULL : answer_reload(user);
}

static void replan(struct daemon *d)
{
	struct error e = {};
	int err = host_replan(d->host, &e);

	d->replan_in = err ? REPLAN_RETRY : 0;
	if (err && strncmp(d->replan_error, e.text, sizeof(d->replan_error) - 1))
		log_warn("the interfaces have changed, but erxdp could not follow: %s", e.text);
	snprintf(d->replan_error, sizeof(d->replan_error), "%.159s", err ? e.text : "");
}

/* Once a minute at most. */
static bool may_complain(time_t *quiet_until)
{
	time_t now = clock_ms() / 1000;

	if (now < *quiet_until)
		return false;
	*quiet_until = now + 60;
	return true;
}

static void on_routes(struct daemon *d)
{
	int err = mirror_dispatch(d->host->mirror);

	/* The mirror tries again by itself. */
	if (err && may_complain(&d->routes_quiet_until))
		log_warn("the kernel's routes could not be followed: %s; trying again",
			 strerror(-err));
	if (mirror_plan_changed(d->host->mirror))
		replan(d);
}

static void mend(struct daemon *d)
{
	struct error e = {};

	if (d->replan_in || !host_mend(d->host, &e)) {
		d->mend_error[0] = '\0';
		return;
	}
	if (strncmp(d->mend_error, e.text, sizeof(d->mend_error) - 1))
		log_warn("what somebody removed could not be put back: %s", e.text);
	snprintf(d->mend_error, sizeof(d->mend_error), "%.159s", e.text);
}

static void expire(struct daemon *d)
{
	const struct mapset *maps = &d->host->maps;
	int sessions = sessions_expire(maps, EXPIRE_BUDGET);
	int endpoints = endpoints_expire(maps, EXPIRE_BUDGET);
	int err = sessions < 0 ? sessions : endpoints;

	crowds_expire(maps, session_clock());
	if (err < 0 && may_complain(&d->expire_quiet_until))
		log_warn("sessions that have ended could not be removed: %s; trying again, but "
			 "the table may fill",
			 strerror(-err));
}

static void on_second(struct daemon *d)
{
	uint64_t ticks;

	if (read(d->timer, &ticks, sizeof(ticks)) < 0)
		return;
	mirror_tick(d->host->mirror);
	if (mirror_plan_changed(d->host->mirror) || (d->replan_in && !--d->replan_in))
		replan(d);
	mend(d);
	control_tick(d->control);
	expire(d);
	refusals_tick(&d->host->maps);
	confirm_mend();
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo info;
	struct error e = {};

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload(d, &e);
	else
		d->over = true;
}

static void on_control(struct daemon *d)
{
	control_dispatch(d->control);
}

static int watch(struct daemon *d, int fd, void (*handle)(struct daemon *))
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = handle};

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void taken_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

/* All that can fail, so that an attach is not made in vain. */
static int daemon_open(struct daemon *d)
{
	const struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
	sigset_t taken;
	int err;

	taken_signals(&taken);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	d->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->epoll < 0 || d->timer < 0 || d->signals < 0 ||
	    timerfd_settime(d->timer, 0, &second, NULL))
		return -errno;
	err = control_open(&d->control, answer, d);
	if (!err)
		err = watch(d, d->timer, on_second);
	if (!err)
		err = watch(d, d->signals, on_signal);
	if (!err)
		err = watch(d, control_fd(d->control), on_control);
	return err;
}

static void daemon_close(struct daemon *d)
{
	control_close(d->control);
	close(d->epoll);
	close(d->timer);
	close(d->signals);
}

static void daemon_loop(struct daemon *d)
{
	struct epoll_event event[8];
	int n;

	while (!d->over) {
		n = epoll_wait(d->epoll, event, 8, -1);
		for (int i = 0; i < n; i++)
			((void (*)(struct daemon *))event[i].data.ptr)(d);
	}
}

/* Only of a whole attach is it known that detaching undoes it. */
static int begin_confirm(const struct host *h, struct error *e)
{
	unsigned int abi;

	if (!h->confirm)
		return 0;
	if (pins_look(&abi) == PINS_OURS)
		return error_set(
			e, -EBUSY,
			"--confirm: an earlier attach is in force, which undoing this one "
			"would end; `erxdp attach` without --confirm takes it over, `erxdp "
			"detach` removes it");
	return confirm_begin(h->confirm, e);
}

static int attach(struct host *h, struct error *e)
{
	int err = begin_confirm(h, e);

	if (err)
		return err;
	err = host_attach(h, e);
	if (err && h->confirm)
		confirm_remove();
	return err;
}

static int attach_and_serve(struct daemon *d, void (*ready)(const struct host *h, void *arg),
			    void *arg, struct error *e)
{
	struct host *h = d->host;
	int err = daemon_open(d);

	if (err)
		return error_set(e, err, "the daemon cannot start: %s", strerror(-err));
	err = attach(h, e);
	if (err)
		return err;
	err = watch(d, mirror_fd(h->mirror), on_routes);
	if (err)
		return error_set(e, err, "rtnetlink cannot be followed: %s; what is attached stays",
				 strerror(-err));
	d->started = clock_ms() / 1000;
	refusals_begin(&h->maps);
	err = h->confirm ? confirm_arm(e) : 0;
	if (err)
		return err;
	ready(h, arg);
	daemon_loop(d);
	h->state.pid = 0;
	state_save(&h->state);
	return 0;
}

int daemon_serve(struct host *h, void (*ready)(const struct host *h, void *arg), void *arg,
		 struct error *e)
{
	struct daemon d = {.host = h};
	int lock, err = preflight(e);
	sigset_t taken;

	if (err)
		return err;
	taken_signals(&taken);
	sigprocmask(SIG_BLOCK, &taken, NULL);
	signal(SIGPIPE, SIG_IGN);
	lock = rundir_lock(getpid(), e);
	if (lock < 0)
		return lock;
	err = attach_and_serve(&d, ready, arg, e);
	daemon_close(&d);
	host_leave(h);
	rundir_remove();
	close(lock);
	return err;
}
