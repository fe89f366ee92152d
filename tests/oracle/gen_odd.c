// SPDX-License-Identifier: GPL-2.0-only
#include <netinet/in.h>

#include "gen.h"

/* Each changes a good step; true where the packet may end on its way. */

static bool odd_ttl(struct gen *gen, struct step *step)
{
	step->ttl = random_below(&gen->random, 4);
	return step->ttl < 2;
}

static bool odd_tos(struct gen *gen, struct step *step)
{
	step->tos = random_below(&gen->random, 256);
	return false;
}

static bool odd_df(struct gen *gen, struct step *step)
{
	(void)gen;
	step->df = 1;
	return false;
}

static bool odd_options(struct gen *gen, struct step *step)
{
	step->options = OPT_NOP + random_below(&gen->random, 5);
	return step->options >= OPT_SOURCE_ROUTE;
}

static bool odd_large(struct gen *gen, struct step *step)
{
	step->len = 1300 + random_below(&gen->random, 150);
	step->df = random_below(&gen->random, 2);
	return true;
}

static bool odd_damage(struct gen *gen, struct step *step)
{
	step->bad = 1 << random_below(&gen->random, 9);
	return true;
}

static bool odd_cut(struct gen *gen, struct step *step)
{
	step->cut = 20 + random_below(&gen->random, 28);
	return true;
}

static bool odd_pad(struct gen *gen, struct step *step)
{
	step->pad = 1 + random_below(&gen->random, 20);
	return false;
}

static bool odd_mac(struct gen *gen, struct step *step)
{
	step->mac = 1 + random_below(&gen->random, 2);
	return true;
}

static bool odd_source(struct gen *gen, struct step *step)
{
	static const uint32_t sources[] = {
		IPV4(0, 0, 0, 0) + 1,
		IPV4(127, 0, 0, 1),
		IPV4(224, 0, 0, 5),
		IPV4(255, 255, 255, 255),
		IPV4(240, 0, 0, 1),
		NET_OUTSIDE,
		NET_INSIDE,
		IPV4(10, 0, 0, 4),
		IPV4(198, 51, 100, 10),
		IPV4(192, 168, 0, 3),
	};
	uint32_t source = random_of(&gen->random, sources);

	if (net_is_unreachable(step->remote))
		return true;
	/* Inside it is another flow, which may be translated too. */
	*(step->from == INSIDE ? &step->host : &step->source) = source;
	return true;
}

static bool odd_fragments(struct gen *gen, struct step *step)
{
	step->frag = FRAG_IN_ORDER + random_below(&gen->random, 7);
	step->piece = 8 << random_below(&gen->random, 5);
	step->len = 100 + random_below(&gen->random, 400);
	return true;
}

static const struct {
	uint32_t permille;
	bool (*change)(struct gen *gen, struct step *step);
} odds[] = {
	{15, odd_ttl},	{20, odd_tos},	  {60, odd_df},	       {12, odd_options},
	{8, odd_large}, {20, odd_damage}, {10, odd_cut},       {10, odd_pad},
	{4, odd_mac},	{6, odd_source},  {20, odd_fragments},
};

bool gen_odd(struct gen *gen, struct step *step)
{
	bool ends = false;

	for (unsigned int i = 0; i < sizeof(odds) / sizeof(odds[0]) && !ends; i++)
		if (random_below(&gen->random, 1000) < odds[i].permille)
			ends = odds[i].change(gen, step);
	return ends;
}

static bool has_ports(const struct step *step)
{
	return step->proto == IPPROTO_TCP || step->proto == IPPROTO_UDP ||
	       step->proto == IPPROTO_ICMP;
}

/* From outside towards nobody's port, towards inside hosts, and other ICMP than echo and errors. */
struct step gen_stray(struct gen *gen, const struct talk *talk)
{
	static const uint8_t types[] = {0, 8, 9, 10, 13, 14, 15, 17, 18, 30, 42};
	struct step step = talk->tuple;

	step.from = random_percent(&gen->random, 80) ? OUTSIDE : INSIDE;
	step.port = 50000 + random_below(&gen->random, 1000);
	step.flags = random_percent(&gen->random, 50) ? FLAG_SYN : FLAG_ACK;
	step.seq = random_next(&gen->random);
	if (random_percent(&gen->random, 30)) {
		step.proto = IPPROTO_ICMP;
		step.type = random_of(&gen->random, types);
		step.rport = 0;
		/* The router would answer with its clock. */
		if (step.type == 13 && step.from == OUTSIDE)
			step.type = 14;
	}
	/* Towards the host itself. Protocols without ports would clash with what was sent to there.
	 */
	if (step.from == OUTSIDE && has_ports(&step) && random_percent(&gen->random, 15)) {
		step.direct = 1;
		step.port += 2000;
	}
	return step;
}
