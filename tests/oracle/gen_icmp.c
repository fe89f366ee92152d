// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"

static const struct {
	uint8_t type, codes;
} kinds[] = {{3, 16}, {3, 16}, {11, 2}, {12, 3}, {4, 1}, {5, 4}};

/* What a router on the way could be called; 0: the peer itself. */
static const uint32_t reporters[] = {0, 0, IPV4(203, 0, 113, 77), IPV4(192, 0, 2, 1)};

static void choose_kind(struct gen *gen, struct step *step)
{
	unsigned int i = random_below(&gen->random, sizeof(kinds) / sizeof(kinds[0]));

	step->error = 1;
	step->type = kinds[i].type;
	step->code = random_below(&gen->random, kinds[i].codes);
	if (step->type == 3 && step->code == 4)
		step->rest = 552 + random_below(&gen->random, 900);
	if (step->rest && random_percent(&gen->random, 10))
		step->rest = random_below(&gen->random, 552);
	if (step->type == 12)
		step->rest = 0x14000000;
}

static void spoil(struct gen *gen, struct step *step)
{
	static const uint32_t damage[] = {
		BAD_INNER_IP_CHECK, BAD_INNER_L4_CHECK, BAD_INNER_IHL, BAD_L4_CHECK, BAD_IP_CHECK,
	};

	if (random_percent(&gen->random, 10))
		step->bad = random_of(&gen->random, damage);
	if (random_percent(&gen->random, 4))
		step->quote = random_below(&gen->random, 8);
	if (random_percent(&gen->random, 4))
		step->innerfrag = 1 + random_below(&gen->random, 100);
	if (random_percent(&gen->random, 6))
		step->inneropt = OPT_NOP + random_below(&gen->random, 3);
	/* Half a checksum: what it was depends on the port, and nobody can put it right. */
	if (step->quote == 17)
		step->quote = 16;
	/* About a flow that does not exist. */
	if (random_percent(&gen->random, 5))
		step->rport ^= 1;
}

struct step gen_error(struct gen *gen, const struct talk *talk)
{
	struct step step = talk->tuple;

	step.from = random_percent(&gen->random, 70) ? OUTSIDE : INSIDE;
	step.flags = FLAG_ACK;
	step.seq = step.from == OUTSIDE ? talk->out : talk->in;
	step.ack = step.from == OUTSIDE ? talk->in : talk->out;
	step.quote = random_percent(&gen->random, 50) ? 8 : 8 + random_below(&gen->random, 40);
	step.len = random_below(&gen->random, 40);
	choose_kind(gen, &step);
	if (step.from == OUTSIDE)
		step.source = random_of(&gen->random, reporters);
	spoil(gen, &step);
	return step;
}
