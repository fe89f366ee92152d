// SPDX-License-Identifier: GPL-2.0-only
#include "box.h"

struct box box_all(void)
{
	struct box box;

	for (int d = 0; d < DIM_MAX; d++)
		box.dim[d] = ranges_all;
	return box;
}

/* Without the memory that box_and() takes: most pieces do not meet most rules. */
static bool boxes_meet(const struct box *a, const struct box *b)
{
	for (int d = 0; d < DIM_MAX; d++)
		if (!ranges_meet(a->dim[d], b->dim[d]))
			return false;
	return true;
}

bool box_and(struct obstack *mem, const struct box *a, const struct box *b, struct box *both)
{
	if (!boxes_meet(a, b))
		return false;
	for (int d = 0; d < DIM_MAX; d++)
		both->dim[d] = ranges_and(mem, a->dim[d], b->dim[d]);
	return true;
}

space space_add(struct obstack *mem, space to, const struct box *box)
{
	space piece = obstack_alloc(mem, sizeof(*piece));

	*piece = (struct piece){to, *box};
	return piece;
}

space space_join(space to, space more)
{
	space last = more;

	if (!more)
		return to;
	while (last->next)
		last = last->next;
	last->next = to;
	return more;
}

space space_and(struct obstack *mem, space of, const struct box *box)
{
	space common = NULL;
	struct box both;

	for (; of; of = of->next)
		if (box_and(mem, &of->box, box, &both))
			common = space_add(mem, common, &both);
	return common;
}

/* What of one box is outside another: cut off side by side, so that no packet is in two pieces. */
static space cut(struct obstack *mem, space to, struct box from, const struct box *box)
{
	for (int d = 0; d < DIM_MAX; d++) {
		struct ranges outside = ranges_minus(mem, from.dim[d], box->dim[d]);
		struct ranges inside = ranges_and(mem, from.dim[d], box->dim[d]);

		if (outside.n) {
			from.dim[d] = outside;
			to = space_add(mem, to, &from);
		}
		from.dim[d] = inside;
	}
	return to;
}

space space_minus(struct obstack *mem, space of, const struct box *box)
{
	space left = NULL;

	while (of) {
		struct piece *piece = of;

		of = of->next;
		if (boxes_meet(&piece->box, box)) {
			left = cut(mem, left, piece->box, box);
		} else {
			piece->next = left;
			left = piece;
		}
	}
	return left;
}

/* The one dimension in which they differ; DIM_MAX: more than one. */
static enum dim difference(const struct box *a, const struct box *b)
{
	enum dim found = DIM_MAX;

	for (enum dim d = 0; d < DIM_MAX; d++) {
		if (ranges_equal(a->dim[d], b->dim[d]))
			continue;
		if (found != DIM_MAX)
			return DIM_MAX;
		found = d;
	}
	return found;
}

/* Takes a piece that goes with this one out of those behind it; false: none does. */
static bool absorb(struct obstack *mem, struct piece *piece)
{
	for (space *at = &piece->next; *at; at = &(*at)->next) {
		enum dim d = difference(&piece->box, &(*at)->box);

		if (d == DIM_MAX)
			continue;
		piece->box.dim[d] = ranges_or(mem, piece->box.dim[d], (*at)->box.dim[d]);
		*at = (*at)->next;
		return true;
	}
	return false;
}

static bool absorb_any(struct obstack *mem, space of)
{
	for (; of; of = of->next)
		if (absorb(mem, of))
			return true;
	return false;
}

space space_tidy(struct obstack *mem, space of)
{
	while (absorb_any(mem, of))
		;
	return of;
}

unsigned int space_pieces(space of)
{
	unsigned int n = 0;

	for (; of; of = of->next)
		n++;
	return n;
}

struct ranges space_values(struct obstack *mem, space of, enum dim dim)
{
	struct ranges all = ranges_none;

	for (; of; of = of->next)
		all = ranges_or(mem, all, of->box.dim[dim]);
	return all;
}
