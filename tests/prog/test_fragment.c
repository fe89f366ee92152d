// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments at TC's hooks: several packets in a row. What is sent into the device once more when a
 * first fragment comes late cannot be seen here (tests/net/fragments.sh sees it); the last of them
 * is what the first one's run gives back.
 */
#include "cases.h"

#define NOTRACK	  MARK(ERXDP_MARK_NOTRACK)
#define FORWARDED MARK(ERXDP_MARK_FORWARDED)
#define FIRST	  .frag = FRAG_MF
#define MIDDLE	  .frag = FRAG_MF | 4 /* 32 octets on: behind a UDP header and 20 octets */
#define LAST	  .frag = 10

#define ANSWER	     IP(SERVER, PUBLIC), UDP(53, 50124)
#define ANSWERED     IP(SERVER, INSIDE), UDP(53, 5000)
#define TO_OTHER     IP(SERVER, PUBLIC), UDP(53, 50200)
#define OF_ANSWER    IP(SERVER, PUBLIC), .proto = 17, .sport = 53, .dport = 50124
#define OF_ANSWERED  IP(SERVER, INSIDE), .proto = 17, .sport = 53, .dport = 5000
#define ASK	     IP(INSIDE, SERVER), UDP(5000, 53)
#define ASKED	     IP(PUBLIC, SERVER), UDP(50124, 53)
#define ASK_OTHER    IP(OTHER, SERVER), UDP(5000, 53)
#define ASKED_OTHER  IP(PUBLIC, SERVER), UDP(50200, 53)
#define EXEMPT	     "10.77.1.1"
#define POOL_ADDRESS "203.0.113.8"

/* Comes in by the uplink; goes up translated, as it came, or not at all. */
#define IN(way, packet, translated)                                                              \
	{                                                                                        \
		.what = "in: " #way, .hook = HOOK_TC_INGRESS, .verdict = V_##way, .slot = BOND0, \
		.mark_out = V_##way == V_SLOW_IN ? NOTRACK : 0, .in = {FROM_BOND0, packet},      \
		.out = {translated},                                                             \
	}
#define BACK(packet, translated) IN(SLOW_IN, MEMBERS(packet), MEMBERS(FROM_BOND0, translated))
#define STAYS(way, packet)	 IN(way, MEMBERS(packet), )

/* Forwarded by the kernel, leaves by the uplink. */
#define LEAVES(way, packet, translated)                                                          \
	{                                                                                        \
		.what = "out: " #way, .hook = HOOK_TC_EGRESS, .verdict = V_##way, .slot = BOND0, \
		.forwarded = true, .mark_in = NOTRACK, .in = {TO_BOND0, packet},                 \
		.out = {translated},                                                             \
	}
#define OUT(packet, translated) LEAVES(SLOW_OUT, MEMBERS(packet), MEMBERS(TO_BOND0, translated))
#define ENDS(way, packet)	LEAVES(way, MEMBERS(packet), )

static void run_all(const struct pcase *cases, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		case_run(&cases[i]);
}

#define RUN(...)                                          \
	do {                                              \
		const struct pcase row[] = {__VA_ARGS__}; \
		run_all(row, LEN(row));                   \
	} while (0)

static unsigned int held_count(void)
{
	return map_count(bench.tc->maps.held);
}

static unsigned int noted_count(void)
{
	return map_count(bench.tc->maps.fragments);
}

static int begin(void **state)
{
	(void)state;
	scenario_reset();
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(17, OTHER, 5000, SERVER, 53), PUBLIC, 50200, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
	return 0;
}

static void test_in_order(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 1), MEMBERS(ANSWERED, FIRST, .id = 1)),
	    BACK(MEMBERS(ANSWER, MIDDLE, .id = 1), MEMBERS(ANSWERED, MIDDLE, .id = 1)),
	    BACK(MEMBERS(ANSWER, LAST, .id = 1), MEMBERS(ANSWERED, LAST, .id = 1)));
	RUN(OUT(MEMBERS(ASK, FIRST, .id = 1), MEMBERS(ASKED, FIRST, .id = 1)),
	    OUT(MEMBERS(ASK, MIDDLE, .id = 1), MEMBERS(ASKED, MIDDLE, .id = 1)),
	    OUT(MEMBERS(ASK, LAST, .id = 1), MEMBERS(ASKED, LAST, .id = 1)));
	assert_int_equal(held_count(), 0);
}

/* The kernel gets it, as for this host; a copy goes up behind the first one, translated. */
static void test_early(void **state)
{
	(void)state;
	RUN(STAYS(PASS_HELD, MEMBERS(ANSWER, LAST, .id = 2)));
	assert_int_equal(held_count(), 1);
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 2), MEMBERS(ANSWERED, LAST, .id = 2)));
	assert_int_equal(held_count(), 0);
	RUN(BACK(MEMBERS(ANSWER, MIDDLE, .id = 2), MEMBERS(ANSWERED, MIDDLE, .id = 2)));
}

/* The uplink's counter of what left. */
static void sent_is(unsigned int packets, unsigned int bytes)
{
	assert_int_equal(bench.sent[BOND0].packets, packets);
	assert_int_equal(bench.sent[BOND0].bytes, bytes);
}

/* TC egress drops the early one; it leaves behind the first one. */
static void test_early_out(void **state)
{
	const struct spec first = {TO_BOND0, ASK, FIRST, .id = 2};
	const struct spec last = {TO_BOND0, ASKED, LAST, .id = 2};
	struct run run = {.hook = HOOK_TC_EGRESS, .ifindex = device[BOND0], .iif = device[V1000]};
	struct frame want;

	(void)state;
	RUN(ENDS(DROP_HELD, MEMBERS(ASK, LAST, .id = 2)));
	assert_int_equal(held_count(), 1);
	run.mark = NOTRACK;
	frame_build(&run.frame, &first);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(tally_read().verdict, V_SLOW_OUT);
	assert_int_equal(tally_read().counter.packets, 1);
	assert_int_equal(run.mark, 0);
	frame_build(&want, &last);
	frame_assert_equal(&want, &run.frame, "the last of them");
	sent_is(2, want.len + 14 + 20 + 8 + 20);
	assert_int_equal(held_count(), 0);
}

static void test_early_sizes(void **state)
{
	(void)state;
	RUN(STAYS(PASS_HELD, MEMBERS(OF_ANSWER, LAST, .id = 2, .payload = 1)),
	    STAYS(PASS_HELD, MEMBERS(OF_ANSWER, MIDDLE, .id = 2, .payload = 1480)),
	    STAYS(PASS_LOCAL, MEMBERS(OF_ANSWER, MIDDLE, .id = 2, .payload = 1481)));
	assert_int_equal(held_count(), 2);
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 2),
		 MEMBERS(OF_ANSWERED, MIDDLE, .id = 2, .payload = 1480)));
	assert_int_equal(held_count(), 0);
	RUN(STAYS(PASS_HELD, MEMBERS(OF_ANSWER, LAST, .id = 3, .payload = 1, .options = 12)),
	    BACK(MEMBERS(OF_ANSWER, FIRST, .id = 3, .payload = 1400),
		 MEMBERS(OF_ANSWERED, LAST, .id = 3, .payload = 1, .options = 12)));
}

/* The kernel has what is for this host, and nothing is sent twice. */
static void test_early_own(void **state)
{
	(void)state;
	RUN(STAYS(PASS_HELD, MEMBERS(IP(SERVER, PUBLIC), UDP(53, 4000), LAST, .id = 2)),
	    STAYS(PASS_LOCAL, MEMBERS(IP(SERVER, PUBLIC), UDP(53, 4000), FIRST, .id = 2)));
	assert_int_equal(noted_count(), 0);
}

static void test_own_moved(void **state)
{
	struct flow own = flow_of(17, PUBLIC, 4000, SERVER, 53);
	struct session session;

	(void)state;
	session_put(own, PUBLIC, 4001, SESSION_OPEN);
	assert_true(session_get(own, &session));
	session.flags = SESSION_OWN;
	session_write(own, &session);
	RUN(IN(PASS_OWN_SESSION, MEMBERS(IP(SERVER, PUBLIC), UDP(53, 4001), FIRST, .id = 2),
	       MEMBERS(FROM_BOND0, IP(SERVER, PUBLIC), UDP(53, 4000), FIRST, .id = 2)),
	    STAYS(PASS_OWN_SESSION, MEMBERS(IP(SERVER, PUBLIC), UDP(53, 4001), LAST, .id = 2)));
}

static void test_early_pool(void **state)
{
	(void)state;
	pool_set(BOND0, POOL_ADDRESS, 1);
	RUN(STAYS(DROP_HELD, MEMBERS(IP(SERVER, POOL_ADDRESS), UDP(1, 2), LAST, .id = 2)));
	assert_int_equal(held_count(), 1);
}

static void test_early_too_late(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 2), MEMBERS(ANSWERED, FIRST, .id = 2)));
	fragments_age(31);
	RUN(STAYS(PASS_HELD, MEMBERS(ANSWER, LAST, .id = 2)),
	    STAYS(PASS_HELD, MEMBERS(ANSWER, MIDDLE, .id = 2)));
	assert_int_equal(held_count(), 2);
	fragments_age(31);
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 2), MEMBERS(ANSWERED, FIRST, .id = 2)));
	assert_int_equal(held_count(), 0);
}

/* No datagram is longer than 64 KB. */
static void test_early_many(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ERXDP_HELD_EACH; i++)
		RUN(STAYS(PASS_HELD, MEMBERS(ANSWER, .id = 2, .frag = FRAG_MF | (100 + i))));
	RUN(STAYS(PASS_LOCAL, MEMBERS(ANSWER, LAST, .id = 2)));
	assert_int_equal(held_count(), ERXDP_HELD_EACH);
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 2),
		 MEMBERS(ANSWERED, .id = 2, .frag = FRAG_MF | (99 + ERXDP_HELD_EACH))));
	assert_int_equal(held_count(), 0);
}

/* Incomplete datagrams, of which the last ones, and then the first ones, come from anywhere. */
static void test_flood(void **state)
{
	unsigned int sessions = session_count();
	char address[32];

	(void)state;
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(address, sizeof(address), "198.18.%u.%u", i / 250, i % 250 + 1);
		RUN(STAYS(PASS_HELD, MEMBERS(IP(address, PUBLIC), UDP(1, 2), LAST, .id = 7)),
		    STAYS(PASS_LOCAL, MEMBERS(IP(address, PUBLIC), UDP(1, 2), FIRST, .id = 8)));
	}
	assert_in_range(held_count(), 1, ERXDP_MAX_HELD);
	assert_int_equal(noted_count(), 0);
	assert_int_equal(session_count(), sessions);
	RUN(STAYS(PASS_HELD, MEMBERS(ANSWER, LAST, .id = 2)),
	    BACK(MEMBERS(ANSWER, FIRST, .id = 2), MEMBERS(ANSWERED, LAST, .id = 2)),
	    BACK(MEMBERS(ANSWER), MEMBERS(ANSWERED)));
}

/* One flow's incomplete datagrams; another's are translated all the while. */
static void test_flood_of_a_session(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		RUN(BACK(MEMBERS(TO_OTHER, FIRST, .id = i),
			 MEMBERS(IP(SERVER, OTHER), UDP(53, 5000), FIRST, .id = i)));
		if (i % 1000)
			continue;
		RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 40000 + i / 1000),
			 MEMBERS(ANSWERED, FIRST, .id = 40000 + i / 1000)),
		    BACK(MEMBERS(ANSWER, LAST, .id = 40000 + i / 1000),
			 MEMBERS(ANSWERED, LAST, .id = 40000 + i / 1000)));
	}
	assert_in_range(noted_count(), 1, ERXDP_MAX_FRAGMENTS);
}

/* RFC 3128: the rest is the first one's that came first, until the datagram is whole or forgotten.
 */
static void test_second_first(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(ANSWER, FIRST, .id = 3), MEMBERS(ANSWERED, FIRST, .id = 3)),
	    STAYS(DROP_FRAGMENT, MEMBERS(TO_OTHER, FIRST, .id = 3)),
	    BACK(MEMBERS(ANSWER, FIRST, .id = 3), MEMBERS(ANSWERED, FIRST, .id = 3)),
	    BACK(MEMBERS(ANSWER, MIDDLE, .id = 3), MEMBERS(ANSWERED, MIDDLE, .id = 3)));
	fragments_age(31);
	RUN(BACK(MEMBERS(TO_OTHER, FIRST, .id = 3),
		 MEMBERS(IP(SERVER, OTHER), UDP(53, 5000), FIRST, .id = 3)),
	    BACK(MEMBERS(ANSWER, LAST, .id = 3),
		 MEMBERS(IP(SERVER, OTHER), UDP(53, 5000), LAST, .id = 3)));
}

/* RFC 4963: a sender of many uses an identification again within seconds. */
static void test_identification_again(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(OF_ANSWER, FIRST, .id = 3, .payload = 24),
		 MEMBERS(OF_ANSWERED, FIRST, .id = 3, .payload = 24)),
	    BACK(MEMBERS(ANSWER, .frag = 4, .id = 3), MEMBERS(ANSWERED, .frag = 4, .id = 3)),
	    BACK(MEMBERS(TO_OTHER, FIRST, .id = 3),
		 MEMBERS(IP(SERVER, OTHER), UDP(53, 5000), FIRST, .id = 3)));
}

/* Two inside hosts, one identification, one destination: each one's fragments are its own. */
static void test_identification_of_two(void **state)
{
	(void)state;
	RUN(OUT(MEMBERS(ASK, FIRST, .id = 3), MEMBERS(ASKED, FIRST, .id = 3)),
	    OUT(MEMBERS(ASK_OTHER, FIRST, .id = 3), MEMBERS(ASKED_OTHER, FIRST, .id = 3)),
	    OUT(MEMBERS(ASK, LAST, .id = 3), MEMBERS(ASKED, LAST, .id = 3)),
	    OUT(MEMBERS(ASK_OTHER, LAST, .id = 3), MEMBERS(ASKED_OTHER, LAST, .id = 3)));
}

#define TCP_ASK	     IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), .payload = 40
#define TCP_ASKED    IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .payload = 40
#define TCP_ANSWER   IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .payload = 40
#define TCP_ANSWERED IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .payload = 40

/* RFC 1858: what would lie over the TCP header is no honest fragment. */
static void test_overlay(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(TCP_ANSWER, FIRST, .id = 5), MEMBERS(TCP_ANSWERED, FIRST, .id = 5)),
	    STAYS(DROP_MALFORMED, MEMBERS(TCP_ANSWER, .frag = 1, .id = 5)),
	    STAYS(DROP_MALFORMED, MEMBERS(TCP_ANSWER, .frag = 2, .id = 5)),
	    BACK(MEMBERS(TCP_ANSWER, .frag = 3, .id = 5),
		 MEMBERS(TCP_ANSWERED, .frag = 3, .id = 5)));
	RUN(OUT(MEMBERS(TCP_ASK, FIRST, .id = 5), MEMBERS(TCP_ASKED, FIRST, .id = 5)),
	    ENDS(DROP_MALFORMED, MEMBERS(TCP_ASK, .frag = 1, .id = 5)),
	    OUT(MEMBERS(TCP_ASK, .frag = 3, .id = 5), MEMBERS(TCP_ASKED, .frag = 3, .id = 5)));
	/* Nor is it kept for later. */
	RUN(STAYS(PASS_LOCAL, MEMBERS(TCP_ANSWER, .frag = 1, .id = 6)));
	assert_int_equal(held_count(), 0);
}

/* Too large for the uplink, and the kernel may cut it up: it gets the packet as it came, and what
 * it makes of it leaves in the same order, one by one. */
static void test_cut_by_kernel(void **state)
{
	const struct spec large = {FROM_V1000_BARE, IP(INSIDE, SERVER), .proto = 17, .sport = 5000,
				   .dport = 53,	    .payload = 1400,	.id = 7};
	struct pcase fast = {
		.what = "too large for XDP", .verdict = V_PASS_TOO_BIG, .slot = V1000, .in = large};
	struct pcase slow = {.what = "too large, for the kernel",
			     .hook = HOOK_TC_INGRESS,
			     .verdict = V_SLOW_MARKED,
			     .slot = V1000,
			     .mark_out = NOTRACK,
			     .in = large};

	(void)state;
	bench.nexthop[NH_DEFAULT].mtu = 1300;
	fast.in.tag[0] = (typeof(fast.in.tag[0])){0x8100, 1000};
	case_run(&fast);
	case_run(&slow);
	RUN(OUT(MEMBERS(ASK, FIRST, .id = 7), MEMBERS(ASKED, FIRST, .id = 7)),
	    OUT(MEMBERS(ASK, MIDDLE, .id = 7), MEMBERS(ASKED, MIDDLE, .id = 7)),
	    OUT(MEMBERS(ASK, LAST, .id = 7), MEMBERS(ASKED, LAST, .id = 7)));
	assert_int_equal(held_count(), 0);
}

/* A first fragment without all of its transport header, as raw octets: IP's payload of `len`. */
static int tiny_first(enum hook hook, uint8_t proto, const char *from, const char *to, uint16_t len)
{
	bool enters_inside = hook == HOOK_TC_INGRESS && !strcmp(from, INSIDE);
	unsigned int slot = enters_inside ? V1000 : BOND0;
	struct run run = {.hook = hook, .ifindex = device[slot], .iif = device[V1000]};
	struct spec spec = {IP(from, to), .proto = 200, .payload = len, FIRST};
	uint8_t *ip;
	uint32_t check;

	spec.dmac = hook == HOOK_TC_EGRESS ? MAC_PEER(NH_DEFAULT) : MAC_HOST(slot);
	spec.smac = hook == HOOK_TC_EGRESS ? MAC_HOST(BOND0) : MAC_PEER(NH_DEFAULT);
	frame_build(&run.frame, &spec);
	ip = frame_ip(&run.frame);
	check = (ip[10] << 8 | ip[11]) + ip[9] - proto; /* RFC 1624, a field that falls */
	check = (check & 0xffff) + (check >> 16);
	ip[9] = proto;
	ip[10] = check >> 8;
	ip[11] = check;
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	return tally_read().verdict;
}

static void test_tiny(void **state)
{
	(void)state;
	assert_int_equal(tiny_first(HOOK_TC_EGRESS, 6, INSIDE, SERVER, 8), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_EGRESS, 6, INSIDE, SERVER, 16), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_EGRESS, 17, INSIDE, SERVER, 1), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_EGRESS, 1, INSIDE, SERVER, 4), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_EGRESS, 6, INSIDE, EXEMPT, 8), V_PASS_TRUNCATED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 6, SERVER, PUBLIC, 8), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 17, SERVER, PUBLIC, 4), V_PASS_TRUNCATED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 6, INSIDE, SERVER, 16), V_DROP_MALFORMED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 17, INSIDE, SERVER, 4), V_PASS_TRUNCATED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 6, INSIDE, EXEMPT, 16), V_PASS_TRUNCATED);
	assert_int_equal(tiny_first(HOOK_TC_INGRESS, 6, INSIDE, "192.168.0.1", 16),
			 V_PASS_TRUNCATED);
	assert_int_equal(noted_count(), 0);
	RUN(ENDS(DROP_HELD, MEMBERS(TCP_ASK, .frag = 3)));
}

static void test_echo(void **state)
{
	(void)state;
	RUN(OUT(MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77), FIRST, .id = 6),
		MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(78), FIRST, .id = 6)),
	    OUT(MEMBERS(IP(INSIDE, SERVER), ECHO_REQUEST(77), LAST, .id = 6),
		MEMBERS(IP(PUBLIC, SERVER), ECHO_REQUEST(78), LAST, .id = 6)));
	RUN(STAYS(PASS_HELD, MEMBERS(IP(SERVER, PUBLIC), ECHO_REPLY(78), LAST, .id = 6)),
	    BACK(MEMBERS(IP(SERVER, PUBLIC), ECHO_REPLY(78), FIRST, .id = 6),
		 MEMBERS(IP(SERVER, INSIDE), ECHO_REPLY(77), LAST, .id = 6)));
}

static const struct spec answered = {ANSWERED};
static const struct spec answer = {ANSWER};

static void test_icmp_error(void **state)
{
	(void)state;
	RUN(LEAVES(SLOW_ICMP, MEMBERS(IP(INSIDE, SERVER), ICMP_ERROR(3, 3, answered), FIRST),
		   MEMBERS(TO_BOND0, IP(PUBLIC, SERVER), ICMP_ERROR(3, 3, answer), FIRST)),
	    OUT(MEMBERS(IP(INSIDE, SERVER), .proto = 1, .payload = 8, LAST),
		MEMBERS(IP(PUBLIC, SERVER), .proto = 1, .payload = 8, LAST)));
}

/* A later fragment does not tell whose it is without its first one. */
static void test_nothing_private_leaves(void **state)
{
	(void)state;
	RUN(ENDS(DROP_HELD, MEMBERS(ASK, LAST, .id = 4)),
	    ENDS(DROP_HELD, MEMBERS(IP(INSIDE, SERVER), .proto = 132, .payload = 20, LAST)),
	    ENDS(DROP_FRAGMENT, MEMBERS(IP(INSIDE, SERVER), .proto = 17, .payload = 1481, LAST)),
	    OUT(MEMBERS(ASK, FIRST, .id = 5), MEMBERS(ASKED, FIRST, .id = 5)),
	    ENDS(DROP_HELD, MEMBERS(ASK, LAST, .id = 6)));
	fragments_age(31);
	RUN(ENDS(DROP_HELD, MEMBERS(ASK, LAST, .id = 5)));
}

static void test_exempt(void **state)
{
	(void)state;
	RUN(ENDS(PASS_PLAIN, MEMBERS(IP(INSIDE, EXEMPT), UDP(1, 2), LAST)),
	    ENDS(PASS_PLAIN, MEMBERS(IP(INSIDE, EXEMPT), UDP(1, 2), FIRST)),
	    ENDS(PASS_PLAIN, MEMBERS(IP(INSIDE, EXEMPT), .proto = 6, .payload = 8, .frag = 1)),
	    STAYS(PASS_PLAIN, MEMBERS(IP(EXEMPT, INSIDE), UDP(2, 1), LAST)),
	    STAYS(PASS_PLAIN, MEMBERS(IP(EXEMPT, INSIDE), UDP(2, 1), FIRST)));
	assert_int_equal(held_count(), 0);
	assert_int_equal(noted_count(), 0);
}

/* DF says that nobody may cut it any smaller. */
static void test_df(void **state)
{
	(void)state;
	RUN(BACK(MEMBERS(ANSWER, .frag = FRAG_DF | FRAG_MF, .id = 1),
		 MEMBERS(ANSWERED, .frag = FRAG_DF | FRAG_MF, .id = 1)),
	    BACK(MEMBERS(ANSWER, .frag = FRAG_DF | 4, .id = 1),
		 MEMBERS(ANSWERED, .frag = FRAG_DF | 4, .id = 1)));
}

/* What held_release() has sent here is not looked at again. */
static void test_sent_again(void **state)
{
	static const struct spec spec = {FROM_BOND0, ANSWERED, LAST};
	struct run run = {.hook = HOOK_TC_INGRESS, .ifindex = device[BOND0], .mark = FORWARDED};

	(void)state;
	frame_build(&run.frame, &spec);
	assert_int_equal(bench_run(&run), 0);
	assert_int_equal(run.ret, TC_UNSPEC);
	assert_int_equal(run.mark, NOTRACK);
	assert_int_equal(tally_read().entries, 0);
}

#define TEST(sentence, function)                                             \
	{                                                                    \
		.name = sentence, .test_func = function, .setup_func = begin \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("fragments in order, both ways [RFC 4787 REQ-14]", test_in_order),
		TEST("too large for the uplink: the kernel's fragments leave in order "
		     "[RFC 4787 REQ-13a]",
		     test_cut_by_kernel),
		TEST("from outside, before the first one [RFC 4787 REQ-14]", test_early),
		TEST("from inside, before the first one [RFC 4787 REQ-14]", test_early_out),
		TEST("early fragments of all sizes that are kept", test_early_sizes),
		TEST("early fragments for this host itself", test_early_own),
		TEST("fragments to this host's own moved connection", test_own_moved),
		TEST("early fragments to an address of the pool", test_early_pool),
		TEST("a first fragment is believed for half a minute", test_early_too_late),
		TEST("as many early fragments as a datagram can have", test_early_many),
		TEST("a flood costs a bounded table and nothing else [RFC 4787 REQ-14a]",
		     test_flood),
		TEST("a flood by one session leaves the others' alone [RFC 4787 REQ-14a]",
		     test_flood_of_a_session),
		TEST("a second first fragment takes nothing over", test_second_first),
		TEST("an identification is used again", test_identification_again),
		TEST("two hosts with one identification", test_identification_of_two),
		TEST("a fragment over the TCP header", test_overlay),
		TEST("a first fragment without its transport header", test_tiny),
		TEST("fragments of an echo, which has no ports", test_echo),
		TEST("fragments of an ICMP error", test_icmp_error),
		TEST("no fragment leaves with a private source", test_nothing_private_leaves),
		TEST("exempt fragments pass untouched", test_exempt),
		TEST("fragments with DF", test_df),
		TEST("fragments sent into the device again", test_sent_again),
	};

	return cases_main("fragments", NULL, 0, tests, LEN(tests));
}
