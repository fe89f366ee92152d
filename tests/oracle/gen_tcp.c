// SPDX-License-Identifier: GPL-2.0-only
#include <netinet/in.h>

#include "gen.h"

static struct step segment(struct talk *talk, enum side from, uint32_t flags, uint32_t len)
{
	struct step step = talk->tuple;
	uint32_t *next = from == INSIDE ? &talk->out : &talk->in;

	step.from = from;
	step.flags = flags;
	step.len = len;
	step.seq = *next;
	step.ack = flags & FLAG_ACK ? (from == INSIDE ? talk->in : talk->out) : 0;
	step.tcpopt = !!(flags & FLAG_SYN);
	*next += len + !!(flags & (FLAG_SYN | FLAG_FIN));
	return step;
}

static struct step tcp_syn(struct talk *talk)
{
	talk->state = TCP_SYN_SENT;
	return segment(talk, INSIDE, FLAG_SYN, 0);
}

/* The server's answer: mostly it accepts; a refusal, or a SYN that is sent again. */
static struct step tcp_answer(struct gen *gen, struct talk *talk)
{
	uint32_t dice = random_below(&gen->random, 100);
	struct step step;

	if (dice < 8) {
		step = segment(talk, INSIDE, FLAG_SYN, 0);
		step.seq = --talk->out - 1;
		return step;
	}
	if (dice < 14) {
		talk->state = TCP_GONE;
		step = segment(talk, OUTSIDE, FLAG_RST | FLAG_ACK, 0);
		step.seq = 0;
		return step;
	}
	talk->state = TCP_ANSWERED;
	return segment(talk, OUTSIDE, FLAG_SYN | FLAG_ACK, 0);
}

static struct step tcp_fin(struct gen *gen, struct talk *talk)
{
	enum side from = talk->fin_out	? OUTSIDE
			 : talk->fin_in ? INSIDE
					: random_below(&gen->random, 2);

	*(from == INSIDE ? &talk->fin_out : &talk->fin_in) = true;
	talk->state = TCP_CLOSING;
	return segment(talk, from, FLAG_FIN | FLAG_ACK, 0);
}

/* Segments that do not belong here; they change nothing in the model. */
static struct step tcp_strange(struct gen *gen, const struct talk *talk)
{
	static const uint32_t flags[] = {
		FLAG_ACK,
		FLAG_RST,
		FLAG_RST | FLAG_ACK,
		FLAG_FIN | FLAG_ACK,
		FLAG_SYN,
		FLAG_SYN | FLAG_ACK,
		0,
		FLAG_FIN | FLAG_SYN,
		FLAG_PSH | FLAG_ACK,
	};
	static const int32_t offsets[] = {-100000, -1, 1, 70000, 0x40000000};
	struct talk copy = *talk;
	struct step step =
		segment(&copy, random_below(&gen->random, 2), random_of(&gen->random, flags), 0);

	step.seq += random_of(&gen->random, offsets);
	if (random_percent(&gen->random, 30))
		step.ack += random_of(&gen->random, offsets);
	return step;
}

static struct step tcp_talk(struct gen *gen, struct talk *talk)
{
	uint32_t dice = random_below(&gen->random, 100);
	enum side from = random_below(&gen->random, 2);

	if (dice < 4)
		return tcp_strange(gen, talk);
	if (dice < 8) {
		talk->state = TCP_GONE;
		return segment(talk, from, FLAG_RST | FLAG_ACK, 0);
	}
	if (dice < 16)
		return tcp_fin(gen, talk);
	return segment(talk, from, dice < 40 ? FLAG_ACK : FLAG_ACK | FLAG_PSH,
		       dice < 40 ? 0 : 1 + random_below(&gen->random, 60));
}

/* After the first FIN: data from the side that is still open, its FIN, and the last ACK. */
static struct step tcp_closing(struct gen *gen, struct talk *talk)
{
	enum side ended = talk->fin_out ? INSIDE : OUTSIDE;

	if (talk->fin_out && talk->fin_in) {
		talk->state = TCP_GONE;
		return segment(talk, random_below(&gen->random, 2), FLAG_ACK, 0);
	}
	if (random_percent(&gen->random, 60))
		return segment(talk, random_percent(&gen->random, 40) ? ended : !ended, FLAG_ACK,
			       0);
	return tcp_fin(gen, talk);
}

struct step gen_tcp(struct gen *gen, struct talk *talk)
{
	switch (talk->state) {
	case TCP_NEW:
		return tcp_syn(talk);
	case TCP_SYN_SENT:
		return tcp_answer(gen, talk);
	case TCP_ANSWERED:
		talk->state = TCP_OPEN;
		return segment(talk, INSIDE, FLAG_ACK, 0);
	case TCP_OPEN:
		return tcp_talk(gen, talk);
	default:
		return tcp_closing(gen, talk);
	}
}
