// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inside hosts reach each other by their outside addresses: the packet is translated twice at once,
 * and the answer goes back the same way.
 */
#include "talk.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#define THIRD "10.20.1.1" /* by VLAN 2000 */

/* INSIDE:5000 has a mapping of its own, so OTHER's of the same inside port is another one. */
#define MAPPED 5000

static void mapping(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MAPPED);
	heard_as(syn_out(INSIDE, 5000, SERVER, 443), PUBLIC, MAPPED);
}

/* No other port than 7001 is left for whoever comes next. */
static void mapping_and_range(void)
{
	mapping();
	bench.control->port_min = bench.control->port_max = 7001;
}

/* OTHER:6000 has sent to INSIDE's outside endpoint. */
static void conversation(void)
{
	mapping();
	heard_by(udp_out(OTHER, 6000, PUBLIC, MAPPED), INSIDE, 5000);
	heard_by(syn_out(OTHER, 6000, PUBLIC, MAPPED), INSIDE, 5000);
}

static void mapping_of_third(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	heard_as(talk(V2000, 17, THIRD, 7000, SERVER, 53, 0), PUBLIC, 7000);
}

static void mapping_exempt(void)
{
	mapping();
	exempt_set(bench.xdp->maps.exempt_src, "10.1.0.0/16");
	bench.control->flags |= CONTROL_EXEMPT_SRC;
}

static void mapping_idle(void)
{
	mapping();
	session_age(flow_of(17, INSIDE, 5000, SERVER, 53), 300);
	owner_age(17, PUBLIC, MAPPED, 300);
}

static void pool(void)
{
	policy_rfc(FILTERING_ENDPOINT_INDEPENDENT);
	pool_set(BOND0, "203.0.113.7", 1);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), "203.0.113.7", MAPPED);
}

static void filtered(void)
{
	policy_rfc(FILTERING_ADDRESS);
	heard_as(udp_out(INSIDE, 5000, SERVER, 53), PUBLIC, MAPPED);
}

/* As it is inside, and as each side of the translator sees it. */
static const struct spec sent_by_other = {IP(OTHER, PUBLIC), UDP(6000, MAPPED)};
static const struct spec got_by_inside = {IP(PUBLIC, INSIDE), UDP(6000, 5000)};
static const struct spec tcp_by_other = {IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_ACK)};
static const struct spec tcp_got_by_inside = {IP(PUBLIC, INSIDE), TCP(6000, 5000, TH_ACK)};

#define BACK_IN(text, prepare, packet, translated)                                               \
	{                                                                                        \
		.what = text, .arrange = prepare, .verdict = V_TX, .slot = V1000, .sent = V1000, \
		.in = {FROM_V1000, packet}, .out = {TO_V1000, translated, .ttl = 63},            \
	}

#define UP(text, prepare, packet)                                                         \
	{                                                                                 \
		.what = text, .arrange = prepare, .verdict = V_PASS_LOCAL, .slot = V1000, \
		.in = {FROM_V1000, packet},                                               \
	}

static const struct pcase cases[] = {
	BACK_IN("UDP by the outside address, with the sender's own as its source [RFC 4787 REQ-9a]",
		mapping, MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000))),
	BACK_IN("UDP of a sender whose port is another one outside [RFC 4787 REQ-9a]",
		mapping_and_range, MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(7001, 5000))),
	BACK_IN("UDP: and the answer [RFC 4787 REQ-9]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), UDP(5000, 6000)),
		MEMBERS(IP(PUBLIC, OTHER), UDP(MAPPED, 6000))),
	BACK_IN("UDP without a checksum stays without", mapping,
		MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED), .no_checksum = true),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000), .no_checksum = true)),
	BACK_IN("a SYN by the outside address [RFC 5382 REQ-8] [RFC 5382 REQ-8a]", mapping,
		MEMBERS(IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_SYN)),
		MEMBERS(IP(PUBLIC, INSIDE), TCP(6000, 5000, TH_SYN))),
	BACK_IN("a SYN from a port that is another one outside [RFC 5382 REQ-8a]",
		mapping_and_range, MEMBERS(IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_SYN)),
		MEMBERS(IP(PUBLIC, INSIDE), TCP(7001, 5000, TH_SYN))),
	BACK_IN("TCP: and the answer [RFC 5382 REQ-8]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), TCP(5000, 6000, TH_SYN | TH_ACK)),
		MEMBERS(IP(PUBLIC, OTHER), TCP(MAPPED, 6000, TH_SYN | TH_ACK))),
	BACK_IN("an ICMP error about what came, with its packet [RFC 5508 REQ-7] "
		"[RFC 5508 REQ-7a]",
		conversation, MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside)),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 3, sent_by_other))),
	BACK_IN("an ICMP error with 8 bytes of its packet [RFC 5508 REQ-7]", conversation,
		MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 4, tcp_got_by_inside), .mtu = 1400,
			.inner_len = 8),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(3, 4, tcp_by_other), .mtu = 1400,
			.inner_len = 8)),
	BACK_IN("an ICMP error of a router on the inner way [RFC 7857 12]", conversation,
		MEMBERS(IP("10.1.77.7", PUBLIC), ICMP_ERROR(11, 0, got_by_inside)),
		MEMBERS(IP(PUBLIC, OTHER), ICMP_ERROR(11, 0, sent_by_other))),
	BACK_IN("a host's own outside address and port", mapping,
		MEMBERS(IP(INSIDE, PUBLIC), UDP(5000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(MAPPED, 5000))),
	BACK_IN("an exempt source too, for the answer must come back this way", mapping_exempt,
		MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED)),
		MEMBERS(IP(PUBLIC, INSIDE), UDP(6000, 5000))),
	{
		.what = "to another VLAN",
		.arrange = mapping_of_third,
		.verdict = V_TX,
		.slot = V1000,
		.sent = V2000,
		.in = {FROM_V1000, IP(INSIDE, PUBLIC), UDP(5000, 7000)},
		.out = {TO_V2000, IP(PUBLIC, THIRD), UDP(5000, 7000), .ttl = 63},
	},
	{
		.what = "the filter is asked of the sender's outside address",
		.arrange = filtered,
		.verdict = V_DROP_FILTERED,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, PUBLIC), UDP(6000, MAPPED)},
	},
	BACK_IN("an address of the pool, which the host itself does not have", pool,
		MEMBERS(IP(OTHER, "203.0.113.7"), UDP(6000, MAPPED)),
		MEMBERS(IP("203.0.113.7", INSIDE), UDP(6000, 5000))),
	{
		.what = "an address of the pool where nobody is",
		.arrange = pool,
		.verdict = V_DROP_FILTERED,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, "203.0.113.7"), UDP(6000, 4999)},
	},
	UP("this host's own services are its own", mapping,
	   MEMBERS(IP(OTHER, PUBLIC), TCP(6000, 22, TH_SYN))),
	UP("a mapping whose time is over is none", mapping_idle,
	   MEMBERS(IP(OTHER, PUBLIC), UDP(6000, MAPPED))),
	UP("a ping of the outside address is this host's to answer", mapping,
	   MEMBERS(IP(OTHER, PUBLIC), ECHO_REQUEST(MAPPED))),
	UP("an ICMP error about nothing that was hairpinned", mapping,
	   MEMBERS(IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside))),
	{
		.what = "the middle of a TCP connection that is not known",
		.arrange = mapping,
		.verdict = V_PASS_MID_STREAM,
		.slot = V1000,
		.in = {FROM_V1000, IP(OTHER, PUBLIC), TCP(6000, MAPPED, TH_ACK)},
	},
};

static void forged_inside(void)
{
	struct session session;

	/* The flow that a packet from PUBLIC:6000 to PUBLIC:MAPPED would have; such a packet is a
	 * martian of its own, so its addresses are moved apart. */
	assert_true(session_get(flow_of(17, INSIDE, 5000, PUBLIC, 6000), &session));
	assert_int_equal(session.flags, SESSION_MAPPED | SESSION_INBOUND | SESSION_HAIRPIN);
	session_take_away(session.inside);
	session.outside.remote = inet_addr(PRIVATE);
	session_write(flow_of(17, INSIDE, 5000, PRIVATE, 6000), &session);
}

static void test_forged(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	conversation();
	forged_inside();
	assert_int_equal(udp_in(PRIVATE, 6000, MAPPED).verdict, V_PASS_LOCAL);
}

/* Both send to the other's outside endpoint: the first packet opens the way for the second. */
static void test_punch(void **state)
{
	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS_PORT);
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(OTHER, 6000, SERVER, 53);
	assert_int_equal(udp_out(INSIDE, 5000, PUBLIC, 6000).verdict, V_DROP_FILTERED);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	heard_by(udp_out(INSIDE, 5000, PUBLIC, 6000), OTHER, 6000);
	talk_reset(BEHAVIOUR_RFC, FILTERING_ADDRESS);
	udp_out(INSIDE, 5000, SERVER, 53);
	udp_out(OTHER, 6000, SERVER, 53);
	assert_int_equal(udp_out(INSIDE, 5000, PUBLIC, 6000).verdict, V_DROP_FILTERED);
	heard_by(udp_out(OTHER, 6001, PUBLIC, 5000), INSIDE, 5000);
}

/* A host of BEHAVIOUR_COMPAT has no mapping to be reached by, but reaches those that have. */
static void test_compat_sender(void **state)
{
	struct heard heard;

	(void)state;
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
	bench.control->flags |= CONTROL_POLICIES;
	bench.policy[1] = (struct policy){.behaviour = BEHAVIOUR_RFC};
	policy_set("10.1.0.0/16", 1);
	udp_out(OTHER, 6000, SERVER, 53);
	heard = udp_out(INSIDE, 6000, PUBLIC, 6000);
	heard_by(heard, OTHER, 6000);
	assert_int_not_equal(heard.sport, 6000);
	heard_by(udp_out(OTHER, 6000, PUBLIC, heard.sport), INSIDE, 6000);
	assert_int_equal(udp_out(OTHER, 6001, PUBLIC, heard.sport).verdict, V_PASS_LOCAL);
}

/* Each side's session ends for itself; a hairpinned flow is refreshed from both. */
static void test_ends(void **state)
{
	struct endpoint_owner owner;

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	udp_out(INSIDE, 5000, SERVER, 53);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	assert_int_equal(session_count(), 3);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 2);
	session_age(flow_of(17, INSIDE, 5000, PUBLIC, 6000), 300);
	session_age(flow_of(17, OTHER, 6000, PUBLIC, 5000), 300);
	heard_by(udp_out(OTHER, 6000, PUBLIC, 5000), INSIDE, 5000);
	assert_int_equal(session_count(), 3);
	assert_true(owner_get(17, PUBLIC, 5000, &owner));
	assert_int_equal(owner.uses, ENDPOINT_OWNED | 2);
}

/* --- the slow path: the destination at TC ingress, the source at TC egress --- */

#define NOTRACK MARK(ERXDP_MARK_NOTRACK)
#define SMALL	1400 /* MTU of the link to the inside hosts, where a case says so */

#define DATAGRAM   FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, MAPPED)
#define BETWEEN	   FROM_V1000_BARE, IP(OTHER, INSIDE), UDP(6000, 5000)
#define HAIRPINNED FROM_V1000_BARE, IP(PUBLIC, INSIDE), UDP(6000, 5000)
#define LARGE(from, to, mapped) \
	FROM_V1000_BARE, IP(from, to), .proto = 17, .sport = 6000, .dport = mapped, .payload = SMALL

struct slow_case {
	const char *what;
	int why; /* it is not for the fast path, which is its verdict where TC is the entry */
	struct spec in, between, out;
};

#define SLOW(text, verdict, ...)                                                \
	{                                                                       \
		text, verdict, {DATAGRAM, __VA_ARGS__}, {BETWEEN, __VA_ARGS__}, \
		{                                                               \
			HAIRPINNED, __VA_ARGS__                                 \
		}                                                               \
	}

/* Beside XDP, and with TC as the entry. */
static void slow_reset(void)
{
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	mapping();
}

static int up_as(int why)
{
	return talk_hook == HOOK_XDP ? V_SLOW_IN : why;
}

/* From the device to the kernel. */
static void slow_up(const struct slow_case *c)
{
	const struct pcase up = {
		.what = c->what,
		.hook = HOOK_TC_INGRESS,
		.verdict = up_as(c->why),
		.slot = V1000,
		.mark_out = NOTRACK,
		.in = c->in,
		.out = c->between,
	};

	case_run(&up);
}

/* And on from there. */
static void slow_down(const struct slow_case *c)
{
	const struct pcase down = {
		.what = c->what,
		.hook = HOOK_TC_EGRESS,
		.verdict = V_SLOW_OUT,
		.slot = V1000,
		.forwarded = true,
		.mark_in = NOTRACK,
		.in = c->between,
		.out = c->out,
	};

	case_run(&down);
}

static const struct slow_case whole[] = {
	SLOW("IP options", V_PASS_OPTIONS, .options = 8),
	SLOW("the first fragment", V_PASS_FRAGMENT, .frag = FRAG_MF, .id = 9),
	SLOW("a later one", V_PASS_FRAGMENT, .frag = 100, .id = 9),
	SLOW("a TTL that ends here", V_PASS_TTL, .ttl = 1),
	{
		"too large for the next link",
		V_PASS_TOO_BIG,
		{LARGE(OTHER, PUBLIC, MAPPED), .frag = FRAG_DF},
		{LARGE(OTHER, INSIDE, 5000), .frag = FRAG_DF},
		{LARGE(PUBLIC, INSIDE, 5000), .frag = FRAG_DF},
	},
	{
		"an ICMP error with IP options",
		V_PASS_OPTIONS,
		{FROM_V1000_BARE, IP(INSIDE, PUBLIC), ICMP_ERROR(3, 3, got_by_inside),
		 .options = 8},
		{FROM_V1000_BARE, IP(INSIDE, OTHER), ICMP_ERROR(3, 3, sent_by_other), .options = 8},
		{FROM_V1000_BARE, IP(PUBLIC, OTHER), ICMP_ERROR(3, 3, sent_by_other), .options = 8},
	},
};

static void test_slow(void **state)
{
	(void)state;
	slow_reset();
	bench.nexthop[NH_AZURE].mtu = SMALL;
	for (unsigned int i = 0; i < LEN(whole); i++) {
		slow_up(&whole[i]);
		slow_down(&whole[i]);
	}
}

static void test_slow_moved(void **state)
{
	static const struct slow_case row = {
		"from a port that is another one outside",
		V_PASS_OPTIONS,
		{DATAGRAM, .options = 8},
		{BETWEEN, .options = 8},
		{FROM_V1000_BARE, IP(PUBLIC, INSIDE), UDP(7001, 5000), .options = 8},
	};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	mapping_and_range();
	slow_up(&row);
	slow_down(&row);
}

/* The kernel cuts up what is too large, in order: TC egress sees fragments that TC ingress did not.
 */
static void test_slow_cut(void **state)
{
	static const struct slow_case cut[] = {
		{"too large",
		 V_PASS_TOO_BIG,
		 {LARGE(OTHER, PUBLIC, MAPPED), .id = 9},
		 {LARGE(OTHER, INSIDE, 5000), .id = 9},
		 {}},
		{"the first",
		 0,
		 {},
		 {BETWEEN, .frag = FRAG_MF, .id = 9},
		 {HAIRPINNED, .frag = FRAG_MF, .id = 9}},
		{"a later one",
		 0,
		 {},
		 {BETWEEN, .frag = 10, .id = 9},
		 {HAIRPINNED, .frag = 10, .id = 9}},
	};

	(void)state;
	slow_reset();
	bench.nexthop[NH_AZURE].mtu = SMALL;
	slow_up(&cut[0]);
	slow_down(&cut[1]);
	slow_down(&cut[2]);
}

/* XDP leaves it, for the neighbour is not resolved; so does TC, and the kernel resolves it. */
static void test_unresolved(void **state)
{
	static const struct slow_case row = SLOW("unresolved", V_PASS_NEIGHBOUR, .id = 1);

	(void)state;
	slow_reset();
	bench.nexthop[NH_AZURE].flags &= ~NEXTHOP_RESOLVED;
	slow_up(&row);
	slow_down(&row);
}

#define POOLED IP(OTHER, "203.0.113.7"), UDP(6000, MAPPED)

static void test_slow_pool(void **state)
{
	static const struct slow_case row = {
		"to the pool",
		V_PASS_OPTIONS,
		{FROM_V1000_BARE, POOLED, .options = 8},
		{BETWEEN, .options = 8},
		{FROM_V1000_BARE, IP("203.0.113.7", INSIDE), UDP(6000, 5000), .options = 8},
	};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	pool();
	slow_up(&row);
	slow_down(&row);
}

/* What erxdp did not hairpin passes TC egress as it is, be it between the same ends. */
static void test_slow_plain(void **state)
{
	const struct pcase rows[] = {
		{
			.what = "by the inside address",
			.hook = HOOK_TC_EGRESS,
			.verdict = V_PASS_PLAIN,
			.slot = V1000,
			.forwarded = true,
			.in = {BETWEEN, .options = 8},
		},
		{
			.what = "an answer from outside",
			.hook = HOOK_TC_EGRESS,
			.verdict = V_PASS_PLAIN,
			.slot = V1000,
			.forwarded = true,
			.mark_in = NOTRACK,
			.in = {FROM_V1000_BARE, IP(SERVER, INSIDE), UDP(53, 5000)},
		},
	};

	(void)state;
	slow_reset();
	slow_up(&whole[0]);
	for (unsigned int i = 0; i < LEN(rows); i++)
		case_run(&rows[i]);
}

/* For this host: the kernel sees it as it came. */
static void test_slow_local(void **state)
{
	const struct pcase rows[] = {
		{
			.what = "a service of this host's",
			.hook = HOOK_TC_INGRESS,
			.verdict = talk_hook == HOOK_XDP ? V_PASS_LOCAL : V_PASS_OPTIONS,
			.slot = V1000,
			.in = {FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, 53), .options = 8},
		},
		{
			.what = "its first fragment",
			.hook = HOOK_TC_INGRESS,
			.verdict = talk_hook == HOOK_XDP ? V_PASS_LOCAL : V_PASS_FRAGMENT,
			.slot = V1000,
			.in = {FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, 53), .frag = FRAG_MF},
		},
		{
			.what = "and a later one",
			.hook = HOOK_TC_INGRESS,
			.verdict = talk_hook == HOOK_XDP ? V_PASS_HELD : V_PASS_FRAGMENT,
			.slot = V1000,
			.in = {FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, 53), .frag = 100},
		},
	};

	(void)state;
	slow_reset();
	for (unsigned int i = 0; i < LEN(rows); i++)
		case_run(&rows[i]);
}

/* --- fragments out of order --- */

#define FIRST .frag = FRAG_MF, .id = 9
#define LAST  .frag = 10, .id = 9

static void early(int verdict, struct spec in)
{
	const struct pcase row = {
		.what = "before the first one",
		.hook = HOOK_TC_INGRESS,
		.verdict = verdict,
		.slot = V1000,
		.in = in,
	};

	case_run(&row);
	assert_int_equal(map_count(bench.tc->maps.held), 1);
}

/* A copy of the last one goes up behind the first one: what comes out of that one's run is the last
 * of them. TC egress may see it before the first one. */
static void test_early(void **state)
{
	static const struct slow_case first = {
		"the first", V_PASS_FRAGMENT, {DATAGRAM, FIRST}, {BETWEEN, LAST}, {}};
	static const struct slow_case all[] = {
		{"the last", 0, {}, {BETWEEN, LAST}, {HAIRPINNED, LAST}},
		{"the first", 0, {}, {BETWEEN, FIRST}, {HAIRPINNED, FIRST}},
	};

	(void)state;
	slow_reset();
	early(talk_hook == HOOK_XDP ? V_PASS_HELD : V_PASS_FRAGMENT, (struct spec){DATAGRAM, LAST});
	slow_up(&first);
	assert_int_equal(map_count(bench.tc->maps.held), 0);
	slow_down(&all[0]);
	slow_down(&all[1]);
}

/* The kernel has no part in an address that it does not know as its own. */
static void test_early_pool(void **state)
{
	static const struct slow_case first = {"the first",
					       V_PASS_FRAGMENT,
					       {FROM_V1000_BARE, POOLED, FIRST},
					       {BETWEEN, LAST},
					       {}};
	static const struct slow_case last = {
		"the last",
		0,
		{},
		{BETWEEN, LAST},
		{FROM_V1000_BARE, IP("203.0.113.7", INSIDE), UDP(6000, 5000), LAST}};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	pool();
	early(V_DROP_HELD, (struct spec){FROM_V1000_BARE, POOLED, LAST});
	slow_up(&first);
	slow_down(&last);
}

/* --- what the kernel answers to a hairpinned packet --- */

static const struct spec between = {IP(OTHER, INSIDE), UDP(6000, 5000)};

#define ANSWER(text, ...)                                                                    \
	{                                                                                    \
		.what = text, .hook = HOOK_TC_EGRESS, .verdict = V_SLOW_ICMP, .slot = V1000, \
		.in = {FROM_V1000_BARE, IP("192.168.0.1", OTHER),                            \
		       ICMP_ERROR(__VA_ARGS__, between)},                                    \
		.out = {FROM_V1000_BARE, IP("192.168.0.1", OTHER),                           \
			ICMP_ERROR(__VA_ARGS__, sent_by_other)},                             \
	}

static void notes_age(uint32_t seconds)
{
	struct {
		uint8_t rest[12];
		uint32_t noted;
	} note;
	struct flow key;
	int fd = bpf_map__fd(bench.tc->maps.hairpin_notes);

	assert_int_equal(bpf_map_get_next_key(fd, NULL, &key), 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &note), 0);
	assert_in_range(note.noted, clock_now() - 1, clock_now());
	note.noted -= seconds;
	assert_int_equal(bpf_map_update_elem(fd, &key, &note, BPF_ANY), 0);
}

static void test_kernel_answers(void **state)
{
	static const struct pcase rows[] = {
		ANSWER("the TTL ended", 11, 0),
		ANSWER("the neighbour does not answer", 3, 1),
		{
			.what = "too large for the next link",
			.hook = HOOK_TC_EGRESS,
			.verdict = V_SLOW_ICMP,
			.slot = V1000,
			.in = {FROM_V1000_BARE, IP("192.168.0.1", OTHER), ICMP_ERROR(3, 4, between),
			       .mtu = SMALL, .inner_len = 8},
			.out = {FROM_V1000_BARE, IP("192.168.0.1", OTHER),
				ICMP_ERROR(3, 4, sent_by_other), .mtu = SMALL, .inner_len = 8},
		},
	};
	struct pcase late = rows[0], astray = rows[0];

	(void)state;
	slow_reset();
	slow_up(&whole[0]);
	for (unsigned int i = 0; i < LEN(rows); i++)
		case_run(&rows[i]);
	astray.in.dst = THIRD;
	astray.verdict = V_PASS_PLAIN;
	astray.out = (struct spec){};
	case_run(&astray);
	/* About a packet between the same ends by their inside addresses. */
	notes_age(10);
	late.verdict = V_PASS_PLAIN;
	late.out = (struct spec){};
	case_run(&late);
}

/* With the address and port that the sender knows, where they differ from the inside ones. */
static void test_kernel_answers_forward(void **state)
{
	static const struct spec sent = {IP(OTHER, PUBLIC), UDP(6000, 8080)};
	static const struct spec halfway = {IP(OTHER, INSIDE), UDP(6000, 80)};
	static const struct slow_case row = {
		"to a forwarding",
		V_PASS_TTL,
		{FROM_V1000_BARE, IP(OTHER, PUBLIC), UDP(6000, 8080), .ttl = 1},
		{FROM_V1000_BARE, IP(OTHER, INSIDE), UDP(6000, 80), .ttl = 1},
		{},
	};
	const struct pcase answer = {
		.what = "its answer",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_SLOW_ICMP,
		.slot = V1000,
		.in = {FROM_V1000_BARE, IP("192.168.0.1", OTHER), ICMP_ERROR(11, 0, halfway)},
		.out = {FROM_V1000_BARE, IP("192.168.0.1", OTHER), ICMP_ERROR(11, 0, sent)},
	};

	(void)state;
	slow_reset();
	forward_put(17, PUBLIC, 8080, INSIDE, 80);
	slow_up(&row);
	case_run(&answer);
}

/* An inside host's errors are judged on the slow path too. */
static void test_slow_forged(void **state)
{
	const struct pcase row = {
		.what = "an MTU that no link has",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_DROP_ICMP_FORGED,
		.slot = V1000,
		.in = {FROM_V1000_BARE, IP(INSIDE, PUBLIC), ICMP_ERROR(3, 4, got_by_inside),
		       .mtu = 500, .options = 8},
	};

	(void)state;
	talk_reset(BEHAVIOUR_RFC, FILTERING_ENDPOINT_INDEPENDENT);
	conversation();
	case_run(&row);
}

#define TEST(sentence, function)            \
	{                                   \
		sentence, function, 0, 0, 0 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST("a hairpinned flow is not to be had from outside", test_forged),
		TEST("hole punching between inside hosts", test_punch),
		TEST("from a host of the other behaviour", test_compat_sender),
		TEST("the sessions of a hairpinned flow end and begin", test_ends),
		TEST("what is not for the fast path, both ways through the kernel [RFC 4787 REQ-9]",
		     test_slow),
		TEST("the receiver sees the sender's outside port there too [RFC 4787 REQ-9a]",
		     test_slow_moved),
		TEST("too large, and cut up by the kernel [RFC 4787 REQ-13a]", test_slow_cut),
		TEST("an address of the pool, on the slow path", test_slow_pool),
		TEST("an unresolved neighbour is the kernel's to resolve", test_unresolved),
		TEST("what is not hairpinned passes as it is", test_slow_plain),
		TEST("what is for this host stays as it came", test_slow_local),
		TEST("a fragment before its first one [RFC 4787 REQ-14]", test_early),
		TEST("a fragment to the pool before its first one", test_early_pool),
		TEST("the kernel's ICMP errors, about the packet that was sent [RFC 4787 REQ-13]",
		     test_kernel_answers),
		TEST("and about one to a forwarding [RFC 4787 REQ-13]",
		     test_kernel_answers_forward),
		TEST("an ICMP error that cannot be true, on the slow path", test_slow_forged),
	};

	return talk_main("hairpin", cases, LEN(cases), tests, LEN(tests));
}
