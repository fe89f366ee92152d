// SPDX-License-Identifier: GPL-2.0-only
/* Which rules are the reason that sources and destinations by themselves do not say what is
 * translated. */
#include "describe.h"
#include "leaving.h"

static bool is_partial(struct leaving *l, const struct box *box, enum dim dim)
{
	struct obstack *mem = &l->im->set.mem;

	return !ranges_cover(mem, box->dim[dim], space_values(mem, l->could, dim));
}

/* What should be translated so that the sides are exemptions, and is not. */
space leaving_missing(struct leaving *l)
{
	struct obstack *mem = &l->im->set.mem;
	struct box rectangle = box_all();
	space missing;

	rectangle.dim[DIM_SRC] = l->src;
	rectangle.dim[DIM_DST] = l->dst;
	missing = space_and(mem, l->could, &rectangle);
	for (space at = l->translated; at; at = at->next)
		missing = space_minus(mem, missing, &at->box);
	return missing;
}

/* `what` becomes of only a part of the packets, where erxdp does so with `whole` ones. */
static void blame(struct leaving *l, struct hit *hit, const char *what, const char *whole,
		  const char *remedy)
{
	struct import *im = l->im;

	rule_refuse(
		hit->rule,
		nat_ruleset_text(&im->set, "%s on %s is only %s: erxdp %s", what, leaving_device(l),
				 describe_box(&im->set, &im->host, &hit->box, OUT_ALREADY), whole),
		remedy);
}

static void blame_exemption(struct leaving *l, struct hit *hit)
{
	blame(l, hit, "exempt", "exempts by the source alone or by the destination alone",
	      "exempt the whole source or the whole destination, of every protocol");
}

static void blame_translation(struct leaving *l, struct hit *hit)
{
	blame(l, hit, "translated",
	      "translates all that leaves by an uplink, but for exempt sources and exempt "
	      "destinations",
	      "translate whole sources to whole destinations, of every protocol");
}

static bool partial_otherwise(struct leaving *l, const struct box *box)
{
	return is_partial(l, box, DIM_PROTO) || is_partial(l, box, DIM_SPORT) ||
	       is_partial(l, box, DIM_DPORT) || is_partial(l, box, DIM_IIF);
}

/* Exemptions that left the hole, or, where the rules just end there, the translations that do not
 * reach. */
void leaving_blame(struct leaving *l, space hole)
{
	struct obstack *mem = &l->im->set.mem;
	bool any = false;

	for (struct hit *hit = l->walk.hits; hit; hit = hit->next) {
		enum nat_verdict verdict = hit->rule->verdict;

		if (hit->rule->unknown || (verdict != NAT_ACCEPT && verdict != NAT_RETURN) ||
		    !space_and(mem, hole, &hit->box))
			continue;
		blame_exemption(l, hit);
		hole = space_minus(mem, hole, &hit->box);
	}
	/* A refused rule was left out, and may be all that is missing. */
	for (struct hit *hit = l->walk.hits; hit; hit = hit->next)
		if (hit->rule->fate == FATE_REFUSED)
			hole = space_minus(mem, hole, &hit->box);
	for (int pass = 0; pass < 2 && hole && !any; pass++)
		for (struct hit *hit = l->walk.hits; hit; hit = hit->next) {
			if (!rule_translates(hit->rule) ||
			    (!pass && !partial_otherwise(l, &hit->box)))
				continue;
			blame_translation(l, hit);
			any = true;
		}
}
