// SPDX-License-Identifier: GPL-2.0-only
/*
 * A segment in mid-stream, which the kernel masquerades, and the connection that the same inside
 * host then begins from the same port: to conntrack it is the same one, and keeps the port.
 */
#include "talk.h"

#define PORT 40000

/* The segment of `host`, as TC ingress passes it to the kernel. */
static void to_kernel(const char *host, uint32_t seq)
{
	const struct pcase passes = {
		.what = "in mid-stream, to the kernel",
		.hook = HOOK_TC_INGRESS,
		.verdict = V_PASS_MID_STREAM,
		.slot = V1000,
		.in = {FROM_V1000_BARE, IP(host, SERVER), TCP(PORT, 443, TH_ACK), .seq = seq},
	};

	tally_reset();
	case_run(&passes);
}

/* The same with the kernel's translation, as TC egress gets it. */
static void from_kernel(uint32_t seq)
{
	const struct pcase leaves = {
		.what = "masqueraded by the kernel",
		.hook = HOOK_TC_EGRESS,
		.verdict = V_PASS_OWN,
		.slot = BOND0,
		.sent = BOND0,
		.forwarded = true,
		.in = {TO_BOND0, IP(PUBLIC, SERVER), TCP(PORT, 443, TH_ACK), .seq = seq},
	};

	tally_reset();
	case_run(&leaves);
}

static bool is_reserved(void)
{
	struct session session;

	return session_get(flow_of(6, PUBLIC, PORT, SERVER, 443), &session);
}

static void begin(void)
{
	talk_reset(BEHAVIOUR_COMPAT, FILTERING_ENDPOINT_INDEPENDENT);
}

static void masqueraded(const char *host, uint32_t seq)
{
	to_kernel(host, seq);
	from_kernel(seq);
	assert_true(is_reserved());
}

static void assert_moved(struct heard heard)
{
	assert_string_equal(verdict_name(heard.verdict), "TX");
	assert_int_not_equal(heard.sport, PORT);
}

static void test_same_host(void **state)
{
	(void)state;
	begin();
	masqueraded(INSIDE, 1000);
	heard_as(syn_out(INSIDE, PORT, SERVER, 443), PUBLIC, PORT);
	assert_false(is_reserved());
	heard_by(talk(BOND0, 6, SERVER, 443, PUBLIC, PORT, TH_SYN | TH_ACK), INSIDE, PORT);
	assert_int_equal(session_count(), 1);
	assert_int_equal(mapping_count(), 1);
}

static void test_other_host(void **state)
{
	(void)state;
	begin();
	masqueraded(INSIDE, 1000);
	assert_moved(syn_out(OTHER, PORT, SERVER, 443));
	assert_true(is_reserved());
	heard_as(syn_out(INSIDE, PORT, SERVER, 443), PUBLIC, PORT);
}

/* Several may be on their way at once: the kernel takes packets in batches. */
static void test_batch(void **state)
{
	(void)state;
	begin();
	to_kernel(INSIDE, 1000);
	to_kernel(OTHER, 2000);
	from_kernel(1000);
	assert_moved(syn_out(OTHER, PORT, SERVER, 443));
	heard_as(syn_out(INSIDE, PORT, SERVER, 443), PUBLIC, PORT);
}

/* Its segment was seen to go up, but what has the port now is nobody's that we know. */
static void test_unknown(void **state)
{
	(void)state;
	begin();
	to_kernel(INSIDE, 1000);
	from_kernel(1001);
	assert_moved(syn_out(INSIDE, PORT, SERVER, 443));
	assert_true(is_reserved());
}

/* The reservation that it had is gone; the one that is there was made for another. */
static void test_successor(void **state)
{
	const struct flow own = flow_of(6, PUBLIC, PORT, SERVER, 443);
	struct session session;

	(void)state;
	begin();
	masqueraded(INSIDE, 1000);
	assert_true(session_get(own, &session));
	session.created--;
	session_write(own, &session);
	assert_moved(syn_out(INSIDE, PORT, SERVER, 443));
	assert_true(is_reserved());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"the host whose segment was masqueraded in mid-stream keeps the port when it "
		 "begins anew",
		 test_same_host, NULL, NULL, NULL},
		{"another host does not get it", test_other_host, NULL, NULL, NULL},
		{"segments on their way together are told apart", test_batch, NULL, NULL, NULL},
		{"a port whose host is not known is nobody's", test_unknown, NULL, NULL, NULL},
		{"a port that was reserved again since is not given up", test_successor, NULL, NULL,
		 NULL},
	};

	return talk_main("mid stream", NULL, 0, tests, LEN(tests));
}
