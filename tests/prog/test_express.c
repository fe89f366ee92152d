// SPDX-License-Identifier: GPL-2.0-only
/*
 * The express way (bpf/express.h) decides nothing of its own: each packet goes by it and by the
 * stages, from the same tables, and must come out alike, be counted alike and leave the same
 * sessions behind. The packets are plain ones with something changed in them, the tables what they
 * are in a running network with something changed in those.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COMPARISONS 60000	  /* at each of two hooks, scaled() */
#define LOCAL	    "192.168.0.2" /* an inside host on V1000 itself: its own neighbour */

static struct flow udp_inside(void)
{
	return flow_of(17, INSIDE, 5000, SERVER, 53);
}

static struct flow tcp_inside(void)
{
	return flow_of(6, INSIDE, 40000, SERVER, 443);
}

static struct flow local_inside(void)
{
	return flow_of(17, LOCAL, 5001, SERVER, 53);
}

#define SEQUENCE .seq = 1000, .ack = 2000, .payload = 12

static const struct {
	struct flow (*inside)(void);
	struct spec out, in;
	uint16_t port;
} talks[] = {
	{udp_inside,
	 {FROM_V1000, IP(INSIDE, SERVER), UDP(5000, 53)},
	 {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 50124)},
	 50124},
	{tcp_inside,
	 {FROM_V1000, IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), SEQUENCE},
	 {FROM_BOND0, IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .seq = 2000, .ack = 1012},
	 50123},
	{local_inside,
	 {FROM_V1000, IP(LOCAL, SERVER), UDP(5001, 53)},
	 {FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 50125)},
	 50125},
};

/* What nothing translates. */
static const struct spec routed[] = {
	{FROM_V1000, IP(INSIDE, "10.20.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, "10.20.1.1"), TCP(5000, 53, TH_ACK)},
	{FROM_V1000, IP(INSIDE, "10.99.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, "10.40.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, "10.60.1.1"), UDP(5000, 53)},
	{FROM_V2000, IP("10.20.1.1", INSIDE), UDP(53, 5000)},
	{FROM_QINQ, IP("10.40.1.1", INSIDE), UDP(53, 5000)},
	{FROM_BOND0, IP("10.99.1.1", INSIDE), UDP(53, 5000)},
	{FROM_BOND0, IP(SERVER, INSIDE), TCP(443, 5000, TH_ACK)},
	{FROM_BOND0, IP(SERVER, "10.99.1.1"), UDP(53, 5000)},
	{FROM_V1000, IP(PUBLIC, "10.20.1.1"), UDP(5000, 53)},
	{FROM_V1000, IP(INSIDE, PUBLIC), UDP(5000, 53)},
};

#define SPECS (2 * LEN(talks) + LEN(routed))

static const struct spec *spec_at(unsigned int n)
{
	if (n >= 2 * LEN(talks))
		return &routed[n - 2 * LEN(talks)];
	return n % 2 ? &talks[n / 2].in : &talks[n / 2].out;
}

/* TC sees no tags: they are in the packet's metadata, and the device says which. */
static unsigned int slot_of(const struct spec *spec)
{
	if (!spec->tag[0].tpid)
		return BOND0;
	return spec->tag[1].tpid ? QINQ : spec->tag[0].tci == 2000 ? V2000 : V1000;
}

static void build(struct frame *frame, const struct spec *spec, enum hook hook)
{
	struct spec bare = *spec;

	if (hook != HOOK_XDP)
		memset(bare.tag, 0, sizeof(bare.tag));
	frame_build(frame, &bare);
}

/* --- a running network --- */

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

static void common_set(unsigned int row, const char *addr, const char *mask)
{
	bench.control->common[row] =
		(struct common_prefix){.addr = inet_addr(addr), .mask = inet_addr(mask)};
}

static void run_quietly(const struct spec *spec, enum hook hook)
{
	static struct run run;

	run = (struct run){.hook = hook, .ifindex = hook ? device[slot_of(spec)] : 0};
	build(&run.frame, spec, hook);
	assert_int_equal(bench_run(&run), 0);
}

/* Somebody at an exempt address has called a forwarding: he is answered by the outside address. */
static struct flow called_inside(void)
{
	return flow_of(17, INSIDE, 5000, "10.99.1.1", 53);
}

static void arrange(enum hook hook)
{
	scenario_reset();
	exempt_set(bench.xdp->maps.exempt_dst, "10.0.0.0/8");
	common_set(0, "10.0.0.0", "255.0.0.0");
	for (unsigned int slot = BOND0; slot < DEVICES; slot++)
		iface_flags_set(slot, IFACE_FORWARD | (hook ? IFACE_TC_ONLY : 0) |
					      (slot == BOND0 ? IFACE_UPLINK : 0));
	exempt_set(bench.xdp->maps.exempt_src, LOCAL "/32");
	bench.bond[V1000] = (struct bond){
		.port = device[BOND0],
		.hash = below(2) ? BOND_HASH_L23 : BOND_HASH_L34,
		.count = 2,
		.slave = {device[ETH1], 54321}, /* the device map has the first one only */
		.seen = clock_now(),
	};
	session_put(called_inside(), PUBLIC, 50126, SESSION_OPEN);
	session_of(called_inside())->flags |= SESSION_INBOUND;
	for (unsigned int i = 0; i < LEN(talks); i++) {
		session_put(talks[i].inside(), PUBLIC, talks[i].port, SESSION_OPEN);
		run_quietly(&talks[i].out, hook);
		run_quietly(&talks[i].in, hook);
	}
}

/* --- what is changed --- */

static struct session *some_session(void)
{
	return session_of(talks[below(LEN(talks))].inside());
}

static struct nexthop *some_nexthop(void)
{
	return &bench.nexthop[1 + below(NEXTHOPS - 1)];
}

static void session_way_changed(void)
{
	some_session()->way ^= 1ULL << below(64);
}

static void session_flag_changed(void)
{
	some_session()->flags ^= 1 << below(8);
}

static void session_state_changed(void)
{
	some_session()->state = below(5);
}

static void session_idle(void)
{
	struct session *session = some_session();

	session->last_out -= below(8000);
	session->last_in -= below(8000);
}

static void session_elsewhere(void)
{
	some_session()->uplink = 1 + below(3);
}

static void session_of_old_addresses(void)
{
	some_session()->addr_gen--;
}

static void session_side_changed(void)
{
	struct session *session = some_session();
	struct tcp_side *side = below(2) ? &session->out : &session->in;

	side->flags ^= 1 << below(8);
	side->end += below(3) - 1;
	side->window = below(3000);
}

static void nexthop_flag_changed(void)
{
	some_nexthop()->flags ^= 1 << below(5);
}

static void nexthop_short(void)
{
	some_nexthop()->mtu = 20 + below(60);
}

static void nexthop_being_written(void)
{
	some_nexthop()->seq++;
}

static void nexthop_tagged(void)
{
	struct nexthop *nexthop = some_nexthop();

	nexthop->tag[below(2)] = (struct vlan_tag){.tpid = htons(0x8100), .vid = 7};
	nexthop->slot = 1 + below(DEVICES - 1);
}

static void nexthop_by_unknown_port(void)
{
	some_nexthop()->port = 999;
}

/* Its slaves are in the device map yet. */
static void nexthop_by_gone_bond(void)
{
	bench.nexthop[NH_AZURE].port = 999;
	bench.bond[V1000].port = 999;
}

static void generation_changed(void)
{
	bench.control->generation++;
}

static void control_flag_changed(void)
{
	bench.control->flags ^= 1 << below(8);
}

static void endpoints_in_use(void)
{
	bench.control->flags |= CONTROL_ENDPOINTS;
}

static void bytes_counted(void)
{
	bench.control->flags |= CONTROL_ACCOUNT;
}

static void nothing_common(void)
{
	common_set(0, "0.0.0.0", "0.0.0.0");
}

static void more_common(void)
{
	common_set(1, "10.20.0.0", "255.255.0.0");
	common_set(2, "172.16.0.0", "255.240.0.0");
	common_set(3, SERVER, "255.255.255.255");
}

static void (*const changes[])(void) = {
	session_way_changed,   session_flag_changed, session_state_changed,
	session_idle,	       session_elsewhere,    session_of_old_addresses,
	session_side_changed,  nexthop_flag_changed, nexthop_short,
	nexthop_being_written, nexthop_tagged,	     nexthop_by_unknown_port,
	nexthop_by_gone_bond,  generation_changed,   control_flag_changed,
	endpoints_in_use,      nothing_common,	     more_common,
	bytes_counted,
};

static void repair_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = ~sum >> 8;
	ip[11] = ~sum;
}

/* A byte with another value, a value from the edge among them; or the frame cut or padded. */
static void frame_change(struct frame *frame)
{
	static const uint8_t edges[] = {0, 1, 2, 0x45, 0x46, 0x7f, 0x80, 0xe0, 0xff};
	uint32_t at = below(frame->len < 60 ? frame->len : 60);
	uint8_t *ip;

	if (!below(8)) {
		frame->len = 14 + below(frame->len);
		return;
	}
	frame->data[at] = below(2) ? edges[below(LEN(edges))] : below(256);
	ip = frame_ip(frame);
	if (ip && below(4))
		repair_checksum(ip);
}

/* --- both ways --- */

struct outcome {
	struct run run;
	struct session sessions[LEN(talks)];
	struct counter counters[COUNTER_INDEX(BENCH_SLOTS, 0, 0)], sent[BENCH_SLOTS];
	struct neighbour neighbour;
};

static void neighbour_read(struct neighbour *neighbour)
{
	struct neighbour_key key = {.ifindex = device[V1000], .addr = inet_addr(LOCAL)};

	assert_int_equal(
		bpf_map_lookup_elem(bpf_map__fd(bench.xdp->maps.neighbours), &key, neighbour), 0);
}

/* Never used, as far as its entry says. No generation is raised, or all ways were forgotten. */
static void neighbour_forget(void)
{
	struct neighbour_key key = {.ifindex = device[V1000], .addr = inet_addr(LOCAL)};
	struct neighbour neighbour;

	neighbour_read(&neighbour);
	neighbour.used = 0;
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(bench.xdp->maps.neighbours), &key,
					     &neighbour, BPF_EXIST),
			 0);
}

static void sessions_save(struct session *saved)
{
	for (unsigned int i = 0; i < LEN(talks); i++)
		saved[i] = *session_of(talks[i].inside());
}

/* False where one of them has ended; another one may be in its place. */
static bool sessions_read(const struct session *before, struct session *after)
{
	for (unsigned int i = 0; i < LEN(talks); i++) {
		struct session *session = session_of(talks[i].inside());

		if (!session || session->number != before[i].number ||
		    session->life != before[i].life)
			return false;
		after[i] = *session;
	}
	return true;
}

static void sessions_restore(const struct session *saved)
{
	for (unsigned int i = 0; i < LEN(talks); i++)
		*session_of(talks[i].inside()) = saved[i];
}

/* False where the kernel does not run such a frame, or a session has ended by it. */
static bool go(struct outcome *outcome, const struct frame *frame, enum hook hook,
	       unsigned int slot, uint32_t gso_size, const struct session *before)
{
	int err;

	outcome->run = (struct run){.hook = hook,
				    .ifindex = hook ? device[slot] : 0,
				    .gso_size = gso_size,
				    .frame = *frame};
	tally_reset();
	neighbour_forget();
	err = bench_run(&outcome->run);
	if (err == -EINVAL)
		return false;
	assert_int_equal(err, 0);
	memcpy(outcome->counters, bench.counters, sizeof(outcome->counters));
	memcpy(outcome->sent, bench.sent, sizeof(outcome->sent));
	neighbour_read(&outcome->neighbour);
	return sessions_read(before, outcome->sessions);
}

static const char *difference(const struct outcome *a, const struct outcome *b)
{
	if (a->run.ret != b->run.ret || a->run.mark != b->run.mark)
		return "what the program returns";
	if (a->run.frame.len != b->run.frame.len ||
	    memcmp(a->run.frame.data, b->run.frame.data, a->run.frame.len))
		return "the packet";
	if (memcmp(a->counters, b->counters, sizeof(a->counters)) ||
	    memcmp(a->sent, b->sent, sizeof(a->sent)))
		return "the counters";
	if (memcmp(&a->neighbour, &b->neighbour, sizeof(a->neighbour)))
		return "the neighbour";
	return memcmp(a->sessions, b->sessions, sizeof(a->sessions)) ? "a session" : NULL;
}

/* False where there is nothing to compare, and no session may be as it was. */
static bool compare(const struct frame *frame, enum hook hook, unsigned int slot, int change)
{
	static struct outcome express, stages;
	struct session before[LEN(talks)];
	static const uint16_t sizes[] = {0, 0, 0, 0, 0, 0, 8, 1000, 1452, 1461, 65535};
	uint32_t gso_size = hook == HOOK_XDP ? 0 : sizes[below(LEN(sizes))];
	uint32_t now = clock_now();
	const char *differs;

	/* An earlier frame's later fragment, held back, would come out with this one's first run
	 * alone. */
	map_clear(bench.tc->maps.held);
	sessions_save(before);
	if (!go(&express, frame, hook, slot, gso_size, before))
		return false;
	sessions_restore(before);
	bench.control->flags |= CONTROL_STAGES;
	if (!go(&stages, frame, hook, slot, gso_size, before))
		fail_msg("the stages end a session: change %d", change);
	bench.control->flags &= ~CONTROL_STAGES;
	/* Sessions bear the second. */
	if (clock_now() != now)
		return false;
	differs = difference(&express, &stages);
	if (!differs)
		return true;
	frame_print("in", frame);
	frame_print("express", &express.run.frame);
	frame_print("stages", &stages.run.frame);
	fail_msg("%s: hook %u, change %d, returned %d and %d", differs, hook, change,
		 express.run.ret, stages.run.ret);
	return false;
}

/* Everything that was changed but for sessions, which arrange() makes. */
static void compare_changed(unsigned int n, enum hook hook)
{
	const struct spec *spec = spec_at(n % SPECS);
	struct nexthop nexthops[NEXTHOPS];
	struct bond bond = bench.bond[V1000];
	struct control control = *bench.control;
	struct session sessions[LEN(talks)];
	static struct frame frame;
	int change = -1;
	bool whole;

	memcpy(nexthops, bench.nexthop, sizeof(nexthops));
	sessions_save(sessions);
	build(&frame, spec, hook);
	if (below(2)) {
		change = below(LEN(changes));
		changes[change]();
	}
	for (uint32_t i = below(3); i; i--)
		frame_change(&frame);
	whole = compare(&frame, hook, slot_of(spec), change);
	memcpy(bench.nexthop, nexthops, sizeof(nexthops));
	*bench.control = control;
	bench.bond[V1000] = bond;
	if (whole && n % 64)
		sessions_restore(sessions);
	else
		arrange(hook);
}

static void compare_many(enum hook hook)
{
	const char *given = getenv("SEED");
	unsigned int seed = given ? strtoul(given, NULL, 0) : (unsigned int)time(NULL);

	print_message("SEED=%u\n", seed);
	srandom(seed);
	arrange(hook);
	for (unsigned int n = 0; n < scaled(COMPARISONS); n++)
		compare_changed(n, hook);
}

static void test_xdp(void **state)
{
	(void)state;
	compare_many(HOOK_XDP);
}

static void test_tc(void **state)
{
	(void)state;
	compare_many(HOOK_TC_INGRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xdp),
		cmocka_unit_test(test_tc),
	};

	return cmocka_run_group_tests_name("express", tests, scenario_open, bench_close);
}
