// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP by state: conversations as steps. Each runs in XDP, in TC beside XDP and in TC alone, and
 * with several initial sequence numbers, so that every comparison also meets the wrap of 2^32.
 */
#include "cases.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A row says what it means, and no more. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define FLOW flow_of(6, INSIDE, 40000, SERVER, 443)

#define NEW	SESSION_NEW
#define OPEN	SESSION_OPEN
#define CLOSING SESSION_CLOSING
#define CLOSED	SESSION_CLOSED

#define OUT true
#define IN  false

#define SYN    TH_SYN
#define SYNACK (TH_SYN | TH_ACK)
#define ACK    TH_ACK
#define FIN    (TH_FIN | TH_ACK)
#define RST    TH_RST
#define RSTACK (TH_RST | TH_ACK)

#define WINDOW 64240 /* packet.c's */

/* What a step does to the session, beside what its state becomes. */
enum effect {
	PROLONGS = 0, /* believed */
	NOTHING,      /* not a bit of the record changes */
	ONLY_PROLONGS,
	NO_LONGER, /* noted, but prolongs nothing */
};

struct step {
	bool out;
	uint8_t flags;
	uint32_t seq, ack; /* from the sender's and the receiver's initial number on */
	uint16_t len;
	uint8_t state; /* afterwards */
	enum effect effect;
	uint32_t window; /* as the header has it [WINDOW] */
	uint8_t scale;	 /* the option's shift, and one */
	uint32_t idle;	 /* seconds before it [30] */
};

struct conversation {
	const char *what;
	struct step steps[24];
	bool taken_over; /* the session is there, and nothing is known of it */
	bool inbound;	 /* likewise, for the peer's SYN */
};

/* --- sending: out by the uplink and back, in three ways --- */

enum way { IN_XDP, IN_TC_SLOW, IN_TC_ALONE, WAYS };

static const char *const way_names[WAYS] = {"XDP", "TC beside XDP", "TC alone"};
static enum way way;

static void begin_way(enum way next)
{
	way = next;
	scenario_reset();
	for (unsigned int slot = BOND0; slot < DEVICES && way == IN_TC_ALONE; slot++)
		iface_flags_set(slot,
				IFACE_FORWARD | IFACE_TC_ONLY | (slot == BOND0 ? IFACE_UPLINK : 0));
}

/* The link header that a segment has where its way begins. */
static struct spec link_of(bool out)
{
	struct spec slow = {TO_BOND0}, tagged = {FROM_V1000}, bare = {FROM_V1000_BARE};
	struct spec in = {FROM_BOND0};

	if (!out)
		return in;
	return way == IN_XDP ? tagged : way == IN_TC_SLOW ? slow : bare;
}

static int transmit(struct spec spec, bool out)
{
	struct run run = {.hook = HOOK_XDP};

	if (way != IN_XDP) {
		run.hook = way == IN_TC_SLOW && out ? HOOK_TC_EGRESS : HOOK_TC_INGRESS;
		run.ifindex = device[way == IN_TC_ALONE && out ? V1000 : BOND0];
		run.iif = way == IN_TC_SLOW && out ? device[V1000] : 0;
	}
	frame_build(&run.frame, &spec);
	tally_reset();
	assert_int_equal(bench_run(&run), 0);
	assert_null(frame_wrong_checksum(&run.frame));
	return tally_read().verdict;
}

static int carried(bool out)
{
	return way != IN_TC_SLOW ? V_TX : out ? V_SLOW_OUT : V_SLOW_IN;
}

static struct spec segment(bool out, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct spec spec = link_of(out);

	spec.proto = 6;
	spec.src = out ? INSIDE : SERVER;
	spec.dst = out ? SERVER : PUBLIC;
	spec.sport = out ? 40000 : 443;
	spec.dport = out ? 443 : 40000;
	spec.tcp_flags = flags;
	spec.seq = seq;
	spec.ack = ack;
	return spec;
}

/* --- conversations --- */

static void send_step(const struct step *step, const uint32_t isn[2])
{
	uint8_t options[8] = {2, 4, 5, 0xb4, 1, 3, 3, step->scale - 1};
	struct spec spec = segment(step->out, step->flags, isn[step->out] + step->seq,
				   isn[!step->out] + step->ack);

	spec.payload = step->len;
	spec.window = step->window;
	if (step->scale) {
		spec.tcp_options = options;
		spec.tcp_options_len = sizeof(options);
	}
	assert_int_equal(transmit(spec, step->out), carried(step->out));
}

static bool same_sides(const struct session *a, const struct session *b)
{
	return !memcmp(&a->out, &b->out, sizeof(a->out)) && !memcmp(&a->in, &b->in, sizeof(a->in));
}

/* NULL, or what is wrong with the session after a step. */
static const char *wrong(const struct step *step, const struct session *before,
			 const struct session *after)
{
	uint32_t last = step->out ? after->last_out : after->last_in;
	bool prolonged = clock_now() - last < 10;
	struct session rest = *after;

	rest.way = before->way; /* where it leaves is noted, whatever it says */
	if (after->state != step->state)
		return "state";
	if (step->effect == NOTHING && memcmp(before, &rest, sizeof(*before)))
		return "something changed";
	if (prolonged != (step->effect == PROLONGS || step->effect == ONLY_PROLONGS))
		return prolonged ? "prolonged" : "not prolonged";
	if (step->effect == ONLY_PROLONGS && !same_sides(before, after))
		return "believed";
	return NULL;
}

static void play_step(const struct conversation *c, unsigned int i, const uint32_t isn[2])
{
	const struct step *step = &c->steps[i];
	struct session before, after;
	const char *what;

	if (session_get(FLOW, &before)) {
		session_age(FLOW, step->idle ? step->idle : 30);
		assert_true(session_get(FLOW, &before));
	}
	send_step(step, isn);
	assert_true(session_get(FLOW, &after));
	what = wrong(step, &before, &after);
	if (what)
		fail_msg("%s, step %u (isn %08x %08x): %s (state %u, before %u)", way_names[way], i,
			 isn[1], isn[0], what, after.state, before.state);
}

static void put_inbound(void)
{
	struct session session;

	session_put(FLOW, PUBLIC, 40000, NEW);
	assert_true(session_get(FLOW, &session));
	session.flags = SESSION_INBOUND;
	session_write(FLOW, &session);
}

static void play(const struct conversation *c, enum way by, const uint32_t isn[2])
{
	begin_way(by);
	if (c->taken_over)
		session_put(FLOW, PUBLIC, 40000, OPEN);
	if (c->inbound)
		put_inbound();
	for (unsigned int i = 0; c->steps[i].flags; i++)
		play_step(c, i, isn);
}

static void test_conversation(void **state)
{
	/* The peer's, the inside host's. */
	static const uint32_t isn[][2] = {
		{0x10000000, 0x20000000}, {0xffffffff, 0xfffffffe}, {0xffffff00, 0x7fffff80},
		{0x7fffffff, 0xffff0000}, {0x80000000, 0},
	};

	for (enum way by = IN_XDP; by < WAYS; by++)
		for (unsigned int i = 0; i < LEN(isn); i++)
			play(*state, by, isn[i]);
}

#define HANDSHAKE                                             \
	{OUT, SYN, 0, 0, 0, NEW}, {IN, SYNACK, 0, 1, 0, NEW}, \
	{                                                     \
		OUT, ACK, 1, 1, 0, OPEN                       \
	}

static const struct conversation conversations[] = {
	/* opening */
	{"handshake, data both ways, both FINs and the last ACK [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {OUT, ACK, 1, 1, 500, OPEN},
	  {IN, ACK, 1, 501, 1460, OPEN},
	  {IN, ACK, 1461, 501, 1460, OPEN},
	  {OUT, ACK, 501, 2921, 0, OPEN},
	  {OUT, FIN, 501, 2921, 0, CLOSING},
	  {IN, ACK, 2921, 502, 0, CLOSING},
	  {IN, FIN, 2921, 502, 0, CLOSED},
	  {OUT, ACK, 502, 2922, 0, CLOSED}}},
	{"the peer closes first [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {OUT, ACK, 1, 2, 0, CLOSING},
	  {OUT, FIN, 1, 2, 10, CLOSED},
	  {IN, ACK, 2, 12, 0, CLOSED}}},
	{"both close at once [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {OUT, FIN, 1, 1, 0, CLOSING},
	  {IN, FIN, 1, 1, 0, CLOSED},
	  {OUT, ACK, 2, 2, 0, CLOSED},
	  {IN, ACK, 2, 2, 0, CLOSED}}},
	{"open needs all of the handshake: SYN and ACK alone leave the session new [RFC 7857 2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {OUT, ACK, 1, 1, 0, OPEN},
	  {IN, SYNACK, 0, 1, 0, OPEN, NOTHING},
	  {OUT, ACK, 1, 1, 0, OPEN}}},
	{"the peer speaks before the handshake's last ACK comes [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {IN, ACK, 1, 1, 100, NEW},
	  {OUT, ACK, 1, 101, 0, OPEN}}},
	{"simultaneous open, with SYN and ACK from both [RFC 5382 REQ-2a]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYN, 0, 0, 0, NEW},
	  {OUT, SYNACK, 0, 1, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, OPEN},
	  {IN, SYNACK, 0, 1, 0, OPEN, ONLY_PROLONGS},
	  {OUT, ACK, 1, 1, 20, OPEN},
	  {IN, ACK, 1, 21, 20, OPEN}}},
	{"simultaneous open, with bare ACKs [RFC 5382 REQ-2a]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYN, 0, 0, 0, NEW},
	  {IN, SYN, 0, 0, 0, NEW},
	  {OUT, ACK, 1, 1, 0, NEW},
	  {IN, ACK, 1, 1, 0, OPEN},
	  {IN, RST, 1, 0, 0, CLOSED}}},
	{"a forged SYN from outside does not spoil the true answer [RFC 7857 2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYN, 0x4000000, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {IN, SYN, 0x4000000, 0, 0, NEW, NOTHING},
	  {OUT, ACK, 1, 1, 0, OPEN},
	  {IN, RST, 0x4000001, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1, 0, 0, CLOSED}}},
	{"the next attempt with another number: only its own answer counts [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {OUT, SYN, 70000, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW, NOTHING},
	  {IN, RSTACK, 0, 1, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 70001, 0, NEW},
	  {OUT, ACK, 70001, 1, 0, OPEN}}},
	{"an answer that acknowledges something else is not one [RFC 7857 2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 2, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 0, 0, NEW, NOTHING},
	  {IN, ACK, 1, 1, 0, NEW, NOTHING},
	  {IN, FIN, 1, 1, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 1, 0, NEW}}},
	{"data in the SYN (RFC 7413), acknowledged",
	 {{OUT, SYN, 0, 0, 100, NEW},
	  {IN, SYNACK, 0, 102, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 101, 0, NEW},
	  {IN, ACK, 1, 101, 100, NEW},
	  {OUT, ACK, 101, 101, 0, OPEN}}},
	{"data in the SYN (RFC 7413), refused",
	 {{OUT, SYN, 0, 0, 100, NEW},
	  {OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 0, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {OUT, ACK, 1, 1, 100, OPEN}}},

	/* refused */
	{"a RST that acknowledges the SYN refuses it [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW}, {IN, RSTACK, -0x10000000U, 1, 0, CLOSED}}},
	{"a RST to a SYN with a wrong acknowledgment, or none, is not believed [RFC 7857 2.2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, RSTACK, 0, 0, 0, NEW, NOTHING},
	  {IN, RSTACK, 0, 2, 0, NEW, NOTHING},
	  {IN, RSTACK, 0, 0x80000001, 0, NEW, NOTHING},
	  {IN, RST, 0, 1, 0, NEW, NOTHING},
	  {IN, RST, 1, 1, 0, NEW, NOTHING},
	  {IN, SYNACK, 0, 1, 0, NEW}}},
	{"the inside host refuses the answer [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {OUT, RST, 2, 0, 0, NEW, NOTHING},
	  {OUT, RST, 0, 0, 0, NEW, NOTHING},
	  {OUT, RST, 1, 0, 0, CLOSED}}},
	{"the peer gives up its own answer [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {IN, RST, 2, 0, 0, NEW, NOTHING},
	  {IN, RST, 1, 0, 0, CLOSED}}},

	/* RST */
	{"a RST with the number that is expected next [RFC 7857 2.2]",
	 {HANDSHAKE, {IN, RST, 1, 0, 0, CLOSED}, {IN, RST, 1, 0, 0, CLOSED}}},
	{"a RST of the inside host [RFC 7857 2.2]",
	 {HANDSHAKE,
	  {OUT, RSTACK, 0, 1, 0, OPEN, NOTHING},
	  {OUT, RSTACK, 2, 1, 0, OPEN, NOTHING},
	  {OUT, RSTACK, 1, 1, 0, CLOSED}}},
	{"forged RSTs: below, above, in the window, at its edges, beyond [RFC 7857 2.2]",
	 {HANDSHAKE,
	  {IN, RST, 0, 0, 0, OPEN, NOTHING},
	  {IN, RST, 2, 0, 0, OPEN, NOTHING},
	  {IN, RST, WINDOW / 2, 0, 0, OPEN, NOTHING},
	  {IN, RST, WINDOW, 0, 0, OPEN, NOTHING},
	  {IN, RST, WINDOW + 1, 0, 0, OPEN, NOTHING},
	  {IN, RST, WINDOW + 2, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1 - WINDOW, 0, 0, OPEN, NOTHING},
	  {IN, RST, 0x80000000, 0, 0, OPEN, NOTHING},
	  {IN, RST, 0x80000001, 0, 0, OPEN, NOTHING},
	  {IN, RSTACK, 2, 1, 0, OPEN, NOTHING},
	  {IN, RST | SYN, 1, 0, 0, OPEN, NOTHING},
	  {IN, RST | TH_FIN, 1, 0, 0, OPEN, NOTHING},
	  {IN, ACK, 1, 1, 0, OPEN}}},
	{"a RST behind data on its way: the first octet that is not acknowledged",
	 {HANDSHAKE,
	  {IN, ACK, 1, 1, 1000, OPEN},
	  {IN, RST, 0, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1, 0, 0, CLOSED}}},
	{"a RST behind data on its way: amid it, since an ACK may be on its way too",
	 {HANDSHAKE, {IN, ACK, 1, 1, 1000, OPEN}, {IN, RST, 501, 0, 0, CLOSED}}},
	{"a RST behind data on its way: at its end, and not beyond",
	 {HANDSHAKE,
	  {IN, ACK, 1, 1, 1000, OPEN},
	  {IN, RST, 1002, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1001, 0, 0, CLOSED}}},
	{"a RST with a number long since acknowledged [RFC 7857 2.2]",
	 {HANDSHAKE,
	  {IN, ACK, 1, 1, 1000, OPEN},
	  {OUT, ACK, 1, 1001, 0, OPEN},
	  {IN, RST, 1, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1000, 0, 0, OPEN, NOTHING},
	  {IN, RST, 1001, 0, 0, CLOSED}}},
	{"a RST that its own sender contradicts was forged: the session is open again [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, RST, 1, 0, 0, CLOSED},
	  {IN, ACK, 1, 1, 100, OPEN},
	  {OUT, ACK, 1, 101, 0, OPEN},
	  {OUT, RST, 1, 0, 0, CLOSED},
	  {OUT, ACK, 1, 101, 50, OPEN}}},
	{"what the other side says after a RST was on its way, and opens nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {OUT, RST, 1, 0, 0, CLOSED},
	  {IN, ACK, 1, 1, 1460, CLOSED},
	  {IN, ACK, 1461, 1, 1460, CLOSED},
	  {OUT, RST, 1, 0, 0, CLOSED}}},
	{"a forged segment after a RST opens nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, RST, 1, 0, 0, CLOSED},
	  {IN, ACK, 0x30000000, 1, 0, CLOSED, NOTHING},
	  {IN, ACK, 1, 2, 0, CLOSED, NOTHING},
	  {IN, FIN, 1, 2, 0, CLOSED, NOTHING}}},
	{"a half-closed session that was not reset after all is half-closed again [RFC 7857 2]",
	 {HANDSHAKE,
	  {OUT, FIN, 1, 1, 0, CLOSING},
	  {IN, RST, 1, 0, 0, CLOSED},
	  {IN, ACK, 1, 2, 100, CLOSING}}},
	{"a challenge ACK and the RST that it asks for (RFC 5961 section 3)",
	 {HANDSHAKE,
	  {IN, RST, 300, 0, 0, OPEN, NOTHING},
	  {OUT, ACK, 1, 1, 0, OPEN},
	  {IN, RST, 1, 0, 0, CLOSED}}},

	/* FIN */
	{"forged FINs: below the window, beyond it, with a wrong or no acknowledgment [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, FIN, 0, 1, 0, OPEN, NOTHING},
	  {IN, FIN, WINDOW + 2, 1, 0, OPEN, NOTHING},
	  {IN, FIN, 0x80000001, 1, 0, OPEN, NOTHING},
	  {IN, FIN, 1, 2, 0, OPEN, NOTHING},
	  {IN, FIN, 1, -WINDOW, 0, OPEN, NOTHING},
	  {IN, TH_FIN, 1, 0, 0, OPEN, NOTHING},
	  {IN, FIN | SYN, 1, 1, 0, OPEN, NOTHING},
	  {OUT, FIN, 0, 1, 0, OPEN, NOTHING},
	  {OUT, FIN, WINDOW + 2, 1, 0, OPEN, NOTHING},
	  {OUT, FIN, 1, 2, 0, OPEN, NOTHING},
	  {OUT, FIN | SYN, 1, 1, 0, OPEN, NOTHING}}},
	{"a FIN at the window's right edge [RFC 7857 2]",
	 {HANDSHAKE, {IN, FIN, WINDOW + 1, 1, 0, CLOSING}}},
	{"a FIN at the window's left edge, with the oldest acknowledgment there may be [RFC 7857 "
	 "2]",
	 {HANDSHAKE, {IN, FIN, 1, 1 - WINDOW, 0, CLOSING}}},
	{"a FIN that overtakes data, which follows [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {IN, FIN, 1001, 1, 460, CLOSING},
	  {OUT, ACK, 1, 1, 0, CLOSING},
	  {IN, ACK, 1, 1, 1000, CLOSING},
	  {OUT, ACK, 1, 1462, 0, CLOSING},
	  {OUT, FIN, 1, 1462, 0, CLOSED}}},
	{"a FIN again, because its ACK was lost [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {OUT, ACK, 1, 2, 0, CLOSING},
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {OUT, FIN, 1, 2, 0, CLOSED},
	  {IN, FIN, 1, 1, 0, CLOSED},
	  {OUT, FIN, 1, 2, 0, CLOSED},
	  {IN, ACK, 2, 2, 0, CLOSED}}},
	{"half-closed from inside: the peer sends on, and idles for two hours [RFC 5382 REQ-5]",
	 {HANDSHAKE,
	  {OUT, FIN, 1, 1, 0, CLOSING},
	  {IN, ACK, 1, 2, 1460, CLOSING, .idle = 7430},
	  {OUT, ACK, 2, 1461, 0, CLOSING},
	  {IN, FIN, 1461, 2, 0, CLOSED, .idle = 7430}}},
	{"half-closed from outside: the inside host sends on, and idles [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {OUT, ACK, 1, 2, 1460, CLOSING, .idle = 7430},
	  {IN, ACK, 2, 1461, 0, CLOSING, .idle = 7430},
	  {OUT, FIN, 1461, 2, 0, CLOSED}}},
	{"after both FINs late data opens nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {OUT, FIN, 1, 1, 0, CLOSING},
	  {IN, FIN, 1461, 2, 0, CLOSED},
	  {IN, ACK, 1, 2, 1460, CLOSED},
	  {OUT, ACK, 2, 1462, 0, CLOSED}}},

	/* what is neither */
	{"from outside, what cannot be right prolongs nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, ACK, 1, 2, 0, OPEN, NOTHING},
	  {IN, ACK, 1, 0x40000000, 0, OPEN, NOTHING},
	  {IN, ACK, 1, -WINDOW, 0, OPEN, NOTHING},
	  {IN, ACK, WINDOW + 3, 1, 0, OPEN, NOTHING},
	  {IN, ACK, WINDOW + 2, 1, 1, OPEN, NOTHING},
	  {IN, ACK, -WINDOW - 1, 1, 0, OPEN, NOTHING},
	  {IN, ACK, 0x80000000, 1, 0, OPEN, NOTHING},
	  {IN, 0x80, 1, 1, 0, OPEN, NOTHING},
	  {IN, ACK, WINDOW + 1, 1, 1, OPEN}}},
	{"an octet into a closed window, which asks whether it is open [RFC 5382 REQ-2]",
	 {{OUT, SYN, 0, 0, 0, NEW, .window = 1000},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {OUT, ACK, 1, 1, 0, OPEN, .window = 1000},
	  {IN, ACK, 1, 1, 1000, OPEN},
	  {OUT, ACK, 1, 1, 0, OPEN, .window = WINDOW_ZERO},
	  {IN, ACK, 1002, 1, 1, OPEN, NOTHING},
	  {IN, ACK, 1001, 1, 1, OPEN}}},
	{"the inside host's own segments prolong, but an ACK of what was never sent is not "
	 "believed "
	 "[RFC 4787 REQ-6]",
	 {HANDSHAKE,
	  {OUT, ACK, 1, 5000, 0, OPEN, ONLY_PROLONGS},
	  {OUT, ACK, 0x70000000, 1, 0, OPEN, ONLY_PROLONGS},
	  {IN, RST, 5000, 0, 0, OPEN, NOTHING},
	  {OUT, ACK, 1, 1, 0, OPEN}}},
	{"keepalives: one below what is expected [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {OUT, ACK, 0, 1, 0, OPEN, .idle = 7200},
	  {IN, ACK, 1, 1, 0, OPEN},
	  {IN, ACK, 0, 1, 1, OPEN, .idle = 7200},
	  {OUT, ACK, 1, 1, 0, OPEN}}},
	{"data out of order and again [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {IN, ACK, 2921, 1, 1460, OPEN},
	  {OUT, ACK, 1, 1, 0, OPEN},
	  {IN, ACK, 1461, 1, 1460, OPEN},
	  {IN, ACK, 1, 1, 1460, OPEN},
	  {OUT, ACK, 1, 4381, 0, OPEN},
	  {IN, ACK, 1, 1, 1460, OPEN},
	  {IN, RST, 1461, 0, 0, OPEN, NOTHING},
	  {IN, RST, 4381, 0, 0, CLOSED}}},

	/* window scale, RFC 7323 */
	{"windows are scaled where both SYNs say so",
	 {{OUT, SYN, 0, 0, 0, NEW, .scale = 1 + 7, .window = 1000},
	  {IN, SYNACK, 0, 1, 0, NEW, .scale = 1 + 2, .window = 1000},
	  {OUT, ACK, 1, 1, 0, OPEN, .window = 1000},
	  {IN, ACK, 1, 1, 0, OPEN, .window = 1000},
	  {IN, FIN, 128002, 1, 0, OPEN, NOTHING},
	  {OUT, FIN, 4002, 1, 0, OPEN, NOTHING},
	  {IN, FIN, 128001, 1, 0, CLOSING},
	  {OUT, FIN, 4001, 1, 0, CLOSED}}},
	{"a SYN's own window is not scaled",
	 {{OUT, SYN, 0, 0, 0, NEW, .scale = 1 + 7, .window = 1000},
	  {IN, SYNACK, 0, 1, 0, NEW, .scale = 1 + 7, .window = 1000},
	  {OUT, FIN, 1002, 1, 0, NEW, NOTHING},
	  {OUT, FIN, 1001, 1, 0, CLOSING}}},
	{"windows are not scaled where one SYN alone says so",
	 {{OUT, SYN, 0, 0, 0, NEW, .scale = 1 + 7, .window = 1000},
	  {IN, SYNACK, 0, 1, 0, NEW, .window = 1000},
	  {OUT, ACK, 1, 1, 0, OPEN, .window = 1000},
	  {IN, FIN, 1002, 1, 0, OPEN, NOTHING},
	  {IN, FIN, 1001, 1, 0, CLOSING}}},
	{"a shift above 14 is 14",
	 {{OUT, SYN, 0, 0, 0, NEW, .scale = 1 + 15},
	  {IN, SYNACK, 0, 1, 0, NEW, .scale = 1 + 0},
	  {OUT, ACK, 1, 1, 0, OPEN, .window = 0xffff},
	  {IN, FIN, 2 + (0xffff << 14), 1, 0, OPEN, NOTHING},
	  {IN, FIN, 1 + (0xffff << 14), 1, 0, CLOSING}}},

	/* anew */
	{"a SYN with the ports of a closed session opens it anew [RFC 7857 2]",
	 {HANDSHAKE,
	  {OUT, FIN, 1, 1, 0, CLOSING},
	  {IN, FIN, 1, 2, 0, CLOSED},
	  {OUT, ACK, 2, 2, 0, CLOSED},
	  {OUT, SYN, 0x50000000, 0, 0, NEW},
	  {IN, RST, 2, 0, 0, NEW, NOTHING},
	  {IN, SYNACK, 0x60000000, 0x50000001, 0, NEW},
	  {OUT, ACK, 0x50000001, 0x60000001, 0, OPEN},
	  {IN, FIN, 0x60000001, 0x50000001, 0, CLOSING}}},
	{"a SYN with the ports of a reset session opens it anew [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, RST, 1, 0, 0, CLOSED},
	  {OUT, SYN, 0xa0000000, 0, 0, NEW},
	  {IN, SYNACK, 0x60000000, 0xa0000001, 0, NEW},
	  {OUT, ACK, 0xa0000001, 0x60000001, 0, OPEN}}},
	{"a SYN in a half-closed session opens it anew [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {IN, SYN, 0x60000000, 0, 0, CLOSING, NOTHING},
	  {OUT, SYN, 0x50000000, 0, 0, CLOSING},
	  {IN, SYNACK, 0x60000000, 0x50000001, 0, NEW},
	  {OUT, ACK, 0x50000001, 0x60000001, 0, OPEN}}},
	{"a SYN in a half-closed session that goes on changes nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, FIN, 1, 1, 0, CLOSING},
	  {OUT, SYN, 2, 0, 0, CLOSING},
	  {OUT, ACK, 1, 2, 500, CLOSING},
	  {IN, ACK, 2, 501, 0, CLOSING},
	  {OUT, FIN, 501, 2, 0, CLOSED}}},
	{"the inside host has restarted: challenge ACK, RST, and its SYN again (RFC 5961 section "
	 "4)",
	 {HANDSHAKE,
	  {OUT, ACK, 1, 1, 500, OPEN},
	  {IN, ACK, 1, 501, 0, OPEN},
	  {OUT, SYN, 0x50000000, 0, 0, OPEN},
	  {IN, ACK, 1, 501, 0, OPEN},
	  {OUT, RST, 501, 0, 0, CLOSED},
	  {OUT, SYN, 0x50000000, 0, 0, NEW},
	  {IN, SYNACK, 0x60000000, 0x50000001, 0, NEW},
	  {OUT, ACK, 0x50000001, 0x60000001, 0, OPEN}}},
	{"the inside host has restarted, and so has its peer",
	 {HANDSHAKE,
	  {OUT, SYN, 0xb0000000, 0, 0, OPEN},
	  {IN, SYNACK, 0x60000000, 0xb0000002, 0, OPEN, NOTHING},
	  {IN, SYNACK, 0x60000000, 0xb0000001, 0, NEW},
	  {OUT, ACK, 0xb0000001, 0x60000001, 0, OPEN},
	  {IN, RST, 1, 0, 0, OPEN, NOTHING},
	  {IN, RST, 0x60000001, 0, 0, CLOSED}}},
	{"the inside host has restarted, and nobody listens any more",
	 {HANDSHAKE,
	  {OUT, SYN, 0xb0000000, 0, 0, OPEN},
	  {IN, RSTACK, 0, 0xb0000002, 0, OPEN, NOTHING},
	  {IN, RSTACK, 0, 0xb0000001, 0, CLOSED}}},
	{"a SYN in an open session that comes to nothing: the old connection goes on",
	 {HANDSHAKE,
	  {OUT, SYN, 0x50000000, 0, 0, OPEN},
	  {OUT, RST, 5000, 0, 0, OPEN, NOTHING},
	  {IN, RST, 0x20000000, 0, 0, OPEN, NOTHING},
	  {OUT, ACK, 1, 1, 1000, OPEN},
	  {IN, ACK, 1, 1001, 0, OPEN},
	  {OUT, RST, 1000, 0, 0, OPEN, NOTHING},
	  {OUT, ACK, 1001, 1, 500, OPEN},
	  {OUT, RST, 1501, 0, 0, CLOSED}}},
	{"the old SYN comes late: the connection goes on [RFC 5382 REQ-2]",
	 {HANDSHAKE,
	  {OUT, ACK, 1, 1, 1000, OPEN},
	  {OUT, SYN, 0, 0, 0, OPEN},
	  {OUT, ACK, 1001, 1, 1000, OPEN},
	  {IN, ACK, 1, 2001, 0, OPEN},
	  {IN, RST, 1, 0, 0, CLOSED}}},
	{"a SYN, or SYN and ACK, from outside in an open session changes nothing [RFC 7857 2]",
	 {HANDSHAKE,
	  {IN, SYN, 0x60000000, 0, 0, OPEN, NOTHING},
	  {IN, SYN, 1, 0, 0, OPEN, NOTHING},
	  {IN, SYNACK, 0x60000000, 1, 0, OPEN, NOTHING}}},
	{"the peer opens a closed session: the inside host decides, and its answer prolongs",
	 {HANDSHAKE,
	  {IN, RST, 1, 0, 0, CLOSED},
	  {IN, SYN, 0x60000000, 0, 0, NEW, NO_LONGER},
	  {OUT, SYNACK, 0x50000000, 0x60000001, 0, NEW},
	  {IN, ACK, 0x60000001, 0x50000001, 0, OPEN}}},

	/* begun from outside */
	{"a connection begun from outside, where it is admitted [RFC 5382 REQ-2]",
	 {{IN, SYN, 0, 0, 0, NEW},
	  {IN, SYN, 0, 0, 0, NEW},
	  {IN, ACK, 1, 0, 0, NEW, NOTHING},
	  {OUT, SYNACK, 0, 1, 0, NEW},
	  {IN, ACK, 1, 2, 0, NEW, NOTHING},
	  {IN, ACK, 1, 1, 0, OPEN},
	  {OUT, ACK, 1, 1, 100, OPEN},
	  {IN, ACK, 1, 101, 100, OPEN},
	  {IN, FIN, 101, 101, 0, CLOSING},
	  {OUT, FIN, 101, 102, 0, CLOSED}},
	 .inbound = true},
	{"a connection begun from outside that the inside host refuses, and the next attempt",
	 {{IN, SYN, 0, 0, 0, NEW},
	  {OUT, RSTACK, 0, 2, 0, NEW, NOTHING},
	  {OUT, RSTACK, 0, 1, 0, CLOSED},
	  {IN, SYN, 9000, 0, 0, NEW, NO_LONGER},
	  {OUT, SYNACK, 0, 9001, 0, NEW},
	  {IN, ACK, 9001, 1, 0, OPEN}},
	 .inbound = true},
	{"both begin a connection that outside began first [RFC 5382 REQ-2a]",
	 {{IN, SYN, 0, 0, 0, NEW},
	  {OUT, SYN, 0, 0, 0, NEW},
	  {IN, SYNACK, 0, 1, 0, NEW},
	  {OUT, SYNACK, 0, 1, 0, OPEN}},
	 .inbound = true},
	{"the same with bare ACKs [RFC 5382 REQ-2a]",
	 {{IN, SYN, 0, 0, 0, NEW},
	  {OUT, SYN, 0, 0, 0, NEW},
	  {OUT, ACK, 1, 1, 0, NEW},
	  {IN, ACK, 1, 1, 0, OPEN}},
	 .inbound = true},

	/* taken over */
	{"a session whose beginning nobody saw: the inside host's word is taken",
	 {{IN, ACK, 7000, 9000, 100, OPEN, ONLY_PROLONGS},
	  {IN, RST, 7000, 0, 0, OPEN, NOTHING},
	  {IN, FIN, 7000, 9000, 0, OPEN, NOTHING},
	  {OUT, RST, 9000, 0, 0, OPEN, NOTHING},
	  {OUT, ACK, 9000, 7100, 1460, OPEN},
	  {OUT, ACK, 10460, 7100, 1460, OPEN},
	  {IN, ACK, 7100, 11920, 0, OPEN},
	  {IN, RST, 7099, 0, 0, OPEN, NOTHING},
	  {IN, RST, 7101, 0, 0, OPEN, NOTHING},
	  {IN, ACK, 7100, 11921, 0, OPEN, NOTHING},
	  {IN, FIN, 7100, 11920, 0, CLOSING},
	  {OUT, FIN, 11920, 7101, 0, CLOSED}},
	 .taken_over = true},
	{"a session whose beginning nobody saw: its windows may be scaled by 14",
	 {{OUT, ACK, 9000, 7000, 0, OPEN, .window = 1000},
	  {IN, FIN, 7001 + (1000 << 14), 9000, 0, OPEN, NOTHING},
	  {IN, FIN, 7000 + (1000 << 14), 9000, 0, CLOSING}},
	 .taken_over = true},
	{"a session whose beginning nobody saw is reset",
	 {{OUT, ACK, 9000, 7000, 0, OPEN}, {IN, RST, 7000, 0, 0, CLOSED}},
	 .taken_over = true},
};

/* --- timers --- */

static void open_session(void)
{
	static const struct conversation c = {"", {HANDSHAKE}, false};
	static const uint32_t isn[2] = {1000, 2000};

	for (unsigned int i = 0; i < 3; i++)
		send_step(&c.steps[i], isn);
}

static void send_in(uint8_t flags, uint32_t seq, uint32_t ack, int verdict)
{
	assert_int_equal(transmit(segment(IN, flags, seq, ack), IN), verdict);
}

/* The session serves its peer for `timeout` seconds, and not a second longer; what is sent to ask
 * cannot be right, and so prolongs nothing. */
static void check_lifetime(uint32_t timeout)
{
	session_age(FLOW, timeout - 3);
	send_in(RST, 0x70000000, 0, carried(IN));
	session_age(FLOW, timeout);
	send_in(RST, 0x70000000, 0, V_PASS_LOCAL);
	assert_int_equal(session_count(), 0);
	assert_int_equal(mapping_count(), 0);
}

static void expire_new(void)
{
	assert_int_equal(transmit(segment(OUT, SYN, 2000, 0), OUT), carried(OUT));
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_TRANSITORY]);
	assert_int_equal(transmit(segment(OUT, SYN, 2000, 0), OUT), carried(OUT));
	send_in(SYNACK, 1000, 2001, carried(IN));
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_TRANSITORY]);
}

static void expire_open(void)
{
	open_session();
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_ESTABLISHED]);
	open_session();
	send_in(FIN, 1001, 2001, carried(IN));
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_ESTABLISHED]);
}

static void expire_closed(void)
{
	open_session();
	send_in(FIN, 1001, 2001, carried(IN));
	assert_int_equal(transmit(segment(OUT, FIN, 2001, 1002), OUT), carried(OUT));
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_CLOSING]);
}

static void expire_reset(void)
{
	open_session();
	send_in(RST, 1001, 0, carried(IN));
	check_lifetime(bench.control->timeout[TIMEOUT_TCP_CLOSING]);
}

static void test_lifetimes(void **state)
{
	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++) {
		begin_way(by);
		expire_new();
		expire_open();
		expire_closed();
	}
}

static void test_separate_timers(void **state)
{
	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++) {
		begin_way(by);
		bench.control->timeout[TIMEOUT_TCP_TRANSITORY] = 20;
		bench.control->timeout[TIMEOUT_TCP_CLOSING] = 50;
		bench.control->timeout[TIMEOUT_TCP_ESTABLISHED] = 9000;
		expire_new();
		expire_open();
		expire_closed();
		expire_reset();
	}
}

static void test_reset_lifetime(void **state)
{
	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++) {
		begin_way(by);
		assert_int_equal(bench.control->timeout[TIMEOUT_TCP_CLOSING], 240);
		expire_reset();
	}
}

/* Without a session: what does not begin one, in either direction. */
static void test_mid_stream(void **state)
{
	static const uint8_t flags[] = {ACK, FIN, SYNACK, RST, RSTACK, SYN | RST, 0};

	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++) {
		begin_way(by);
		for (unsigned int i = 0; i < LEN(flags); i++) {
			assert_int_equal(transmit(segment(OUT, flags[i], 1, 1), OUT),
					 by == IN_TC_SLOW ? V_DROP_NO_SESSION : V_PASS_MID_STREAM);
			send_in(flags[i], 1, 1, V_PASS_LOCAL);
		}
		assert_int_equal(session_count(), 0);
		assert_int_equal(mapping_count(), 0);
	}
}

/* --- ICMP --- */

static void send_error(uint8_t type, uint8_t code)
{
	struct spec quoted = segment(IN, ACK, 0, 0), error = link_of(IN);
	struct session before, after;

	quoted.src = PUBLIC;
	quoted.dst = SERVER;
	quoted.sport = 40000;
	quoted.dport = 443;
	quoted.seq = 2001;
	quoted.ack = 1001;
	error.src = "198.18.0.1";
	error.dst = PUBLIC;
	error.proto = 1;
	error.type = type;
	error.code = code;
	error.mtu = 1400;
	error.inner = &quoted;
	session_age(FLOW, 100);
	assert_true(session_get(FLOW, &before));
	transmit(error, IN);
	assert_true(session_get(FLOW, &after));
	assert_memory_equal(&before, &after, sizeof(before));
}

static void test_icmp_ends_nothing(void **state)
{
	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++) {
		begin_way(by);
		open_session();
		for (uint8_t code = 0; code < 16; code++)
			send_error(3, code);
		send_error(4, 0);
		for (uint8_t type = 11; type <= 12; type++)
			for (uint8_t code = 0; code < 3; code++)
				send_error(type, code);
	}
}

/* --- the window scale option --- */

struct options {
	const char *what;
	uint8_t bytes[40], len;
	int scale; /* -1: none */
	uint8_t data_offset;
};

static const struct options option_cases[] = {
	{"none", {}, 0, -1, 0},
	{"as Linux sends them",
	 {2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7},
	 20,
	 7,
	 0},
	{"as Windows sends them", {2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2}, 12, 8, 0},
	{"shift 0", {1, 3, 3, 0}, 4, 0, 0},
	{"shift 14", {1, 3, 3, 14}, 4, 14, 0},
	{"shift 255 is 14", {1, 3, 3, 255}, 4, 14, 0},
	{"the very last bytes",
	 {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 5},
	 40,
	 5,
	 0},
	{"behind the end", {0, 3, 3, 7}, 4, -1, 0},
	{"cut short", {1, 1, 3, 3}, 4, -1, 0},
	{"cut shorter", {1, 1, 1, 3}, 4, -1, 0},
	{"of a wrong length", {3, 4, 7, 7}, 4, -1, 0},
	{"behind an option of length 0", {8, 0, 1, 1, 1, 3, 3, 7}, 8, -1, 0},
	{"behind an option of length 1", {8, 1, 1, 1, 1, 3, 3, 7}, 8, -1, 0},
	{"behind an option longer than the header", {8, 200, 1, 1, 1, 3, 3, 7}, 8, -1, 0},
	{"beyond the header, in the data", {1, 3, 3, 7}, 4, -1, 5},
	{"a header shorter than one can be", {1, 3, 3, 7}, 4, -1, 1},
	{"a header longer than the packet", {1, 3, 3, 7}, 4, 7, 15},
};

static void check_options(const struct options *o)
{
	struct spec spec = segment(OUT, SYN, 5, 0);
	struct session session;

	spec.tcp_options = o->bytes;
	spec.tcp_options_len = o->len;
	spec.data_offset = o->data_offset;
	assert_int_equal(transmit(spec, OUT), carried(OUT));
	assert_true(session_get(FLOW, &session));
	if (!!(session.out.flags & TCP_SIDE_SCALE) != (o->scale >= 0) ||
	    session.out.scale != (o->scale >= 0 ? o->scale : 0))
		fail_msg("%s: %s: flags %x, scale %u", way_names[way], o->what, session.out.flags,
			 session.out.scale);
	assert_int_equal(session.out.end, o->data_offset == 5 ? 10 : 6);
}

static void test_options(void **state)
{
	(void)state;
	for (enum way by = IN_XDP; by < WAYS; by++)
		for (unsigned int i = 0; i < LEN(option_cases); i++) {
			begin_way(by);
			check_options(&option_cases[i]);
		}
}

static const struct CMUnitTest tests[] = {
	{"each state has its time: 4 minutes, 2 hours 4 minutes, 4 minutes [RFC 5382 REQ-5]",
	 test_lifetimes, NULL, NULL, NULL},
	{"opening, established and closing each have a timer of their own [RFC 7857 2.1]",
	 test_separate_timers, NULL, NULL, NULL},
	{"a RST leaves the session for four minutes [RFC 7857 2.2]", test_reset_lifetime, NULL,
	 NULL, NULL},
	{"what is not a SYN begins no session, in either direction [RFC 7857 2]", test_mid_stream,
	 NULL, NULL, NULL},
	{"no ICMP error changes or prolongs a connection [RFC 5382 REQ-10]", test_icmp_ends_nothing,
	 NULL, NULL, NULL},
	{"the window scale option is found among others, and in no malformed ones", test_options,
	 NULL, NULL, NULL},
};

int main(void)
{
	struct CMUnitTest all[LEN(conversations) + LEN(tests)];

	for (unsigned int i = 0; i < LEN(conversations); i++)
		all[i] = (struct CMUnitTest){conversations[i].what, test_conversation, NULL, NULL,
					     (void *)&conversations[i]};
	memcpy(all + LEN(conversations), tests, sizeof(tests));
	return cases_main("tcp", NULL, 0, all, LEN(all));
}
