// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session table, by the programs' own code in plain memory: what was entered is found until it
 * is ended, no flow is ever held twice, and that stays so while many threads enter, look up and end
 * at once. A session that is lost breaks a connection; a flow held twice sends one host's packets
 * to another.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "session_table.h"

struct session_memory session_memory;

static struct control control;
static struct session_totals totals;

/*
 * The clock tells what a rest is for: a number may be given out again when everybody who was at
 * work when it came back has finished that.
 */
enum { THREADS = 4 };

static uint32_t now = 1, working_since[THREADS]; /* 0: not at work */

static void work_begins(unsigned int thread)
{
	__atomic_store_n(&working_since[thread], __sync_add_and_fetch(&now, 1), __ATOMIC_SEQ_CST);
}

static void work_ends(unsigned int thread)
{
	__atomic_store_n(&working_since[thread], 0, __ATOMIC_SEQ_CST);
}

__u32 rest_begin(void)
{
	return __sync_add_and_fetch(&now, 1);
}

bool rest_is_over(__u32 since)
{
	for (int i = 0; i < THREADS; i++) {
		uint32_t begun = __atomic_load_n(&working_since[i], __ATOMIC_SEQ_CST);

		if (begun && begun <= since)
			return false;
	}
	return true;
}

static void table_make(uint32_t max, uint32_t buckets)
{
	uint32_t records = session_records(max);

	totals = (struct session_totals){0};
	control = (struct control){
		.max_sessions = max,
		.session_records = records,
		.session_buckets = buckets,
		.session_seed = 0x5eed,
	};
	session_memory = (struct session_memory){
		.control = &control,
		.session = calloc(records, sizeof(struct session)),
		.index = {calloc(buckets, sizeof(struct session_bucket)),
			  calloc(buckets, sizeof(struct session_bucket))},
		.totals = &totals,
		.pool = calloc(records, sizeof(*session_memory.pool)),
		.sessions = records,
		.buckets = buckets,
	};
	now = 1;
	memset(working_since, 0, sizeof(working_since));
	assert_true(session_memory.session && session_memory.index[0] && session_memory.index[1]);
}

static void table_free(void)
{
	free(session_memory.session);
	free(session_memory.index[0]);
	free(session_memory.index[1]);
	free(session_memory.pool);
}

static struct flow flow_of(uint32_t side, uint32_t n)
{
	return (struct flow){.addr = side << 24, .remote = n, .port = n * 7, .proto = 17};
}

/* 0 where the outside or the inside flow is somebody's, or the table is full. */
static uint32_t begin(uint32_t inside, uint32_t outside)
{
	uint32_t number = session_reserve();
	struct session *session = session_at(number);

	if (!number)
		return 0;
	session->inside = flow_of(10, inside);
	session->outside = flow_of(198, outside);
	if (session_enter_outside(number)) {
		session->life &= ~LIFE_STATE;
		session_release(number);
		return 0;
	}
	__sync_fetch_and_add(&session->life, LIFE_LIVE - LIFE_MAKING);
	if (!session_enter_inside(number))
		return number;
	assert_true(session_begin_end(session, session->life));
	session_leave_outside(number);
	session_release(number);
	return 0;
}

static void end(uint32_t number)
{
	struct session *session = session_at(number);

	assert_true(session_begin_end(session, session->life));
	session_leave_inside(number);
	session_leave_outside(number);
	session_release(number);
}

static uint32_t find_inside(uint32_t n)
{
	struct flow flow = flow_of(10, n);

	return session_find_inside(&flow);
}

static uint32_t find_outside(uint32_t n)
{
	struct flow flow = flow_of(198, n);

	return session_find_mapped(&flow);
}

/* Nothing is left in the indexes, and nobody is counted as displaced. */
static void assert_empty(void)
{
	assert_int_equal(totals.live, 0);
	for (int index = 0; index < 2; index++)
		for (uint32_t b = 0; b < session_memory.buckets; b++) {
			const struct session_bucket *bucket = bucket_at(index, b);

			assert_int_equal(bucket->displaced, 0);
			for (int i = 0; i < SESSION_SLOTS; i++)
				assert_true(bucket->slot[i] == 0);
		}
}

static void test_full(void **state)
{
	enum { MAX = 50000 };
	static uint32_t number[MAX];

	(void)state;
	table_make(MAX, session_buckets(MAX));
	for (uint32_t i = 0; i < MAX; i++) {
		number[i] = begin(i, i);
		assert_int_not_equal(number[i], 0);
	}
	assert_int_equal(begin(MAX, MAX), 0);
	for (uint32_t i = 0; i < MAX; i++) {
		assert_int_equal(find_inside(i), number[i]);
		assert_int_equal(find_outside(i), number[i]);
	}
	assert_int_equal(find_inside(MAX), 0);
	for (uint32_t i = 0; i < MAX; i++)
		end(number[i]);
	assert_empty();
	table_free();
}

static void test_taken(void **state)
{
	uint32_t number;

	(void)state;
	table_make(100, session_buckets(100));
	number = begin(1, 1);
	assert_int_equal(begin(2, 1), 0);
	assert_int_equal(begin(1, 2), 0);
	assert_int_equal(find_outside(2), 0);
	assert_int_equal(totals.live, 1);
	end(number);
	assert_int_equal(find_inside(1), 0);
	assert_int_not_equal(begin(2, 1), 0);
	table_free();
}

/* As many flows as there are slots; one more finds none. */
static void test_buckets_full(void **state)
{
	enum { SLOTS = SESSION_PROBES * SESSION_SLOTS };
	uint32_t number[SLOTS + 1], n = 0;

	(void)state;
	table_make(1000, SESSION_PROBES);
	while (n <= SLOTS && (number[n] = begin(n, n)))
		n++;
	assert_int_equal(n, SLOTS);
	assert_int_equal(totals.live, SLOTS);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(find_inside(i), number[i]);
	while (n)
		end(number[--n]);
	assert_empty();
	table_free();
}

/* A record rests while somebody is at work who may have seen its number; until then a fresh one is
 * taken. */
static void test_rest(void **state)
{
	uint32_t first, second;

	(void)state;
	table_make(100, session_buckets(100));
	work_begins(1);
	first = begin(1, 1);
	end(first);
	second = begin(1, 1);
	assert_int_not_equal(second, first);
	work_ends(1);
	assert_int_equal(begin(2, 2), first);
	table_free();
}

/*
 * Threads that fight for a few flows. `owner` says who has an outside flow: whoever gets a session
 * must be alone with it, and finds it by both its flows until it ends it.
 */
enum { FLOWS = 160, OWN = 28 };

static struct {
	uint32_t inside[FLOWS], outside[FLOWS];
} owner;
static uint32_t trouble, begun, rounds;

struct fighter {
	unsigned int number, seed;
};

static void own(uint32_t *flag, uint32_t from, uint32_t to)
{
	if (__sync_val_compare_and_swap(flag, from, to) != from)
		__sync_fetch_and_or(&trouble, 1);
}

struct holding {
	uint32_t number, inside, outside;
};

static void take(struct holding *held, unsigned int *seed)
{
	held->inside = rand_r(seed) % FLOWS;
	held->outside = rand_r(seed) % FLOWS;
	held->number = begin(held->inside, held->outside);
	if (!held->number)
		return;
	own(&owner.inside[held->inside], 0, held->number);
	own(&owner.outside[held->outside], 0, held->number);
	__sync_fetch_and_add(&begun, 1);
}

static void check(const struct holding *held)
{
	if (find_inside(held->inside) != held->number)
		__sync_fetch_and_or(&trouble, 2);
	if (find_outside(held->outside) != held->number)
		__sync_fetch_and_or(&trouble, 4);
}

static void drop(struct holding *held)
{
	if (!held->number)
		return;
	own(&owner.inside[held->inside], held->number, 0);
	own(&owner.outside[held->outside], held->number, 0);
	end(held->number);
	held->number = 0;
}

static void *fight(void *arg)
{
	const struct fighter *fighter = arg;
	unsigned int seed = fighter->seed;
	struct holding held[OWN] = {0};

	for (uint32_t i = 0; i < rounds; i++) {
		struct holding *h = &held[rand_r(&seed) % OWN];

		work_begins(fighter->number);
		if (!h->number)
			take(h, &seed);
		else if (rand_r(&seed) % 4)
			check(h);
		else
			drop(h);
		work_ends(fighter->number);
	}
	for (int i = 0; i < OWN; i++)
		drop(&held[i]);
	return NULL;
}

/* With so few buckets that flows are displaced all the time, or with enough. */
static void run_fight(uint32_t buckets)
{
	struct fighter fighter[THREADS];
	pthread_t thread[THREADS];
	unsigned int seed = time(NULL);

	print_message("seed %u\n", seed);
	memset(&owner, 0, sizeof(owner));
	trouble = begun = 0;
	table_make(THREADS * OWN, buckets);
	for (unsigned int i = 0; i < THREADS; i++) {
		fighter[i] = (struct fighter){i, seed + i};
		assert_int_equal(pthread_create(&thread[i], NULL, fight, &fighter[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(trouble, 0);
	assert_true(begun > rounds / 10);
	assert_empty();
	table_free();
}

static void test_fight(void **state)
{
	(void)state;
	rounds = getenv("ERXDP_TEST_ROUNDS") ? atoi(getenv("ERXDP_TEST_ROUNDS")) : 500000;
	run_fight(session_buckets(THREADS * OWN));
	run_fight(SESSION_PROBES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),	     cmocka_unit_test(test_taken),
		cmocka_unit_test(test_buckets_full), cmocka_unit_test(test_rest),
		cmocka_unit_test(test_fight),
	};

	return cmocka_run_group_tests_name("session table", tests, NULL, NULL);
}
