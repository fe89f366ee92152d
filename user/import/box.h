/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets as a NAT rule tells them apart. A box is what one rule matches: a set for each of the
 * things looked at, all of which must hold. A space is the union of boxes that share no packet.
 * What a list of rules does is had by cutting boxes out of a space, one rule after the other.
 */
#ifndef ERXDP_BOX_H
#define ERXDP_BOX_H

#include "ranges.h"

/* Devices by their place in struct import_host. A protocol without ports has all of them. What is
 * cut out of a box is cut in this order; addresses come last, so that a rule for one address leaves
 * other ports whole. */
enum dim { DIM_PROTO, DIM_SPORT, DIM_DPORT, DIM_IIF, DIM_OIF, DIM_SRC, DIM_DST, DIM_MAX };

struct box {
	struct ranges dim[DIM_MAX];
};

struct piece {
	struct piece *next;
	struct box box;
};
typedef struct piece *space; /* NULL: empty */

/* Every packet. */
struct box box_all(void);
/* False where they have no packet in common; *both then is of no use. */
bool box_and(struct obstack *mem, const struct box *a, const struct box *b, struct box *both);

space space_add(struct obstack *mem, space to, const struct box *box);
/* Takes the pieces of `more` over. */
space space_join(space to, space more);
space space_and(struct obstack *mem, space of, const struct box *box);
/* Takes the pieces of `of` over. */
space space_minus(struct obstack *mem, space of, const struct box *box);
/* Puts pieces together that differ in one dimension only. Changes the pieces. */
space space_tidy(struct obstack *mem, space of);
unsigned int space_pieces(space of);
/* All values that packets of it have there. */
struct ranges space_values(struct obstack *mem, space of, enum dim dim);

#endif
