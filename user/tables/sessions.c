// SPDX-License-Identifier: GPL-2.0-only
#include "sessions.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <erxdp/timeout.h>

#include "crowds.h"
#include "map_walk.h"
#include "mapset.h"

#define SWEEP_ROOM     1024 /* elements fetched at once */
#define SWEEP_SUSPECTS 1024 /* mappings seen as orphans once */
/* An orphan is rare and costs nothing but its port; a mapping costs a lookup to judge. */
#define SWEEP_MAPPINGS_SHARE 8

/* Where the walk stands; the daemon has one. */
static struct sweep {
	bool begun;
	struct map_cursor sessions, mappings;
	unsigned int nsuspects;
	struct flow suspect[SWEEP_SUSPECTS];
	struct flow key[SWEEP_ROOM];
	union {
		struct session session[SWEEP_ROOM];
		struct flow inside[SWEEP_ROOM];
	};
} sweep;

uint32_t session_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
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

static bool flow_equal(const struct flow *a, const struct flow *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* The program removes: it changes the counters that go with a session as the others do. 1 when
 * removed. */
static int sweep_one(const struct mapset *maps, const struct flow *inside, bool always)
{
	struct sweep_request request = {
		.inside = *inside,
		.always = always,
		.grace = SESSION_GRACE,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &request, .ctx_size_in = sizeof(request));
	int err = bpf_prog_test_run_opts(maps->erxdp_sweep, &opts);

	return err ? err : (int)opts.retval;
}

int session_remove(const struct mapset *maps, const struct flow *inside)
{
	return sweep_one(maps, inside, true);
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int sweep_sessions(const struct mapset *maps, uint32_t budget)
{
	uint32_t now = session_clock();
	int n, removed = 0;

	while (budget) {
		n = map_cursor_next(&sweep.sessions, sweep.key, sweep.session, SWEEP_ROOM);
		if (n <= 0)
			return n ? n : removed;
		for (int i = 0; i < n; i++) {
			int ret = 0;

			/* The program looks again: the values of a batch may be some
			 * milliseconds old. */
			if (session_outlived(&sweep.session[i], maps->ctl, now, SESSION_GRACE))
				ret = sweep_one(maps, &sweep.key[i], false);
			if (ret < 0)
				return ret;
			removed += ret;
		}
		budget -= min_u32(n, budget);
	}
	return removed;
}

/* True for a mapping whose session is missing or is translated otherwise by now. */
static bool is_orphan(const struct mapset *maps, const struct flow *outside,
		      const struct flow *inside)
{
	struct session s;
	int err = bpf_map_lookup_elem(maps->sessions, inside, &s);

	return err == -ENOENT || (!err && !flow_equal(&s.outside, outside));
}

/* The mapping comes before its session, so whoever looks in between sees an orphan that is none.
 * Between two calls of the daemon a second passes: what is one still, is one. */
static int remove_suspects(const struct mapset *maps)
{
	int removed = 0;

	for (unsigned int i = 0; i < sweep.nsuspects; i++) {
		const struct flow *outside = &sweep.suspect[i];
		struct flow inside;

		if (bpf_map_lookup_elem(maps->mappings, outside, &inside) ||
		    !is_orphan(maps, outside, &inside))
			continue;
		if (bpf_map_delete_elem(maps->mappings, outside))
			continue;
		crowds_release(maps, outside);
		removed++;
	}
	sweep.nsuspects = 0;
	return removed;
}

static int find_suspects(const struct mapset *maps, uint32_t budget)
{
	while (budget && sweep.nsuspects < SWEEP_SUSPECTS) {
		int n = map_cursor_next(&sweep.mappings, sweep.key, sweep.inside, SWEEP_ROOM);

		if (n <= 0)
			return n;
		for (int i = 0; i < n && sweep.nsuspects < SWEEP_SUSPECTS; i++)
			if (is_orphan(maps, &sweep.key[i], &sweep.inside[i]))
				sweep.suspect[sweep.nsuspects++] = sweep.key[i];
		budget -= min_u32(n, budget);
	}
	return 0;
}

static void begin_sweep(const struct mapset *maps)
{
	map_cursor_init(&sweep.sessions, maps->sessions, sizeof(struct flow),
			sizeof(struct session));
	map_cursor_init(&sweep.mappings, maps->mappings, sizeof(struct flow), sizeof(struct flow));
	sweep.nsuspects = 0;
	sweep.begun = true;
}

int sessions_expire(const struct mapset *maps, uint32_t budget)
{
	int orphans, expired, err;

	if (!sweep.begun || sweep.sessions.fd != maps->sessions ||
	    sweep.mappings.fd != maps->mappings)
		begin_sweep(maps);
	orphans = remove_suspects(maps);
	expired = sweep_sessions(maps, budget);
	if (expired < 0)
		return expired;
	err = find_suspects(maps, budget / SWEEP_MAPPINGS_SHARE);
	return err ? err : expired + orphans;
}
