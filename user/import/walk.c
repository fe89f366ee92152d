// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#define MOST_PIECES 2000 /* of the space at a time; rules of people make a dozen */
#define MOST_TIDY   100	 /* pieces that are worth putting together */
#define MOST_DEPTH  16	 /* of jumps, as the kernel has it */

bool rule_translates(const struct nat_rule *rule)
{
	return rule->verdict == NAT_MASQUERADE || rule->verdict == NAT_SNAT;
}

static void record(struct walk *walk, struct nat_rule *rule, space hit)
{
	rule->met |= walk->count;
	hit = space_tidy(&walk->set->mem, hit);
	for (; hit; hit = hit->next) {
		struct hit *is = obstack_alloc(&walk->set->mem, sizeof(*is));

		*is = (struct hit){.rule = rule, .box = hit->box};
		if (walk->last)
			walk->last->next = is;
		else
			walk->hits = is;
		walk->last = is;
	}
}

/* What has left a chain. */
struct left {
	space end;	/* at its end, or returned */
	space accepted; /* the base chain, too */
};

static struct left walk_chain(struct walk *walk, struct nat_chain *chain, space in, int depth);

/* Into the chain that a rule leads to. Those who come back are where `back` is. */
static void follow(struct walk *walk, struct nat_rule *rule, space hit, struct left *left,
		   space *back, int depth)
{
	struct left of = walk_chain(walk, rule->to_chain, hit, depth + 1);

	left->accepted = space_join(left->accepted, of.accepted);
	*back = space_join(*back, of.end);
	if (space_pieces(*back) <= MOST_TIDY)
		*back = space_tidy(&walk->set->mem, *back);
}

/* One rule, met by `hit`. Returns what is left for the next one. */
static space apply(struct walk *walk, struct nat_rule *rule, space in, space hit, struct left *left,
		   int depth)
{
	record(walk, rule, hit);
	/* Whether it matches is not known: it is refused, and left out. */
	if (rule->unknown || rule->verdict == NAT_CONTINUE)
		return in;
	in = space_minus(&walk->set->mem, in, &rule->box);
	if (rule->verdict == NAT_JUMP)
		follow(walk, rule, hit, left, &in, depth);
	else if (rule->verdict == NAT_GOTO)
		follow(walk, rule, hit, left, &left->end, depth);
	else if (rule->verdict == NAT_RETURN)
		left->end = space_join(left->end, hit);
	else if (rule->verdict == NAT_ACCEPT)
		left->accepted = space_join(left->accepted, hit);
	return in;
}

static struct left walk_chain(struct walk *walk, struct nat_chain *chain, space in, int depth)
{
	struct left left = {0};

	if (depth > MOST_DEPTH)
		walk->too_many = true;
	for (struct nat_rule *rule = chain->rules; rule && !walk->too_many; rule = rule->next) {
		space hit = rule->own ? NULL : space_and(&walk->set->mem, in, &rule->box);

		if (!hit)
			continue;
		in = apply(walk, rule, in, hit, &left, depth);
		if (space_pieces(in) > MOST_PIECES)
			walk->too_many = true;
	}
	left.end = space_join(left.end, in);
	return left;
}

/* The base chain of the hook that comes behind `before` (NULL: the first). */
static struct nat_chain *next_base(const struct nat_ruleset *set, enum nat_hook hook,
				   const struct nat_chain *before)
{
	struct nat_chain *next = NULL;
	bool behind = !before; /* has `before` been passed in the list? */

	for (struct nat_chain *chain = set->chains; chain; chain = chain->next) {
		bool later = !before || chain->priority > before->priority ||
			     (behind && chain->priority == before->priority);

		if (chain == before)
			behind = true;
		else if (chain->hook == hook && later &&
			 (!next || chain->priority < next->priority))
			next = chain;
	}
	return next;
}

void walk_hook(struct walk *walk, enum nat_hook hook, space packets)
{
	struct nat_chain *chain = NULL;

	while (packets && (chain = next_base(walk->set, hook, chain))) {
		struct left left = walk_chain(walk, chain, packets, 0);

		packets = space_join(left.end, left.accepted);
		if (space_pieces(packets) <= MOST_TIDY)
			packets = space_tidy(&walk->set->mem, packets);
	}
}
