// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan: an empty configuration finds the uplink and the VLANs beside it, and whatever cannot be
 * served is refused with what to do about it.
 */
#include "model.h"

#include "config.h"
#include "plan.h"

enum { BOND0 = 10, SLAVE0, SLAVE1, VLAN1000, VLAN2000, QINQ, QINQINQ, ETH5, ETH5_VLAN, BRIDGE };

static struct rib *rib;
static struct config config;
static struct plan plan;
static char err[256];

static int setup(void **state)
{
	(void)state;
	rib = rib_new();
	memset(&config, 0, sizeof(config));
	memset(&plan, 0, sizeof(plan));
	err[0] = 0;
	set_bond(rib, BOND0, "bond0");
	set_slave(rib, SLAVE0, "slave0", BOND0);
	set_slave(rib, SLAVE1, "slave1", BOND0);
	set_vlan(rib, VLAN1000, "bond0.1000", BOND0, 1000);
	set_vlan(rib, VLAN2000, "bond0.2000", BOND0, 2000);
	set_vlan(rib, QINQ, "bond0.1000.7", VLAN1000, 7);
	set_vlan(rib, QINQINQ, "deep", QINQ, 8);
	set_link(rib, ETH5, "eth5", UP);
	set_vlan(rib, ETH5_VLAN, "eth5.9", ETH5, 9);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rib_free(rib);
	return 0;
}

static int derive(void)
{
	return plan_derive(&plan, rib, &config, err, sizeof(err));
}

static const struct plan_iface *iface(unsigned int ifindex)
{
	for (unsigned int i = 0; i < plan.nifaces; i++)
		if (plan.iface[i].ifindex == ifindex)
			return &plan.iface[i];
	return NULL;
}

static void name_uplink(const char *name)
{
	snprintf(config.uplink[config.nuplinks++], IFNAMSIZ, "%s", name);
}

static void name_inside(const char *name)
{
	snprintf(config.inside[config.ninside++], IFNAMSIZ, "%s", name);
}

static void test_defaults(void **state)
{
	(void)state;
	add(rib, a_route("0.0.0.0", 0, BOND0, "192.0.2.254"));
	assert_int_equal(derive(), 0);
	assert_int_equal(plan.nifaces, 4);
	assert_true(iface(BOND0)->uplink);
	assert_false(iface(VLAN1000)->uplink);
	assert_int_equal(iface(VLAN2000)->port, BOND0);
	assert_null(iface(ETH5_VLAN));
	assert_null(iface(QINQINQ));
	assert_int_equal(plan.nports, 1);
	assert_true(plan.port[0].bond);
	assert_int_equal(plan.port[0].nslaves, 2);
}

/* On the wire the outer tag comes first. */
static void test_tags(void **state)
{
	(void)state;
	name_uplink("bond0");
	assert_int_equal(derive(), 0);
	assert_int_equal(iface(BOND0)->tag[0].tpid, 0);
	assert_int_equal(iface(VLAN1000)->tag[0].vid, 1000);
	assert_int_equal(iface(VLAN1000)->tag[1].tpid, 0);
	assert_int_equal(iface(QINQ)->tag[0].vid, 1000);
	assert_int_equal(iface(QINQ)->tag[1].vid, 7);
	assert_int_equal(iface(QINQ)->port, BOND0);
}

static void test_default_by_object(void **state)
{
	(void)state;
	add(rib, an_object(1, BOND0, "192.0.2.254"));
	add(rib, an_object(2, ETH5, "198.51.100.254"));
	add(rib, a_group(3, 1, 1, 2, 1));
	add(rib, by_object("0.0.0.0", 0, 3));
	assert_int_equal(derive(), 0);
	assert_true(iface(BOND0)->uplink);
	assert_true(iface(ETH5)->uplink);
	assert_int_equal(plan.nports, 2);
	assert_non_null(iface(ETH5_VLAN));
}

static void test_best_default(void **state)
{
	struct event backup = a_route("0.0.0.0", 0, ETH5, "198.51.100.254");

	(void)state;
	backup.route.metric = 100;
	add(rib, backup);
	add(rib, a_route("0.0.0.0", 0, VLAN2000, "192.0.2.254"));
	assert_int_equal(derive(), 0);
	assert_true(iface(VLAN2000)->uplink);
	assert_null(iface(ETH5));
	/* The port's untagged side is nobody's unless named. */
	assert_null(iface(BOND0));
}

static void test_named(void **state)
{
	(void)state;
	name_uplink("bond0");
	name_inside("eth5");
	name_inside("bond0.1000");
	assert_int_equal(derive(), 0);
	assert_int_equal(plan.nifaces, 3);
	assert_int_equal(plan.nports, 2);
	assert_null(iface(VLAN2000));
}

/* Counters and sessions go by slot: an interface keeps its own while it stays. */
static void test_slots(void **state)
{
	unsigned int slot;

	(void)state;
	name_uplink("bond0");
	assert_int_equal(derive(), 0);
	slot = iface(VLAN2000)->slot;
	assert_int_not_equal(slot, 0);
	name_inside("bond0.2000");
	assert_int_equal(derive(), 0);
	assert_int_equal(plan.nifaces, 2);
	assert_int_equal(iface(VLAN2000)->slot, slot);
	name_inside("eth5");
	assert_int_equal(derive(), 0);
	assert_int_equal(iface(VLAN2000)->slot, slot);
	assert_int_not_equal(iface(ETH5)->slot, slot);
	assert_int_not_equal(iface(ETH5)->slot, iface(BOND0)->slot);
}

/* What an interface counted is moved away after it has left: until then nobody else counts in its
 * slot, and nobody ever does in the one that it is moved to. */
static void test_slots_rest(void **state)
{
	unsigned int slot;

	(void)state;
	name_uplink("bond0");
	name_inside("eth5");
	assert_int_equal(derive(), 0);
	slot = iface(ETH5)->slot;
	config.ninside = 0;
	name_inside("bond0.2000");
	assert_int_equal(derive(), 0);
	assert_int_not_equal(iface(VLAN2000)->slot, slot);
	name_inside("eth5");
	assert_int_equal(derive(), 0);
	assert_int_equal(iface(ETH5)->slot, slot);
	/* As an erxdp gave them that knew of no such slot. */
	for (unsigned int i = 0; i < plan.nifaces; i++)
		if (plan.iface[i].ifindex == ETH5)
			plan.iface[i].slot = ERXDP_SLOT_REMOVED;
	assert_int_equal(derive(), 0);
	assert_int_equal(iface(ETH5)->slot, slot);
}

/* Where all slots but that one are somebody's, the one that has left is given away at once. */
static void test_slots_run_out(void **state)
{
	(void)state;
	name_uplink("bond0");
	plan.nifaces = PLAN_MAX_IFACES;
	for (unsigned int i = 0; i < PLAN_MAX_IFACES; i++)
		plan.iface[i] = (struct plan_iface){.ifindex = 100000 + i, .slot = i + 1};
	assert_int_equal(derive(), 0);
	for (unsigned int i = 0; i < plan.nifaces; i++)
		assert_in_range(plan.iface[i].slot, 1, ERXDP_SLOT_REMOVED - 1);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *what, *uplink, *inside, *said;
	} cases[] = {
		{"no default route", NULL, NULL, "no default route"},
		{"a typing error", "bond9", NULL, "there is no interface bond9"},
		{"the inside too", "bond0", "bond0.3000", "there is no interface bond0.3000"},
		{"a slave", "slave0", NULL, "slave0 belongs to bond0"},
		{"three tags", "bond0", "deep", "more than 2 VLAN tags"},
		{"the loopback", "lo", NULL, "not an Ethernet device"},
		{"a parent elsewhere", "bond0", "lost", "another network namespace"},
	};

	(void)state;
	set_link(rib, 1, "lo", UP | IFF_LOOPBACK);
	set_vlan(rib, 77, "lost", 0, 5);
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.nuplinks = config.ninside = 0;
		if (cases[i].uplink)
			name_uplink(cases[i].uplink);
		if (cases[i].inside)
			name_inside(cases[i].inside);
		plan.nifaces = 0;
		if (derive() >= 0)
			fail_msg("%s: accepted", cases[i].what);
		if (!strstr(err, cases[i].said))
			fail_msg("%s: %s", cases[i].what, err);
		/* The plan is as it was. */
		assert_int_equal(plan.nifaces, 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),	 TEST(test_tags),	   TEST(test_default_by_object),
		TEST(test_best_default), TEST(test_named),	   TEST(test_slots),
		TEST(test_slots_rest),	 TEST(test_slots_run_out), TEST(test_refusals),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
