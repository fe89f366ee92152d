/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cases as data: a packet in, the whole packet out, the verdict, and who counted it. Each row runs
 * as a test of its own, on a fresh scenario.
 */
#ifndef TEST_CASES_H
#define TEST_CASES_H

#include "scenario.h"

struct pcase {
	const char *what; /* the behaviour, in a sentence */
	void (*arrange)(void);
	void (*inspect)(void);
	enum hook hook;
	int verdict;
	unsigned int slot; /* that counts it; in TC the packet is on that device */
	unsigned int sent; /* slot that counts it as sent, 0: none */
	uint32_t mark_in, mark_out;
	bool forwarded; /* TC egress: the kernel got it from v1000 */
	uint32_t gso_size;
	struct spec in;
	struct spec out; /* empty: as it came in */
};

#define MARK(bits) ((uint32_t)(bits) << ERXDP_MARK_SHIFT_DEFAULT)

/* Runs the packet on the scenario as it stands and checks everything that `c` says. */
void case_run(const struct pcase *c);
/* The same with the packet on another device. */
void case_run_on(const struct pcase *c, uint32_t ifindex);
/* Rows of a table, then tests of their own; returns what main() should. */
int cases_main(const char *group, const struct pcase *cases, unsigned int ncases,
	       const struct CMUnitTest *tests, unsigned int ntests);

/* What was in the packet that came out last, for `inspect` and for follow-up packets. */
extern struct frame case_output;

enum verdict_group verdict_group_of(int verdict);
const char *verdict_name(int verdict);
/* What the program returns for a verdict. */
int verdict_return(enum hook hook, int verdict);

#endif
