// SPDX-License-Identifier: GPL-2.0-only
#include "sessions.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <erxdp/session_table.h>
#include <erxdp/timeout.h>

#include "clock.h"
#include "mapset.h"

uint32_t session_clock(void)
{
	return clock_ms() / 1000;
}

static const char *const state_names[] = {
	[SESSION_NEW] = "new",
	[SESSION_OPEN] = "open",
	[SESSION_CLOSING] = "closing",
	[SESSION_CLOSED] = "closed",
};

#define NSTATES (sizeof(state_names) / sizeof(state_names[0]))

const char *session_state_name(unsigned int state)
{
	return state < NSTATES && state_names[state] ? state_names[state] : "unknown";
}

unsigned int session_state_parse(const char *name)
{
	for (unsigned int i = 0; i < NSTATES; i++)
		if (state_names[i] && !strcmp(state_names[i], name))
			return i;
	return 0;
}

bool session_half_open(const struct session *s)
{
	return s->state == SESSION_NEW && !(s->out.flags & s->in.flags & TCP_SIDE_SENT);
}

uint32_t session_lived(const struct session *s, uint32_t now)
{
	return (int32_t)(now - s->created) > 0 ? now - s->created : 0;
}

static uint32_t map_entries(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.max_entries;
}

uint32_t sessions_room(const struct mapset *maps)
{
	return map_entries(maps->endpoints);
}

int sessions_prepare(const struct mapset *maps)
{
	struct control *ctl = maps->ctl;

	if (ctl->session_buckets)
		return 0;
	if (getrandom(&ctl->session_seed, sizeof(ctl->session_seed), 0) !=
	    sizeof(ctl->session_seed))
		return -EIO;
	ctl->session_records = maps->nsessions;
	ctl->session_buckets = map_entries(maps->inside_index);
	return ctl->session_buckets ? 0 : -EIO;
}

/* The highest number that may be in use. */
static uint32_t last_number(const struct mapset *maps)
{
	uint32_t fresh = __atomic_load_n(&maps->totals->fresh, __ATOMIC_ACQUIRE);

	return fresh < maps->nsessions ? fresh : maps->nsessions - 1;
}

/* A record may end, and another begin in it, while it is read. */
static bool session_read(const struct mapset *maps, uint32_t number, struct session *copy)
{
	const struct session *record = &maps->session[number];
	uint32_t life = __atomic_load_n(&record->life, __ATOMIC_ACQUIRE);

	if ((life & LIFE_STATE) != LIFE_LIVE)
		return false;
	memcpy(copy, record, sizeof(*copy));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&record->life, __ATOMIC_RELAXED) == life && copy->life == life;
}

bool session_again(const struct mapset *maps, uint32_t number, uint32_t life, struct session *copy)
{
	return session_read(maps, number, copy) && copy->life == life;
}

int sessions_walk_part(const struct mapset *maps, uint32_t *at, uint32_t budget,
		       session_visit_fn visit, void *arg)
{
	uint32_t last = last_number(maps), number = *at ? *at : 1;
	struct session copy;
	int ret = 0;

	for (; number <= last && budget && !ret; number++, budget--)
		if (session_read(maps, number, &copy))
			ret = visit(&copy, arg);
	*at = number <= last ? number : 0;
	return ret;
}

int sessions_walk(const struct mapset *maps, session_visit_fn visit, void *arg)
{
	uint32_t at = 0;

	return sessions_walk_part(maps, &at, UINT32_MAX, visit, arg);
}

/* The program removes: it changes the counters that go with a session as the others do. 1 when
 * removed. */
static int sweep_one(const struct mapset *maps, const struct session *session, bool always)
{
	struct sweep_request request = {
		.number = session->number,
		.life = session->life,
		.always = always,
		.grace = SESSION_GRACE,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &request, .ctx_size_in = sizeof(request));
	int err = bpf_prog_test_run_opts(maps->erxdp_sweep, &opts);

	return err ? err : (int)opts.retval;
}

int session_remove(const struct mapset *maps, const struct session *session)
{
	return sweep_one(maps, session, true);
}

int session_import(const struct mapset *maps, const struct session *session, bool anew)
{
	struct import_request request = {.session = *session, .anew = anew};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &request, .ctx_size_in = sizeof(request));
	int err = bpf_prog_test_run_opts(maps->erxdp_import, &opts);

	return err ? err : (int)opts.retval;
}

int sessions_expire(const struct mapset *maps, uint32_t budget)
{
	static uint32_t number; /* where the walk stands; the daemon has one */
	uint32_t now = session_clock(), last = last_number(maps);
	struct session copy;
	int removed = 0;

	if (budget > last)
		budget = last;
	while (budget--) {
		int ret = 0;

		number = number < last ? number + 1 : 1;
		/* The program looks again: the copy may be outdated. */
		if (session_read(maps, number, &copy) &&
		    session_outlived(&copy, maps->ctl, now, SESSION_GRACE))
			ret = sweep_one(maps, &copy, false);
		if (ret < 0)
			return ret;
		removed += ret;
	}
	return removed;
}
