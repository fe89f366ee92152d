/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a look at the host has found, before anything is attached. A finding is about a subject (a
 * device, a table, a setting), has a key that scripts may rely on, one sentence, the remedy as a
 * command, and the facts that it rests on, such as the rules of a firewall.
 */
#ifndef ERXDP_FINDINGS_H
#define ERXDP_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

enum severity {
	SEVERITY_NOTE,	  /* good to know */
	SEVERITY_WARNING, /* unusual, slower, or something will be bypassed */
	SEVERITY_ERROR,	  /* attaching would fail or be wrong; attach refuses */
	SEVERITY_MAX
};

struct finding {
	enum severity severity;
	const char *key; /* not owned: "bond-mode" */
	char subject[160];
	char text[640];
	char remedy[320]; /* "": none */
	char **fact;
	size_t nfacts;
};

struct findings {
	struct finding **list; /* in the order of the checks */
	size_t n;
	bool lost; /* memory ran out: something is missing */
};

/* The functions below take a NULL finding, which is what memory that runs out makes. */

/* A new finding; its sentence follows with finding_say(). NULL without memory. */
struct finding *finding_add(struct findings *f, enum severity severity, const char *key,
			    const char *subject);
/* The one of this key and subject, or a new one; the higher severity of the two stays. */
struct finding *finding_get(struct findings *f, enum severity severity, const char *key,
			    const char *subject);
void finding_say(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void finding_remedy(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void finding_fact(struct findings *f, struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

size_t findings_count(const struct findings *f, enum severity severity);
const char *severity_name(enum severity severity);
void findings_free(struct findings *f);

#endif
