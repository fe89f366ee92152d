// SPDX-License-Identifier: GPL-2.0-only
#include "cases.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

struct frame case_output;

static const struct {
	enum verdict_group group;
	const char *name;
} verdicts[VERDICT_MAX] = {
#define X(num, id, group, text) [num] = {VERDICT_##group, #id},
	ERXDP_VERDICTS(X)
#undef X
};

enum verdict_group verdict_group_of(int verdict)
{
	return verdict > 0 && verdict < VERDICT_MAX ? verdicts[verdict].group : VERDICT_NONE;
}

const char *verdict_name(int verdict)
{
	return verdict_group_of(verdict) ? verdicts[verdict].name : "(no verdict)";
}

int verdict_return(enum hook hook, int verdict)
{
	enum verdict_group group = verdict_group_of(verdict);

	if (hook == HOOK_XDP)
		return verdict == V_TX	       ? XDP_TX
		       : verdict == V_REDIRECT ? XDP_REDIRECT
		       : group == VERDICT_DROP ? XDP_DROP
					       : XDP_PASS;
	return group == VERDICT_FAST ? TC_REDIRECT : group == VERDICT_DROP ? TC_SHOT : TC_UNSPEC;
}

static void check_counted(const struct pcase *c, uint32_t bytes)
{
	struct tally tally = tally_read();

	if (tally.entries != 1)
		fail_msg("%s: %u verdicts were counted", c->what, tally.entries);
	if ((int)tally.verdict != c->verdict)
		fail_msg("%s: verdict %s, expected %s", c->what, verdict_name(tally.verdict),
			 verdict_name(c->verdict));
	if (tally.slot != c->slot || tally.hook != c->hook)
		fail_msg("%s: counted at slot %u hook %u, expected %u %u", c->what, tally.slot,
			 tally.hook, c->slot, c->hook);
	assert_int_equal(tally.counter.packets, 1);
	assert_int_equal(tally.counter.bytes, bytes);
}

/* What leaves by TC egress leaves by the interface that it is counted at. */
static unsigned int sent_slot(const struct pcase *c)
{
	if (c->hook != HOOK_TC_EGRESS)
		return c->sent;
	return verdict_group_of(c->verdict) == VERDICT_DROP ? 0 : c->slot;
}

static void check_sent(const struct pcase *c, uint32_t bytes)
{
	unsigned int sent = sent_slot(c);

	for (unsigned int slot = 0; slot < BENCH_SLOTS; slot++) {
		uint64_t want = sent && slot == sent;

		if (bench.sent[slot].packets != want)
			fail_msg("%s: slot %u sent %llu packets", c->what, slot,
				 bench.sent[slot].packets);
		assert_int_equal(bench.sent[slot].bytes, want ? bytes : 0);
	}
}

static void check_frame(const struct pcase *c, const struct frame *in, const struct frame *out)
{
	static struct frame want;
	bool as_it_came = !c->out.smac && !c->out.src;
	const char *wrong;

	if (verdict_group_of(c->verdict) == VERDICT_DROP)
		return;
	if (as_it_came) {
		frame_assert_equal(in, out, c->what);
		return;
	}
	assert_false(c->hook == HOOK_XDP && verdict_group_of(c->verdict) == VERDICT_PASS);
	frame_build(&want, &c->out);
	frame_assert_equal(&want, out, c->what);
	wrong = frame_wrong_checksum(out);
	if (wrong)
		fail_msg("%s: wrong %s", c->what, wrong);
}

void case_run_on(const struct pcase *c, uint32_t ifindex)
{
	static struct frame in;
	struct run run = {
		.hook = c->hook,
		.ifindex = ifindex,
		.mark = c->mark_in,
		.iif = c->forwarded ? device[V1000] : 0,
		.gso_size = c->gso_size,
	};
	int err;

	frame_build(&in, &c->in);
	run.frame = in;
	tally_reset();
	err = bench_run(&run);
	if (err)
		fail_msg("%s: the kernel refuses the test run: %s", c->what, strerror(-err));
	case_output = run.frame;
	check_counted(c, in.len);
	if (run.ret != verdict_return(c->hook, c->verdict))
		fail_msg("%s: the program returned %d", c->what, run.ret);
	check_frame(c, &in, &run.frame);
	check_sent(c, in.len);
	assert_int_equal(run.mark, c->mark_out);
	if (c->inspect)
		c->inspect();
}

void case_run(const struct pcase *c)
{
	case_run_on(c, c->hook == HOOK_XDP ? 0 : device[c->slot]);
}

static void test_case(void **state)
{
	const struct pcase *c = *state;

	scenario_reset();
	if (c->arrange)
		c->arrange();
	case_run(c);
}

int cases_main(const char *group, const struct pcase *cases, unsigned int ncases,
	       const struct CMUnitTest *tests, unsigned int ntests)
{
	struct CMUnitTest *all = calloc(ncases + ntests, sizeof(*all));
	int failed;

	for (unsigned int i = 0; i < ncases; i++)
		all[i] = (struct CMUnitTest){cases[i].what, test_case, NULL, NULL,
					     (void *)&cases[i]};
	if (ntests)
		memcpy(all + ncases, tests, ntests * sizeof(*all));
	failed = _cmocka_run_group_tests(group, all, ncases + ntests, scenario_open, bench_close);
	free(all);
	return failed;
}
