// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model follows the kernel: the order of a prefix's routes, what the kernel removes in silence,
 * and what a dump that overlaps with notifications leaves behind. A model that errs forwards
 * packets to where the kernel would not.
 */
#include "model.h"

static int setup(void **state)
{
	*state = rib_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	rib_free(*state);
	return 0;
}

/* Routes of 10.0.0.0/16 are told apart by the last byte of their gateway, 10.79.0.N. */
static struct event numbered(unsigned int n, enum event_place place)
{
	struct event event = a_route("10.0.0.0", 16, 2, "10.79.0.0");

	event.route.hop[0].gateway |= htonl(n);
	event.route.place = place;
	return event;
}

enum verb { END, FIRST, LAST, REPLACE, REMOVE, METRIC, TOS };

static void do_step(struct rib *rib, enum verb verb, unsigned int n)
{
	struct event event = numbered(n, verb == LAST	   ? PLACE_LAST
					 : verb == REPLACE ? PLACE_REPLACE
							   : PLACE_FIRST);

	/* Routes 10 to 19 have metric 10, 20 and more TOS 0x10. */
	event.route.metric = n / 10 == 1 ? 10 : 0;
	event.route.tos = n >= 20 ? 0x10 : 0;
	event.removal = verb == REMOVE;
	apply(rib, &event);
}

static void describe(const struct rib *rib, char *text)
{
	const struct rib_prefix *prefix = rib_find_prefix(rib, inet_addr("10.0.0.0"), 16);
	const struct rib_route *route = prefix ? prefix->routes : NULL;

	*text = 0;
	for (; route; route = route->next)
		text += sprintf(text, "%u ", ntohl(route->hop[0].gateway) & 0xff);
}

static void test_order(void **state)
{
	static const struct {
		const char *what;
		struct {
			enum verb verb;
			unsigned int n;
		} step[8];
		const char *order;
	} cases[] = {
		{"an appended route goes behind its equals",
		 {{FIRST, 1}, {LAST, 2}, {LAST, 3}},
		 "1 2 3 "},
		{"an added or prepended one before them", {{FIRST, 1}, {FIRST, 2}}, "2 1 "},
		{"a replacement takes the first's place",
		 {{FIRST, 1}, {LAST, 2}, {REPLACE, 3}},
		 "3 2 "},
		{"a lower metric comes first", {{FIRST, 11}, {FIRST, 1}, {LAST, 12}}, "1 11 12 "},
		{"a TOS comes before none", {{FIRST, 1}, {FIRST, 20}}, "20 1 "},
		{"a replacement looks at its metric only",
		 {{FIRST, 1}, {FIRST, 11}, {REPLACE, 12}},
		 "1 12 "},
		{"a removal takes the route that it names",
		 {{FIRST, 1}, {LAST, 2}, {LAST, 3}, {REMOVE, 2}},
		 "1 3 "},
		{"a route told twice is there once", {{FIRST, 1}, {LAST, 2}, {LAST, 1}}, "1 2 "},
		{"a replacement by itself changes nothing",
		 {{FIRST, 1}, {LAST, 2}, {REPLACE, 2}},
		 "1 2 "},
		{"removing the last leaves nothing", {{FIRST, 1}, {REMOVE, 1}}, ""},
		{"removing what is not there, neither", {{FIRST, 1}, {REMOVE, 2}}, "1 "},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rib *rib = rib_new();
		char text[128];

		for (unsigned int j = 0; cases[i].step[j].verb != END; j++)
			do_step(rib, cases[i].step[j].verb, cases[i].step[j].n);
		describe(rib, text);
		if (strcmp(text, cases[i].order))
			fail_msg("%s: %s", cases[i].what, text);
		rib_free(rib);
	}
}

/* Deleting an object is one message, whatever number of routes used it. */
static void test_object_deleted(void **state)
{
	struct rib *rib = *state;

	add(rib, an_object(1, 2, "10.79.0.2"));
	add(rib, an_object(2, 3, "10.79.1.2"));
	add(rib, a_group(3, 1, 1, 2, 1));
	add(rib, by_object("10.0.0.0", 16, 1));
	add(rib, by_object("10.1.0.0", 16, 3));
	add(rib, by_object("10.2.0.0", 16, 2));
	del(rib, an_object(1, 0, NULL));
	assert_int_equal(rib->nroutes, 2);
	assert_null(rib_find_nexthop(rib, 1));
	assert_int_equal(rib_find_nexthop(rib, 3)->nmembers, 1);
	/* With its last member the group goes too. */
	del(rib, an_object(2, 0, NULL));
	assert_int_equal(rib->nroutes, 0);
	assert_null(rib_find_nexthop(rib, 3));
}

/* A dump of routes may mention an object that was made after the dump of objects. */
static void test_object_known_later(void **state)
{
	struct rib *rib = *state;
	struct rib_prefix *prefix;

	add(rib, by_object("10.0.0.0", 16, 7));
	prefix = rib_take_prefix(rib);
	assert_int_equal(prefix->routes->nexthop->effective, NH_ABSENT);
	add(rib, an_object(7, 2, "10.79.0.2"));
	/* The prefix is looked at again. */
	assert_ptr_equal(rib_take_prefix(rib), prefix);
	assert_int_equal(prefix->routes->nexthop->effective, NH_SINGLE);
}

static void test_group_of_foreign_member(void **state)
{
	struct rib *rib = *state;
	struct event foreign = an_object(1, 2, NULL);

	foreign.nexthop.kind = NH_FOREIGN;
	add(rib, foreign);
	add(rib, an_object(2, 2, "10.79.0.2"));
	add(rib, a_group(3, 1, 1, 2, 1));
	assert_int_equal(rib_find_nexthop(rib, 3)->effective, NH_FOREIGN);
	add(rib, by_object("10.0.0.0", 16, 3));
	rib_take_prefix(rib);
	add(rib, an_object(1, 2, "10.79.0.3"));
	assert_int_equal(rib_find_nexthop(rib, 3)->effective, NH_GROUP);
	assert_non_null(rib_take_prefix(rib));
}

static void test_sweep(void **state)
{
	struct rib *rib = *state;

	add(rib, an_object(1, 2, "10.79.0.2"));
	add(rib, by_object("10.0.0.0", 16, 1));
	add(rib, a_route("10.1.0.0", 16, 2, "10.79.0.3"));
	rib_begin(rib, KIND_BIT(EVENT_ROUTE) | KIND_BIT(EVENT_NEXTHOP));
	add(rib, a_route("10.2.0.0", 16, 2, "10.79.0.3"));
	rib_sweep(rib, KIND_BIT(EVENT_ROUTE) | KIND_BIT(EVENT_NEXTHOP));
	assert_int_equal(rib->nroutes, 1);
	assert_null(rib_find_nexthop(rib, 1));
	assert_non_null(rib_find_prefix(rib, inet_addr("10.2.0.0"), 16));
}

/* The order in a dump is the kernel's, whatever the model believed. */
static void test_dump_orders(void **state)
{
	struct rib *rib = *state;
	char text[128];

	add(rib, numbered(1, PLACE_LAST));
	add(rib, numbered(2, PLACE_LAST));
	add(rib, numbered(3, PLACE_LAST));
	rib_begin(rib, KIND_BIT(EVENT_ROUTE));
	add(rib, numbered(2, PLACE_FIRST));
	add(rib, numbered(3, PLACE_FIRST));
	add(rib, numbered(1, PLACE_FIRST));
	rib_sweep(rib, KIND_BIT(EVENT_ROUTE));
	describe(rib, text);
	assert_string_equal(text, "2 3 1 ");
	assert_int_equal(rib->stale, 0);
}

/*
 * In the kernel 1 was replaced by 3 and 3 removed, before the dump that shows 2 alone. Replayed,
 * the replacement hits 2: the model must know that it may have lost something.
 */
static void test_replay_of_a_replacement(void **state)
{
	struct rib *rib = *state;

	rib_begin(rib, KIND_BIT(EVENT_ROUTE));
	add(rib, numbered(2, PLACE_FIRST));
	rib_sweep(rib, KIND_BIT(EVENT_ROUTE));
	rib_replay(rib, true);
	add(rib, numbered(3, PLACE_REPLACE));
	assert_int_equal(rib->stale, 0);
	del(rib, numbered(3, PLACE_FIRST));
	rib_replay(rib, false);
	assert_int_equal(rib->stale, KIND_BIT(EVENT_ROUTE));
}

/* The state of the hops in a replayed message is older than that in the dump. */
static void test_replay_of_a_dead_hop(void **state)
{
	struct event dead = numbered(1, PLACE_FIRST);
	struct rib *rib = *state;
	const struct rib_prefix *prefix;

	dead.route.hop[0].dead = true;
	rib_begin(rib, KIND_BIT(EVENT_ROUTE));
	add(rib, numbered(1, PLACE_FIRST));
	rib_sweep(rib, KIND_BIT(EVENT_ROUTE));
	prefix = rib_find_prefix(rib, inet_addr("10.0.0.0"), 16);
	rib_replay(rib, true);
	add(rib, dead);
	rib_replay(rib, false);
	assert_false(prefix->routes->hop[0].dead);
	add(rib, dead);
	assert_true(prefix->routes->hop[0].dead);
}

static void test_stale(void **state)
{
	const unsigned int flushed = KIND_BIT(EVENT_ROUTE) | KIND_BIT(EVENT_NEXTHOP);
	struct rib *rib = *state;

	set_link(rib, 2, "eth0", UP);
	add(rib, an_address(2, "10.79.0.1", 24));
	rib->stale = 0;
	set_link(rib, 2, "eth0", UP);
	assert_int_equal(rib->stale, 0);
	set_link(rib, 2, "eth0", IFF_UP);
	assert_int_equal(rib->stale & flushed, flushed);
	rib->stale = 0;
	del(rib, an_address(2, "10.79.0.1", 24));
	assert_int_equal(rib->stale & flushed, flushed);
	rib->stale = 0;
	del(rib, a_route("10.9.0.0", 16, 2, "10.79.0.9"));
	assert_int_equal(rib->stale, KIND_BIT(EVENT_ROUTE));
}

/* What a bond does not announce is read again when one of its slaves has changed. */
static void test_stale_bond(void **state)
{
	struct event slave = {.kind = EVENT_LINK};
	struct rib *rib = *state;

	slave.link = (struct event_link){
		.ifindex = 2, .name = "eth0", .flags = UP, .master = 6, .bond.active = true};
	apply(rib, &slave);
	rib->stale = 0;
	rib->changed = 0;
	apply(rib, &slave);
	assert_int_equal(rib->stale, 0);
	assert_int_equal(rib->changed, 0);
	slave.link.bond.active = false;
	apply(rib, &slave);
	assert_int_equal(rib->stale, KIND_BIT(EVENT_LINK));
	assert_int_equal(rib->changed, RIB_LINKS);
}

static void test_rules(void **state)
{
	struct rib *rib = *state;
	char why[160];

	assert_false(rib_rules_are_plain(rib, why, sizeof(why)));
	add_default_rules(rib);
	assert_true(rib_rules_are_plain(rib, why, sizeof(why)));
	add(rib, a_rule(100, 200, true));
	assert_false(rib_rules_are_plain(rib, why, sizeof(why)));
	assert_string_equal(why,
			    "policy routing rule 100: from all lookup 200 \xe2\x80\x94 the main "
			    "table alone is not the truth");
	del(rib, a_rule(100, 200, true));
	assert_true(rib_rules_are_plain(rib, why, sizeof(why)));
	/* A selector on the main table's rule is another rule. */
	add(rib, a_rule(50, RT_TABLE_MAIN, false));
	assert_false(rib_rules_are_plain(rib, why, sizeof(why)));
	del(rib, a_rule(50, RT_TABLE_MAIN, false));
	/* As with VRFs: local behind another priority is still before main. */
	del(rib, a_rule(0, RT_TABLE_LOCAL, true));
	assert_false(rib_rules_are_plain(rib, why, sizeof(why)));
	add(rib, a_rule(32765, RT_TABLE_LOCAL, true));
	assert_true(rib_rules_are_plain(rib, why, sizeof(why)));
}

static void address_list(const struct rib *rib, char *text)
{
	const struct rib_link *link = rib_find_link(rib, 2);

	*text = 0;
	for (unsigned int i = 0; i < link->naddress; i++)
		text += sprintf(text, "%u ", ntohl(link->address[i].local) & 0xff);
}

/* Which address is first decides the source of translated packets. */
static void test_address_order(void **state)
{
	struct rib *rib = *state;
	struct event secondary = an_address(2, "192.0.2.3", 24);
	struct event narrow = an_address(2, "169.254.0.4", 16);
	char text[64];

	secondary.address.secondary = true;
	narrow.address.scope = RT_SCOPE_LINK;
	set_link(rib, 2, "eth0", UP);
	add(rib, an_address(2, "192.0.2.1", 24));
	add(rib, secondary);
	add(rib, an_address(2, "10.79.30.2", 31));
	address_list(rib, text);
	assert_string_equal(text, "1 2 3 ");
	add(rib, narrow);
	address_list(rib, text);
	assert_string_equal(text, "4 1 2 3 ");
	rib_begin(rib, KIND_BIT(EVENT_ADDRESS));
	add(rib, an_address(2, "10.79.30.2", 31));
	add(rib, an_address(2, "192.0.2.1", 24));
	rib_sweep(rib, KIND_BIT(EVENT_ADDRESS));
	address_list(rib, text);
	assert_string_equal(text, "2 1 ");
}

static void test_neighbours(void **state)
{
	struct rib *rib = *state;
	struct rib_neighbour *neighbour;

	set_neighbour(rib, 2, "10.79.0.2", NUD_REACHABLE, 7);
	neighbour = rib_take_neighbour(rib);
	assert_true(rib_neighbour_is_usable(neighbour));
	rib_settle_neighbour(rib, neighbour);
	set_neighbour(rib, 2, "10.79.0.2", NUD_STALE, 7);
	assert_true(rib_neighbour_is_usable(rib_take_neighbour(rib)));
	set_neighbour(rib, 2, "10.79.0.2", NUD_FAILED, 0);
	assert_false(rib_neighbour_is_usable(rib_take_neighbour(rib)));
	del(rib, a_neighbour(2, "10.79.0.2", 0, 0));
	neighbour = rib_take_neighbour(rib);
	assert_int_equal(neighbour->state, 0);
	rib_settle_neighbour(rib, neighbour);
	assert_null(rib_find_neighbour(rib, 2, inet_addr("10.79.0.2")));
}

static void test_settings_before_link(void **state)
{
	struct rib *rib = *state;
	struct event gone = {.kind = EVENT_LINK, .removal = true};

	set_forwarding(rib, 5, true);
	assert_null(rib_find_link(rib, 5));
	set_link(rib, 5, "eth5", UP);
	assert_true(rib_find_link(rib, 5)->forwarding);
	gone.link.ifindex = 5;
	apply(rib, &gone);
	assert_null(rib_find_link(rib, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test_setup_teardown(test_object_deleted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_object_known_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_of_foreign_member, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sweep, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dump_orders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replay_of_a_replacement, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replay_of_a_dead_hop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale_bond, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_address_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings_before_link, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
