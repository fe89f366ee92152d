// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "check.h"
#include "crowds.h"
#include "error.h"
#include "forwards.h"
#include "host.h"
#include "host_recall.h"
#include "interfaces.h"
#include "log.h"
#include "mirror.h"
#include "nft.h"
#include "nft_host.h"
#include "pins.h"
#include "ports.h"
#include "sessions.h"
#include "sockets.h"

static int open_mirror(struct host *h, struct error *e)
{
	int err = mirror_open(&h->mirror, &h->config);

	if (err)
		return error_set(e, err, "rtnetlink cannot be listened to: %s", strerror(-err));
	err = mirror_dump(h->mirror);
	if (err)
		return error_set(e, err, "the kernel's routes cannot be read: %s", strerror(-err));
	return 0;
}

static void close_mirror(struct host *h)
{
	if (h->mirror)
		mirror_close(h->mirror);
	h->mirror = NULL;
}

static int make_plan(struct host *h, struct error *e)
{
	int err;

	host_recall_plan(h);
	err = plan_derive(&h->plan, mirror_rib(h->mirror), &h->config, e->text, sizeof(e->text));
	if (err)
		return err;
	host_remember_plan(h);
	return 0;
}

/* What is attached already goes on, whatever has come in its way since. */
static int look_for_errors(struct host *h, struct error *e)
{
	return h->adopted ? 0 : check_refuses(h, e);
}

static int load_objects(struct host *h, struct error *e)
{
	int err = loader_open(&h->loader, h->state.objects, h->config.max_sessions, e);

	if (err)
		return err;
	snprintf(h->state.objects, sizeof(h->state.objects), "%s", h->loader.objects);
	return 0;
}

static void unload_objects(struct host *h)
{
	bool made = h->loader.made;

	loader_close(&h->loader);
	if (made)
		pins_remove();
}

/* A table that was found keeps its size, whatever the configuration says by now. */
static void keep_table_size(struct host *h)
{
	uint32_t room = sessions_room(&h->maps);

	if (!h->config.max_sessions || !room || room == h->config.max_sessions)
		return;
	log_warn("the session table has room for %u, as it was made with; detach and attach again "
		 "for max-sessions = %u",
		 room, h->config.max_sessions);
	h->config.max_sessions = room;
}

static int open_maps(struct host *h, struct error *e)
{
	int err = mapset_open(&h->maps);

	if (!err)
		err = mapset_map(&h->maps, 1);
	if (!err)
		err = port_secret_prepare(&h->maps);
	if (!err)
		err = sessions_prepare(&h->maps);
	if (err)
		return error_set(e, err, "the maps in " ERXDP_PIN_DIR " cannot be opened: %s",
				 strerror(-err));
	keep_table_size(h);
	return 0;
}

static void close_maps(struct host *h)
{
	if (h->maps.ctl)
		mapset_close(&h->maps);
	h->maps.ctl = NULL;
}

/* Not worth to be without erxdp for: what listens or is connected keeps its port anyway. */
static int count_sockets(struct host *h, struct error *e)
{
	int err = sockets_attach(h->maps.local_port, h->loader.replace, e);

	h->sockets = !err;
	if (!err || err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		return err;
	log_warn("%s; the port of a socket that neither listens nor is connected may be taken for "
		 "a translation",
		 e->text);
	return 0;
}

static void forget_sockets(struct host *h)
{
	(void)h;
	sockets_detach();
}

static int check_forwards(struct host *h, struct error *e)
{
	return forwards_check(h, &h->config, h->adopted ? FORWARDS_ADOPT : FORWARDS_ATTACH, e);
}

static int add_table(struct host *h, struct error *e)
{
	int err = nft_host_add(h, e);

	h->table = !err;
	return err;
}

static void delete_table(struct host *h)
{
	struct error e;

	if (h->table && nft_table_delete(&e))
		log_warn("%s", e.text);
}

static int prepare_ports(struct host *h, struct error *e)
{
	return ports_prepare(&h->state, &h->plan, h->config.mode, e);
}

static void release_ports(struct host *h)
{
	struct error e;

	if (ports_release(&h->state, &e))
		log_warn("%s", e.text);
}

/* Counters are not worth to be without erxdp for. */
static void note_slots(struct host *h, bool adopt)
{
	int err = retired_begin(&h->retired, &h->maps, adopt);

	if (err)
		log_warn("the counters of interfaces that leave cannot be kept: %s",
			 strerror(-err));
}

static void retire_slots(struct host *h)
{
	int err = retired_end(&h->retired, &h->maps);

	if (err)
		log_warn("the counters of interfaces that left could not be kept: %s",
			 strerror(-err));
}

static int start_mirror(struct host *h, struct error *e)
{
	int err;

	if (h->adopted)
		note_slots(h, true);
	err = mirror_start(h->mirror, &h->plan, &h->maps);
	if (err)
		return error_set(e, err, "the tables cannot be filled: %s%s", strerror(-err),
				 err == -ENOMEM ? "; kernel memory for the routes is short" : "");
	return 0;
}

static int attach_interfaces(struct host *h, struct error *e)
{
	return interfaces_attach(&h->loader, &h->state, &h->plan, e);
}

static void detach_interfaces(struct host *h)
{
	struct error e;

	if (interfaces_detach(&h->state, NULL, &e))
		log_warn("%s", e.text);
}

/* A port that fell back to TC changes what the tables say of its interfaces. */
static int attach_ports(struct host *h, struct error *e)
{
	int err = ports_attach(&h->loader, &h->state, &h->plan, h->config.mode, e);

	if (err)
		return err;
	err = mirror_replan(h->mirror, &h->plan);
	retire_slots(h);
	return err ? error_set(e, err, "the tables cannot be filled: %s", strerror(-err)) : 0;
}

/* Also what a daemon began that was killed while it did. */
static int take_over(struct host *h, struct error *e)
{
	(void)e;
	if (takeover_pending(&h->maps))
		takeover_finish(&h->maps, &h->took);
	return 0;
}

static void give_back(struct host *h)
{
	struct takeover given;

	if (h->took.done)
		handback(&h->maps, &given);
}

/* Tables before programs, TC before XDP: a packet never meets a program that lacks something. Until
 * the connections change hands they touch no packet. The undo of a step that failed is called too,
 * and copes with half of it. */
static const struct step {
	const char *name;
	int (*make)(struct host *h, struct error *e);
	void (*undo)(struct host *h);
} steps[] = {
	{"read the routes", open_mirror, close_mirror},
	{"plan", make_plan, NULL},
	{"look for what would be wrong", look_for_errors, NULL},
	{"load the programs", load_objects, unload_objects},
	{"open the maps", open_maps, close_maps},
	{"count the bound sockets", count_sockets, forget_sockets},
	{"look at the forwardings", check_forwards, NULL},
	{"add the nft table", add_table, delete_table},
	{"prepare the ports", prepare_ports, release_ports},
	{"fill the tables", start_mirror, NULL},
	{"attach TC", attach_interfaces, detach_interfaces},
	{"attach XDP", attach_ports, NULL}, /* undone with the ports' preparation */
	{"take the kernel's connections over", take_over, give_back},
};

#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

static bool interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
	       (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM));
}

static int take_step(struct host *h, const struct step *step, struct error *e)
{
	int err;

	log_debug("attach: %s", step->name);
	err = step->make(h, e);
	if (err)
		return err;
	/* After each step the file says at least what was done. */
	err = state_save(&h->state);
	if (err)
		return error_set(e, err, ERXDP_RUN_DIR "/state.json cannot be written: %s",
				 strerror(-err));
	return interrupted() ? error_set(e, -EINTR, "interrupted; nothing is attached") : 0;
}

/* Descriptors kept for the undo, since running out of them is one way to fail. */
#define NSPARE 8

static void spare_open(int spare[NSPARE])
{
	for (int i = 0; i < NSPARE; i++)
		spare[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void spare_close(const int spare[NSPARE])
{
	for (int i = 0; i < NSPARE; i++) {
		if (spare[i] >= 0)
			close(spare[i]);
	}
}

static void undo_steps(struct host *h, size_t done)
{
	while (done-- > 0) {
		log_debug("undo: %s", steps[done].name);
		if (steps[done].undo)
			steps[done].undo(h);
	}
	/* What could not be restored on a device stays known, for the next attach or detach. */
	if (h->state.noffloads)
		state_save(&h->state);
	else
		state_remove();
}

int host_attach(struct host *h, struct error *e)
{
	int spare[NSPARE], err = host_recall(h, e);
	size_t i;

	if (err)
		return err;
	loader_quiet();
	spare_open(spare);
	for (i = 0; i < NSTEPS && !err; i++)
		err = take_step(h, &steps[i], e);
	spare_close(spare);
	h->loader.replace = false; /* done, or not to be tried again by host_mend() */
	if (!err)
		return 0;
	/* An adopted attach stays; but nobody keeps its tables any more, so they are not to be
	 * used. */
	if (h->adopted) {
		retire_slots(h);
		if (h->maps.ctl)
			__atomic_and_fetch(&h->maps.ctl->flags, ~CONTROL_TRUSTED, __ATOMIC_RELEASE);
		host_leave(h);
	} else {
		undo_steps(h, i);
	}
	return err;
}

int host_replan(struct host *h, struct error *e)
{
	struct plan next = h->plan;
	struct error ignored;
	int err;

	err = plan_derive(&next, mirror_rib(h->mirror), &h->config, e->text, sizeof(e->text));
	if (err)
		return err;
	h->plan = next;
	host_remember_plan(h);
	err = ports_prepare(&h->state, &h->plan, h->config.mode, e);
	/* An interface that is just going must not keep the others from what is theirs. */
	if (interfaces_attach(&h->loader, &h->state, &h->plan, err ? &ignored : e) && !err)
		err = -EIO;
	if (ports_attach(&h->loader, &h->state, &h->plan, h->config.mode, err ? &ignored : e) &&
	    !err)
		err = -EIO;
	note_slots(h, false);
	if (mirror_replan(h->mirror, &h->plan) && !err)
		err = error_set(e, -EIO, "the tables cannot be filled");
	retire_slots(h);
	state_save(&h->state);
	return err;
}

void host_leave(struct host *h)
{
	close_mirror(h);
	close_maps(h);
	loader_close(&h->loader);
}

void host_init(struct host *h)
{
	memset(h, 0, sizeof(*h));
	loader_init(&h->loader);
}
