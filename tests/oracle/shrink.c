// SPDX-License-Identifier: GPL-2.0-only
#include "shrink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct shrinking {
	struct run *run;
	struct sequence *best;
	struct step *room; /* for a try */
	struct signature {
		const char *why;
		uint32_t from, proto, error, whole;
		unsigned int count[ROUTERS][SIDES];
	} wanted;
	time_t end;
	unsigned int tries;
};

/* What a failure looks like, so that shrinking does not end at another one. */
static struct signature signature(const struct run *run)
{
	const struct step *step = run->x.step;
	struct signature is;

	memset(&is, 0, sizeof(is));
	is.why = run->x.why;
	is.from = step->from;
	is.proto = step->proto;
	is.error = step->error;
	is.whole = !step->frag;
	for (int r = 0; r < ROUTERS; r++)
		for (int s = 0; s < SIDES; s++)
			is.count[r][s] = run->x.raw[r].side[s].count;
	return is;
}

static bool fails_alike(const struct shrinking *s)
{
	struct signature is = signature(s->run);

	return !memcmp(&is, &s->wanted, sizeof(is));
}

/* Does this sequence fail too? Then it is the best, up to where it failed. */
static bool try_sequence(struct shrinking *s, unsigned int count)
{
	struct sequence candidate = {s->room, count};
	unsigned int at;

	if (time(NULL) > s->end || run_reset(s->run))
		return false;
	s->tries++;
	if (run_sequence(s->run, &candidate, &at) != RUN_DIFFERENT || !fails_alike(s))
		return false;
	memcpy(s->best->step, s->room, (at + 1) * sizeof(struct step));
	s->best->count = at + 1;
	return true;
}

static bool try_without(struct shrinking *s, unsigned int from, unsigned int count)
{
	struct sequence *best = s->best;

	memcpy(s->room, best->step, from * sizeof(struct step));
	memcpy(s->room + from, best->step + from + count,
	       (best->count - from - count) * sizeof(struct step));
	return try_sequence(s, best->count - count);
}

static bool is_related(const struct step *a, const struct step *b, bool strict)
{
	return a->idle || (a->remote == b->remote && a->proto == b->proto &&
			   (!strict || (a->host == b->host && a->port == b->port)));
}

/* Nearly always only the flow itself matters, or those to the same server: that is tried first. */
static void only_related(struct shrinking *s, bool strict)
{
	const struct step *last = &s->best->step[s->best->count - 1];
	unsigned int count = 0;

	for (unsigned int i = 0; i < s->best->count; i++)
		if (is_related(&s->best->step[i], last, strict))
			s->room[count++] = s->best->step[i];
	try_sequence(s, count);
}

/* Leaves out halves, quarters, ... and at last single steps. */
static void fewer_steps(struct shrinking *s)
{
	unsigned int chunk = s->best->count / 2;

	while (chunk) {
		bool removed = false;

		/* From the end: what is near the failure is needed, what is far seldom is. */
		for (unsigned int from = 0; from + chunk < s->best->count;) {
			if (try_without(s, from, chunk))
				removed = true;
			else
				from += chunk;
		}
		if (chunk == 1 && !removed)
			break;
		chunk = chunk > 1 ? chunk / 2 : 1;
	}
}

static bool try_field(struct shrinking *s, unsigned int step, unsigned int field)
{
	struct step plain = step_default();
	uint32_t value = *step_field(&plain, field);

	if (*step_field(&s->best->step[step], field) == value)
		return false;
	memcpy(s->room, s->best->step, s->best->count * sizeof(struct step));
	*step_field(&s->room[step], field) = value;
	return try_sequence(s, s->best->count);
}

static void plainer_steps(struct shrinking *s)
{
	for (unsigned int step = 0; step < s->best->count; step++)
		for (unsigned int field = 0; field < step_fields() && step < s->best->count;
		     field++)
			try_field(s, step, field);
}

int shrink(struct run *run, struct sequence *sequence, double seconds)
{
	struct shrinking s = {.run = run, .best = sequence, .end = time(NULL) + seconds};
	bool explain = run->explain;

	s.wanted = signature(run);
	s.room = calloc(sequence->count, sizeof(struct step));
	if (!s.room)
		return -1;
	run->explain = false;
	only_related(&s, false);
	only_related(&s, true);
	fewer_steps(&s);
	plainer_steps(&s);
	fewer_steps(&s);
	memcpy(s.room, sequence->step, sequence->count * sizeof(struct step));
	s.end += 60;
	try_sequence(&s, sequence->count);
	run->explain = explain;
	free(s.room);
	return s.tries;
}
