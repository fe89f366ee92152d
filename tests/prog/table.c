// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <string.h>
#include <time.h>

#include "harness.h"

#include "session_table.h"

struct session_memory session_memory;

__u32 rest_begin(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

bool rest_is_over(__u32 since)
{
	return rest_begin() - since >= SESSION_REST;
}

void table_open(void)
{
	size_t len;

	session_memory = (struct session_memory){
		.control = bench.control,
		.session = map_memory(bench.xdp->maps.sessions, &len),
		.index = {map_memory(bench.xdp->maps.inside_index, &len),
			  map_memory(bench.xdp->maps.outside_index, &len)},
		.totals = map_memory(bench.xdp->maps.session_totals, &len),
		.pool = map_memory(bench.xdp->maps.session_pool, &len),
		.sessions = bpf_map__max_entries(bench.xdp->maps.sessions),
		.buckets = bpf_map__max_entries(bench.xdp->maps.inside_index),
	};
}

void table_prepare(void)
{
	bench.control->session_buckets = session_memory.buckets;
	bench.control->session_records = session_memory.sessions;
	bench.control->session_seed = 0x5eed5eed5eed;
}

void table_clear(void)
{
	struct session_memory *m = &session_memory;

	memset(m->pool, 0, m->sessions * sizeof(*m->pool));
	memset(m->session, 0, (m->totals->fresh + 1) * sizeof(*m->session));
	memset(m->index[INDEX_INSIDE], 0, m->buckets * sizeof(**m->index));
	memset(m->index[INDEX_OUTSIDE], 0, m->buckets * sizeof(**m->index));
	memset(m->totals, 0, sizeof(*m->totals));
}

struct session *session_of(struct flow inside)
{
	__u32 number = session_find_inside(&inside);

	return number ? session_at(number) : NULL;
}

struct session *session_of_outside(struct flow outside)
{
	__u32 number = session_find_mapped(&outside);

	return number ? session_at(number) : NULL;
}

void session_take_away(struct flow inside)
{
	struct session *session = session_of(inside);

	assert_non_null(session);
	session_leave_inside(session->number);
	session_leave_outside(session->number);
	assert_true(session_begin_end(session, session->life));
	session_release(session->number);
}

/* A record that holds its outside flow, and nothing is known of its inside one. */
static struct session *make(struct flow inside, const struct session *from)
{
	__u32 number = session_reserve();
	struct session *session = session_at(number);
	__u32 life = session->life;

	assert_int_not_equal(number, 0);
	*session = *from;
	session->inside = inside;
	session->number = number;
	session->life = life;
	assert_int_equal(session_enter_outside(number), 0);
	return session;
}

void session_half_made(struct flow inside, const struct session *from)
{
	make(inside, from);
}

static void overwrite(struct session *session, const struct session *from)
{
	__u32 number = session->number, life = session->life;
	struct flow inside = session->inside;

	session_leave_outside(number);
	*session = *from;
	session->inside = inside;
	session->number = number;
	session->life = life;
	assert_int_equal(session_enter_outside(number), 0);
}

void session_write(struct flow inside, const struct session *from)
{
	struct session *session = session_of(inside);

	if (session) {
		overwrite(session, from);
		return;
	}
	session = make(inside, from);
	session->life += LIFE_LIVE - LIFE_MAKING;
	assert_int_equal(session_enter_inside(session->number), 0);
}

void sessions_visit(void (*visit)(const struct session *session, void *arg), void *arg)
{
	for (__u32 number = 1; number <= session_memory.totals->fresh; number++)
		if ((session_at(number)->life & LIFE_STATE) == LIFE_LIVE)
			visit(session_at(number), arg);
}

static unsigned int slots_in_use(enum session_index index)
{
	unsigned int n = 0, displaced = 0, passed = 0;

	for (__u32 b = 0; b < session_memory.buckets; b++) {
		const struct session_bucket *bucket = bucket_at(index, b);

		displaced += bucket->displaced;
		for (int i = 0; i < SESSION_SLOTS; i++) {
			__u64 word = bucket->slot[i];
			const struct session *session = session_at(word & SLOT_NUMBER);
			struct session_place place;

			if (!word)
				continue;
			n++;
			assert_false(word & SLOT_TENTATIVE);
			place = place_of(index == INDEX_INSIDE ? &session->inside
							       : &session->outside,
					 session_memory.control);
			for (; place.bucket != b; passed++)
				session_place_next(&place, session_memory.buckets);
		}
	}
	assert_int_equal(displaced, passed);
	return n;
}

unsigned int session_count(void)
{
	unsigned int n = 0;

	for (__u32 number = 1; number <= session_memory.totals->fresh; number++)
		n += (session_at(number)->life & LIFE_STATE) == LIFE_LIVE;
	assert_int_equal(n, session_memory.totals->live);
	assert_int_equal(n, slots_in_use(INDEX_INSIDE));
	return n;
}

unsigned int mapping_count(void)
{
	return slots_in_use(INDEX_OUTSIDE);
}
