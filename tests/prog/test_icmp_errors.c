// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors that are not believed (RFC 5508 section 4, RFC 5927): about packets that nobody here
 * sent, with wrong checksums, or that cannot be true of their connection. Whoever guesses one must
 * not slow down or end somebody's connection; and what is true must get through, to the host's own
 * programs too.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXCEEDED	 11, 0
#define PORT_UNREACHABLE 3, 3
#define TOO_BIG		 3, 4
#define HOP		 "108.170.248.1"
#define NOTRACK		 MARK(ERXDP_MARK_NOTRACK)
#define OWN_PORT	 3478

static void sessions(void)
{
	session_put(flow_of(6, INSIDE, 40000, SERVER, 443), PUBLIC, 50123, SESSION_OPEN);
	session_put(flow_of(17, INSIDE, 5000, SERVER, 53), PUBLIC, 50124, SESSION_OPEN);
	session_put(flow_of(1, INSIDE, 77, SERVER, 0), PUBLIC, 78, SESSION_OPEN);
}

static void tc_only(void)
{
	sessions();
	iface_flags_set(BOND0, IFACE_FORWARD | IFACE_UPLINK | IFACE_TC_ONLY);
}

static void suspended(void)
{
	bench.control->flags = 0;
}

static void handing_back(void)
{
	bench.control->flags |= CONTROL_HANDBACK;
}

/* What the internet saw, and what the inside host had sent; what was answered. */
#define SEQ 0x10203040U
static const struct spec tcp_wire = {IP(PUBLIC, SERVER), TCP(50123, 443, TH_ACK), .seq = SEQ};
static const struct spec tcp_inside = {IP(INSIDE, SERVER), TCP(40000, 443, TH_ACK), .seq = SEQ};
static const struct spec tcp_answer = {IP(SERVER, PUBLIC), TCP(443, 50123, TH_ACK), .seq = SEQ};
static const struct spec tcp_answered = {IP(SERVER, INSIDE), TCP(443, 40000, TH_ACK), .seq = SEQ};
static const struct spec udp_wire = {IP(PUBLIC, SERVER), UDP(50124, 53)};
static const struct spec udp_inside = {IP(INSIDE, SERVER), UDP(5000, 53)};
static const struct spec udp_answer = {IP(SERVER, PUBLIC), UDP(53, 50124)};
static const struct spec udp_answered = {IP(SERVER, INSIDE), UDP(53, 5000)};
static const struct spec udp_wire_bad = {IP(PUBLIC, SERVER), UDP(50124, 53), .bad_checksum = true};
static const struct spec udp_answered_bad = {IP(SERVER, INSIDE), UDP(53, 5000),
					     .bad_checksum = true};
static const struct spec udp_wire_options_bad = {IP(PUBLIC, SERVER), UDP(50124, 53), .options = 40,
						 .bad_checksum = true};
/* Nobody's. */
static const struct spec stranger_udp = {IP(PUBLIC, SERVER), UDP(1234, 53)};
static const struct spec stranger_tcp = {IP(PUBLIC, SERVER), TCP(1234, 443, TH_SYN)};
static const struct spec stranger_echo = {IP(PUBLIC, SERVER), ECHO_REQUEST(9)};
static const struct spec stranger_inside = {IP(SERVER, INSIDE), UDP(53, 1234)};
static const struct spec stranger_reply = {IP(PUBLIC, SERVER), ECHO_REPLY(9)};
static const struct spec stranger_gre = {IP(PUBLIC, SERVER), .proto = 47, .payload = 30};
static const struct spec stranger_ospf = {IP(PUBLIC, SERVER), .proto = 89, .payload = 30};
static const struct spec other_address = {IP("203.0.113.5", SERVER), UDP(1234, 53)};
static const struct spec own_udp = {IP(PUBLIC, SERVER), UDP(OWN_PORT, 53)};
static const struct spec own_vxlan = {IP(PUBLIC, SERVER), UDP(54321, OWN_PORT)};
static const struct spec own_tcp = {IP(PUBLIC, SERVER), TCP(OWN_PORT, 443, TH_ACK)};

#define AT_XDP(text, prepare, way, error, quoted, ...)                                       \
	{                                                                                    \
		.what = text, .arrange = prepare, .verdict = way, .slot = BOND0,             \
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(error, quoted), __VA_ARGS__}, \
	}

#define AT_TC(text, prepare, way, error, quoted, ...)                                        \
	{                                                                                    \
		.what = text, .arrange = prepare, .hook = HOOK_TC_INGRESS, .verdict = way,   \
		.slot = BOND0,                                                               \
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(error, quoted), __VA_ARGS__}, \
	}

#define OUT_XDP(text, way, error, quoted, ...)                                                  \
	{                                                                                       \
		.what = text, .arrange = sessions, .verdict = way, .slot = V1000,               \
		.in = {FROM_V1000, IP(INSIDE, SERVER), ICMP_ERROR(error, quoted), __VA_ARGS__}, \
	}

#define OUT_TC(text, way, error, quoted, ...)                                                 \
	{                                                                                     \
		.what = text, .arrange = sessions, .hook = HOOK_TC_EGRESS, .verdict = way,    \
		.slot = BOND0, .forwarded = true, .mark_in = NOTRACK,                         \
		.in = {TO_BOND0, IP(INSIDE, SERVER), ICMP_ERROR(error, quoted), __VA_ARGS__}, \
	}

static const struct pcase cases[] = {
	/* from outside, about no session */
	AT_TC("no session: about UDP [RFC 5508 REQ-4]", sessions, V_DROP_ICMP_NO_SESSION,
	      PORT_UNREACHABLE, stranger_udp),
	AT_TC("no session: about TCP [RFC 5508 REQ-4]", sessions, V_DROP_ICMP_NO_SESSION, TOO_BIG,
	      stranger_tcp, .mtu = 1400),
	AT_TC("no session: about an echo [RFC 5508 REQ-4]", sessions, V_DROP_ICMP_NO_SESSION,
	      EXCEEDED, stranger_echo, .inner_len = 8),
	AT_TC("no session: where TC is the entry [RFC 5508 REQ-4]", tc_only, V_DROP_ICMP_NO_SESSION,
	      EXCEEDED, stranger_udp),
	AT_XDP("no session: XDP leaves it to TC, which asks the sockets of the right device",
	       sessions, V_PASS_LOCAL, EXCEEDED, stranger_udp),
	AT_TC("the kernel's: about an echo reply, which this host sent", sessions, V_PASS_LOCAL,
	      PORT_UNREACHABLE, stranger_reply),
	AT_TC("the kernel's: about GRE, whose sender may be its own tunnel", sessions, V_PASS_LOCAL,
	      EXCEEDED, stranger_gre),
	AT_TC("the kernel's: about OSPF", sessions, V_PASS_LOCAL, EXCEEDED, stranger_ospf),
	AT_TC("the kernel's: about a packet from an address that nothing is translated to",
	      sessions, V_PASS_LOCAL, EXCEEDED, other_address),
	AT_TC("the kernel's: with too little of the packet to tell", sessions, V_PASS_LOCAL,
	      EXCEEDED, stranger_udp, .inner_len = 7),
	AT_TC("the kernel's: while the tables are not trusted", suspended, V_PASS_SUSPENDED,
	      EXCEEDED, stranger_udp),
	AT_TC("the kernel's: while erxdp goes", handing_back, V_PASS_SUSPENDED, EXCEEDED,
	      stranger_udp),

	/* from inside, about no session */
	OUT_TC("out, no session [RFC 5508 REQ-5]", V_DROP_ICMP_NO_SESSION, PORT_UNREACHABLE,
	       stranger_inside),
	OUT_XDP("out, no session: the kernel may know an older connection", V_PASS_ICMP_ERROR,
		PORT_UNREACHABLE, stranger_inside),

	/* checksums */
	AT_XDP("the inner IP header's checksum is wrong [RFC 5508 REQ-3a]", sessions,
	       V_DROP_ICMP_CHECKSUM, EXCEEDED, udp_wire_bad),
	AT_XDP("the same behind 8 bytes, and with options [RFC 5508 REQ-3a]", sessions,
	       V_DROP_ICMP_CHECKSUM, EXCEEDED, udp_wire_options_bad, .inner_len = 8),
	AT_TC("the same in TC [RFC 5508 REQ-3a]", sessions, V_DROP_ICMP_CHECKSUM, EXCEEDED,
	      udp_wire_bad),
	OUT_XDP("the same, out [RFC 5508 REQ-3a]", V_DROP_ICMP_CHECKSUM, PORT_UNREACHABLE,
		udp_answered_bad),
	OUT_TC("the same, out by TC [RFC 5508 REQ-3a]", V_DROP_ICMP_CHECKSUM, PORT_UNREACHABLE,
	       udp_answered_bad),

	/* fragmentation needed */
	AT_XDP("an MTU that no link has", sessions, V_DROP_ICMP_FORGED, TOO_BIG, tcp_wire,
	       .mtu = 551),
	AT_XDP("the smallest one, about UDP", sessions, V_DROP_ICMP_FORGED, TOO_BIG, udp_wire,
	       .mtu = 1),
	AT_TC("the same in TC", sessions, V_DROP_ICMP_FORGED, TOO_BIG, udp_wire, .mtu = 68),
	OUT_XDP("the same, out", V_DROP_ICMP_FORGED, TOO_BIG, tcp_answered, .mtu = 551),
	OUT_TC("the same, out by TC", V_DROP_ICMP_FORGED, TOO_BIG, tcp_answered, .mtu = 551),
	{
		.what = "the smallest MTU that Linux takes gets through",
		.arrange = sessions,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(TOO_BIG, udp_wire), .mtu = 552},
		.out = {TO_V1000, IP(HOP, INSIDE), ICMP_ERROR(TOO_BIG, udp_inside), .mtu = 552,
			.ttl = 63},
	},
	{
		.what = "an old router's, which does not say the MTU (RFC 1191), gets through",
		.arrange = sessions,
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(TOO_BIG, tcp_wire)},
		.out = {TO_V1000, IP(HOP, INSIDE), ICMP_ERROR(TOO_BIG, tcp_inside), .ttl = 63},
	},
};

/* This host's own sockets get the errors about what they sent. */
static void check_socket(int type, const struct spec *quoted)
{
	const struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_port = htons(OWN_PORT),
		.sin_addr.s_addr = inet_addr(PUBLIC),
	};
	const struct pcase nobodys =
		AT_TC("nobody's", NULL, V_DROP_ICMP_NO_SESSION, EXCEEDED, *quoted, .inner_len = 8);
	const struct pcase owned =
		AT_TC("a socket's", NULL, V_PASS_LOCAL, EXCEEDED, *quoted, .inner_len = 8);
	int fd;

	scenario_reset();
	case_run(&nobodys);
	fd = socket(AF_INET, type, 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	case_run(&owned);
	close(fd);
	case_run(&nobodys);
}

static void test_own_sockets(void **state)
{
	(void)state;
	check_socket(SOCK_DGRAM, &own_udp);
	check_socket(SOCK_STREAM, &own_tcp);
	check_socket(SOCK_DGRAM, &own_vxlan);
}

/* This host's own ping has no socket that could be asked: its session is, made as it leaves. */
static void test_own_echo(void **state)
{
	const struct pcase request = {
		.what = "own echo",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_OWN,
		.slot = BOND0,
		.in = {TO_BOND0, IP(PUBLIC, SERVER), ECHO_REQUEST(9)},
	};
	const struct pcase error = AT_TC("about it", NULL, V_PASS_OWN_SESSION, EXCEEDED,
					 stranger_echo, .inner_len = 8);

	(void)state;
	scenario_reset();
	case_run(&request);
	case_run(&error);
}

/* A connection older than erxdp is the kernel's to masquerade. Its errors find the session that is
 * made where it leaves. */
static void test_older_connection(void **state)
{
	const struct pcase leaves = {
		.what = "masqueraded by the kernel, in mid-stream",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_OWN,
		.slot = BOND0,
		.forwarded = true,
		.in = {TO_BOND0, IP(PUBLIC, SERVER), TCP(1234, 443, TH_ACK), .payload = 40},
	};
	const struct pcase error =
		AT_TC("about it", NULL, V_PASS_OWN_SESSION, TOO_BIG, stranger_tcp, .mtu = 1400);
	struct pcase answers = leaves;

	(void)state;
	scenario_reset();
	answers.what = "an answer to anybody's SYN makes no session";
	answers.in.tcp_flags = TH_SYN | TH_ACK;
	case_run(&answers);
	assert_int_equal(session_count(), 0);
	answers.in.tcp_flags = TH_RST | TH_ACK;
	case_run(&answers);
	assert_int_equal(session_count(), 0);
	case_run(&leaves);
	case_run(&error);
}

static void *icmp_of(struct frame *frame)
{
	return frame_ip(frame) + 20;
}

/* Puts the ICMP checksum right again after a change. */
static void icmp_mend(struct frame *frame, uint32_t len)
{
	uint8_t *p = icmp_of(frame);
	uint32_t sum = 0;

	p[2] = p[3] = 0;
	for (uint32_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	p[2] = ~sum >> 8;
	p[3] = ~sum;
}

/* Runs a frame, and says how it was counted. */
static int verdict_of(enum hook hook, uint32_t ifindex, const struct frame *in, struct frame *out)
{
	struct run run = {.hook = hook, .ifindex = ifindex, .iif = device[V1000], .frame = *in};

	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	*out = run.frame;
	return tally_read().verdict;
}

/* The ICMP checksum is verified whatever the length, and each octet counts [RFC 5508 REQ-3] */
static void test_checksum(void **state)
{
	struct spec quoted = {IP(PUBLIC, SERVER), UDP(50124, 53)};
	struct spec spec = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(EXCEEDED, quoted)};
	struct frame frame, out;

	(void)state;
	scenario_reset();
	sessions();
	for (unsigned int payload = 1; payload < 1400; payload++) {
		quoted.payload = payload;
		frame_build(&frame, &spec);
		if (verdict_of(HOOK_XDP, 0, &frame, &out) != V_TX)
			fail_msg("%u bytes, right", payload);
		assert_null(frame_wrong_checksum(&out));
		frame.data[frame.len - 1 - payload * 7 % payload] ^= 1;
		if (verdict_of(HOOK_XDP, 0, &frame, &out) != V_DROP_ICMP_CHECKSUM)
			fail_msg("%u bytes, wrong", payload);
		if (verdict_of(HOOK_TC_INGRESS, device[BOND0], &frame, &out) !=
		    V_DROP_ICMP_CHECKSUM)
			fail_msg("%u bytes, wrong in TC", payload);
	}
}

/* The same from inside [RFC 5508 REQ-3] */
static void test_checksum_out(void **state)
{
	const struct spec fast = {FROM_V1000, IP(INSIDE, SERVER),
				  ICMP_ERROR(PORT_UNREACHABLE, udp_answered)};
	const struct spec slow = {TO_BOND0, IP(INSIDE, SERVER),
				  ICMP_ERROR(PORT_UNREACHABLE, udp_answered)};
	struct frame frame, out;

	(void)state;
	scenario_reset();
	sessions();
	frame_build(&frame, &fast);
	frame.data[frame.len - 1] ^= 1;
	assert_int_equal(verdict_of(HOOK_XDP, 0, &frame, &out), V_DROP_ICMP_CHECKSUM);
	frame_build(&frame, &slow);
	frame.data[frame.len - 1] ^= 1;
	assert_int_equal(verdict_of(HOOK_TC_EGRESS, device[BOND0], &frame, &out),
			 V_DROP_ICMP_CHECKSUM);
}

/* The inner transport checksum is not judged, only carried on [RFC 5508 REQ-3c] */
static void test_inner_transport_checksum(void **state)
{
	const struct spec spec = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(EXCEEDED, udp_wire)};
	struct frame frame, out;
	uint8_t *inner;

	(void)state;
	scenario_reset();
	sessions();
	frame_build(&frame, &spec);
	inner = (uint8_t *)icmp_of(&frame) + 8;
	inner[20 + 6] ^= 0x55;
	icmp_mend(&frame, 8 + 20 + 28);
	assert_int_equal(verdict_of(HOOK_XDP, 0, &frame, &out), V_TX);
	assert_string_equal(frame_wrong_checksum(&out), "udp checksum");
}

/* Extensions behind the quoted packet (RFC 4884; MPLS labels in a traceroute) stay as they are. */
static void test_extensions(void **state)
{
	struct spec quoted = {IP(PUBLIC, SERVER), UDP(50124, 53)};
	const struct spec spec = {FROM_BOND0, IP(HOP, PUBLIC), ICMP_ERROR(EXCEEDED, quoted)};
	struct frame frame, out;
	uint8_t *inner;

	(void)state;
	scenario_reset();
	sessions();
	quoted.payload = 100 + 16; /* 128 bytes of the datagram, and 16 of extensions */
	frame_build(&frame, &spec);
	inner = (uint8_t *)icmp_of(&frame) + 8;
	inner[3] -= 16; /* the datagram's length, and its checksum with it */
	inner[11] += 16;
	((uint8_t *)icmp_of(&frame))[5] = 128 / 4;
	for (int i = 0; i < 16; i++)
		inner[128 + i] = 0xc0 + i;
	icmp_mend(&frame, 8 + 128 + 16);
	assert_int_equal(verdict_of(HOOK_XDP, 0, &frame, &out), V_TX);
	assert_string_equal(frame_wrong_checksum(&out), "udp checksum"); /* its length field */
	assert_int_equal(((uint8_t *)icmp_of(&out))[5], 128 / 4);
	assert_memory_equal((uint8_t *)icmp_of(&out) + 8 + 128,
			    (uint8_t *)icmp_of(&frame) + 8 + 128, 16);
}

/* What one side has sent up to `end`, and the other has acknowledged; the packet has SEQ. */
struct flight {
	const char *what;
	uint8_t said, other; /* flags */
	uint32_t end, ack;
	uint32_t window; /* the other side's */
	bool possible;
};

#define BOTH TCP_SIDE_SENT, TCP_SIDE_SENT | TCP_SIDE_ACKED
#define ANEW TCP_SIDE_SENT | TCP_SIDE_ANEW, TCP_SIDE_SENT | TCP_SIDE_ACKED
static const struct flight flights[] = {
	{"nothing is known", 0, 0, 0, 0, 0, true},
	{"only what is acknowledged is known", 0, TCP_SIDE_ACKED, 0, SEQ + 5000, 0, true},
	{"under way", BOTH, SEQ + 1000, SEQ - 1000, 0, true},
	{"the first octet not acknowledged", BOTH, SEQ + 1000, SEQ, 0, true},
	{"the last one sent", BOTH, SEQ + 1, SEQ - 1000, 0, true},
	{"without data, behind all that was sent", BOTH, SEQ, SEQ, 0, true},
	{"a keep-alive", BOTH, SEQ + 1, SEQ + 1, 0, true},
	{"acknowledged already", BOTH, SEQ + 1000, SEQ + 2, 0, false},
	{"acknowledged long ago", BOTH, SEQ + 1000000, SEQ + 900000, 0, false},
	{"not sent yet", BOTH, SEQ - 1, SEQ - 1000, 0, false},
	{"far ahead", BOTH, SEQ - 0x40000000, SEQ - 0x40001000, 0, false},
	{"far behind", BOTH, SEQ + 0x7fff0000, SEQ + 0x7ffe0000, 0, false},
	{"the peer acknowledged what went another way", BOTH, SEQ - 5000, SEQ, 0, true},
	{"a SYN", TCP_SIDE_SENT, 0, SEQ + 1, 0, 0, true},
	{"a SYN with data", TCP_SIDE_SENT, 0, SEQ + 1001, 0, 0, true},
	{"before the SYN", TCP_SIDE_SENT, 0, SEQ + 0x10000, 0, 0, false},
	{"behind the SYN", TCP_SIDE_SENT, 0, SEQ - 1, 0, 0, false},
	{"in the window of a connection taken over", TCP_SIDE_SENT, 0, SEQ + 0x10000, 0, 0x20000,
	 true},
	{"the SYN of a connection that begins anew", BOTH, SEQ + 1, SEQ + 0x30000000, 0, true},
	{"beside such a SYN, of the old connection", ANEW, SEQ - 0x30000000, SEQ - 1000, 1000,
	 true},
	{"beyond the old one's window", ANEW, SEQ + 0x30000000, SEQ - 1000, 999, false},
};

static void set_flight(const struct flight *f, bool out)
{
	struct flow flow = flow_of(6, INSIDE, 40000, SERVER, 443);
	struct session session;
	struct tcp_side said = {.flags = f->said, .end = f->end};
	struct tcp_side other = {.flags = f->other, .ack = f->ack, .window = f->window};

	sessions();
	assert_true(session_get(flow, &session));
	session.out = out ? other : said;
	session.in = out ? said : other;
	session_write(flow, &session);
}

static void check_untouched(const struct pcase *c)
{
	struct flow flow = flow_of(6, INSIDE, 40000, SERVER, 443);
	struct session before, after;

	session_age(flow, 100);
	assert_true(session_get(flow, &before));
	case_run(c);
	assert_true(session_get(flow, &after));
	assert_memory_equal(&before, &after, sizeof(before));
}

/* What it does to the session: nothing, believed or not [RFC 5508 REQ-6] */
static void test_flights_in(void **state)
{
	struct pcase fast = AT_XDP("", NULL, V_DROP_ICMP_FORGED, TOO_BIG, tcp_wire, .mtu = 1400,
				   .inner_len = 8);
	struct pcase slow =
		AT_TC("", NULL, V_DROP_ICMP_FORGED, PORT_UNREACHABLE, tcp_wire, .inner_len = 8);

	(void)state;
	for (unsigned int i = 0; i < LEN(flights); i++) {
		struct pcase f = fast, s = slow;

		if (flights[i].possible) {
			f.verdict = V_TX;
			f.sent = V1000;
			f.out = (struct spec){
				TO_V1000,    IP(HOP, INSIDE), ICMP_ERROR(TOO_BIG, tcp_inside),
				.mtu = 1400, .inner_len = 8,  .ttl = 63};
			s.verdict = V_SLOW_IN;
			s.mark_out = NOTRACK;
			s.out = (struct spec){FROM_BOND0, IP(HOP, INSIDE),
					      ICMP_ERROR(PORT_UNREACHABLE, tcp_inside),
					      .inner_len = 8};
		}
		f.what = s.what = flights[i].what;
		scenario_reset();
		set_flight(&flights[i], false);
		check_untouched(&f);
		check_untouched(&s);
	}
}

static void test_flights_out(void **state)
{
	const struct pcase fast =
		OUT_XDP("", V_DROP_ICMP_FORGED, TOO_BIG, tcp_answered, .mtu = 1400, .inner_len = 8);
	const struct pcase slow =
		OUT_TC("", V_DROP_ICMP_FORGED, PORT_UNREACHABLE, tcp_answered, .inner_len = 8);

	(void)state;
	for (unsigned int i = 0; i < LEN(flights); i++) {
		struct pcase f = fast, s = slow;

		if (flights[i].possible) {
			f.verdict = V_TX;
			f.sent = BOND0;
			f.out = (struct spec){
				TO_BOND0,    IP(PUBLIC, SERVER), ICMP_ERROR(TOO_BIG, tcp_answer),
				.mtu = 1400, .inner_len = 8,	 .ttl = 63};
			s.verdict = V_SLOW_ICMP;
			s.out = (struct spec){TO_BOND0, IP(PUBLIC, SERVER),
					      ICMP_ERROR(PORT_UNREACHABLE, tcp_answer),
					      .inner_len = 8};
		}
		f.what = s.what = flights[i].what;
		scenario_reset();
		set_flight(&flights[i], true);
		check_untouched(&f);
		check_untouched(&s);
	}
}

static void code_in(uint8_t type, uint8_t code)
{
	const struct pcase c = {
		.what = "type and code",
		.verdict = V_TX,
		.slot = BOND0,
		.sent = V1000,
		.in = {FROM_BOND0, IP(HOP, PUBLIC), .mtu = 1300, ICMP_ERROR(type, code, udp_wire)},
		.out = {TO_V1000, IP(HOP, INSIDE), .mtu = 1300, .ttl = 63,
			ICMP_ERROR(type, code, udp_inside)},
	};

	case_run(&c);
}

static void code_out(uint8_t type, uint8_t code)
{
	const struct pcase c = {
		.what = "type and code, out",
		.verdict = V_TX,
		.slot = V1000,
		.sent = BOND0,
		.in = {FROM_V1000, IP(INSIDE, SERVER), .mtu = 1300,
		       ICMP_ERROR(type, code, udp_answered)},
		.out = {TO_BOND0, IP(PUBLIC, SERVER), .mtu = 1300, .ttl = 63,
			ICMP_ERROR(type, code, udp_answer)},
	};

	case_run(&c);
}

/* Every type and code of an error is carried, as it is. */
static void test_all_codes(void **state)
{
	static const struct {
		uint8_t type, codes;
	} types[] = {{3, 16}, {4, 1}, {11, 2}, {12, 3}};

	(void)state;
	scenario_reset();
	sessions();
	for (unsigned int i = 0; i < LEN(types); i++) {
		for (unsigned int code = 0; code < types[i].codes; code++) {
			code_in(types[i].type, code);
			code_out(types[i].type, code);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_sockets),
		cmocka_unit_test(test_own_echo),
		cmocka_unit_test(test_older_connection),
		{"the ICMP checksum is verified, whatever the length [RFC 5508 REQ-3]",
		 test_checksum, NULL, NULL, NULL},
		{"the ICMP checksum is verified of what leaves, too [RFC 5508 REQ-3]",
		 test_checksum_out, NULL, NULL, NULL},
		{"the inner transport checksum is not judged [RFC 5508 REQ-3c]",
		 test_inner_transport_checksum, NULL, NULL, NULL},
		{"extensions behind the quoted packet stay as they are [RFC 5508 REQ-3d]",
		 test_extensions, NULL, NULL, NULL},
		{"in: numbers that can and cannot be under way; no session is touched [RFC 5508 "
		 "REQ-6]",
		 test_flights_in, NULL, NULL, NULL},
		{"out: numbers that can and cannot be under way; no session is touched [RFC 5508 "
		 "REQ-6]",
		 test_flights_out, NULL, NULL, NULL},
		{"every type and code of an error is carried, in and out [RFC 5508 REQ-10a] "
		 "[RFC 4787 REQ-12b]",
		 test_all_codes, NULL, NULL, NULL},
	};

	return cases_main("icmp errors", cases, LEN(cases), tests, LEN(tests));
}
