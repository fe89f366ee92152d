// SPDX-License-Identifier: GPL-2.0-only
#include "gen.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* Few of each, so that flows meet: two hosts with one port to one server is what makes a port move.
 */
static const uint32_t hosts[] = {
	IPV4(10, 0, 0, 4),
	IPV4(10, 0, 0, 5),
	IPV4(10, 1, 0, 4),
	IPV4(192, 168, 0, 2),
};
static const uint32_t remotes[] = {
	IPV4(198, 51, 100, 10), IPV4(198, 51, 100, 10), IPV4(34, 117, 118, 44),
	IPV4(203, 0, 113, 5),	IPV4(198, 51, 100, 70), /* behind the route with an MTU of 1400 */
	IPV4(192, 0, 2, 1),				/* the provider's gateway itself */
};
static const uint32_t exempt[] = {
	IPV4(10, 200, 0, 5),
	IPV4(172, 16, 9, 9),
	IPV4(192, 168, 50, 10),
};
/* Blackhole, unreachable, prohibit, the router's own addresses, broadcast and multicast. */
static const uint32_t special[] = {
	IPV4(192, 168, 100, 7),
	IPV4(203, 0, 113, 200),
	IPV4(203, 0, 113, 230),
	NET_INSIDE,
	NET_OUTSIDE,
	NET_PROVIDER,
	IPV4(192, 0, 2, 255),
	IPV4(192, 168, 0, 3),
	IPV4(224, 0, 0, 5),
	IPV4(255, 255, 255, 255),
	IPV4(240, 1, 2, 3),
};
static const uint16_t rports[] = {53, 80, 443, 5000};

static uint16_t some_port(struct gen *gen)
{
	if (random_percent(&gen->random, 8))
		return 300 + random_below(&gen->random, 3);
	if (random_percent(&gen->random, 8))
		return 1000 + random_below(&gen->random, 3);
	return 40000 + random_below(&gen->random, 200);
}

static uint32_t some_remote(struct gen *gen)
{
	uint32_t dice = random_below(&gen->random, 100);

	if (dice < 70)
		return random_of(&gen->random, remotes);
	return dice < 94 ? random_of(&gen->random, exempt) : random_of(&gen->random, special);
}

static uint8_t some_proto(struct gen *gen)
{
	static const uint8_t other[] = {4, 47, 50, 132};
	uint32_t dice = random_below(&gen->random, 100);

	if (dice < 45)
		return IPPROTO_TCP;
	if (dice < 82)
		return IPPROTO_UDP;
	return dice < 97 ? IPPROTO_ICMP : random_of(&gen->random, other);
}

static struct step some_tuple(struct gen *gen)
{
	struct step tuple = step_default();

	tuple.proto = some_proto(gen);
	tuple.host = random_of(&gen->random, hosts);
	tuple.remote = some_remote(gen);
	if (net_is_unreachable(tuple.remote))
		tuple.host = IPV4(10, 0, 1, 0) + random_below(&gen->random, 60000);
	tuple.port = some_port(gen);
	tuple.rport = tuple.proto == IPPROTO_ICMP ? 0 : random_of(&gen->random, rports);
	return tuple;
}

/* No host has two TCP connections of the same addresses and ports at once. */
static bool tuple_is_taken(const struct gen *gen, const struct step *tuple)
{
	for (int i = 0; i < TALKS; i++) {
		const struct step *other = &gen->talk[i].tuple;

		if (tuple->proto == IPPROTO_TCP && other->proto == IPPROTO_TCP &&
		    other->host == tuple->host && other->port == tuple->port &&
		    other->remote == tuple->remote && other->rport == tuple->rport)
			return true;
	}
	return false;
}

static void talk_begin(struct gen *gen, struct talk *talk)
{
	memset(talk, 0, sizeof(*talk));
	do
		talk->tuple = some_tuple(gen);
	while (tuple_is_taken(gen, &talk->tuple));
	talk->out = random_next(&gen->random);
	talk->in = random_next(&gen->random);
}

static struct step gen_udp(struct gen *gen, struct talk *talk)
{
	struct step step = talk->tuple;

	step.from = talk->steps && random_percent(&gen->random, 45) ? OUTSIDE : INSIDE;
	step.len = random_below(&gen->random, 48);
	step.nocheck = random_percent(&gen->random, 4);
	return step;
}

static struct step gen_echo(struct gen *gen, struct talk *talk)
{
	struct step step = talk->tuple;

	step.from = talk->steps && random_percent(&gen->random, 45) ? OUTSIDE : INSIDE;
	step.type = step.from == INSIDE ? 8 : 0;
	step.seq = talk->out & 0xffff;
	talk->out += step.from == OUTSIDE;
	return step;
}

/* GRE, ESP, SCTP, IPIP: payload is all there is. */
static struct step gen_other(struct gen *gen, struct talk *talk)
{
	struct step step = talk->tuple;

	step.from = talk->steps && random_percent(&gen->random, 40) ? OUTSIDE : INSIDE;
	step.len = 24 + random_below(&gen->random, 40);
	return step;
}

static struct step talk_next(struct gen *gen, struct talk *talk)
{
	switch (talk->tuple.proto) {
	case IPPROTO_TCP:
		return gen_tcp(gen, talk);
	case IPPROTO_UDP:
		return gen_udp(gen, talk);
	case IPPROTO_ICMP:
		return gen_echo(gen, talk);
	default:
		return gen_other(gen, talk);
	}
}

static bool talk_ends(struct gen *gen, const struct talk *talk)
{
	return talk->state == TCP_GONE || random_percent(&gen->random, 3) ||
	       (net_is_unreachable(talk->tuple.remote) && talk->steps);
}

static struct step gen_step(struct gen *gen)
{
	struct talk *talk = &gen->talk[random_below(&gen->random, TALKS)], before;
	uint32_t dice = random_below(&gen->random, 100);
	struct step step;

	if (talk_ends(gen, talk))
		talk_begin(gen, talk);
	if (dice < 3)
		return gen_stray(gen, talk);
	if (dice < 13 && talk->steps)
		return gen_error(gen, talk);
	before = *talk;
	step = talk_next(gen, talk);
	if (gen_odd(gen, &step))
		*talk = before;
	else
		talk->steps++;
	return step;
}

void gen_begin(struct gen *gen, uint64_t seed)
{
	memset(gen, 0, sizeof(*gen));
	gen->random.state = seed;
	gen->id = random_next(&gen->random);
	for (unsigned int i = 0; i < TALKS; i++)
		talk_begin(gen, &gen->talk[i]);
}

int gen_sequence(struct gen *gen, unsigned int count, unsigned int idle, struct sequence *sequence)
{
	sequence->step = calloc(count, sizeof(struct step));
	if (!sequence->step)
		return -1;
	sequence->count = count;
	for (unsigned int i = 0; i < count; i++) {
		struct step *step = &sequence->step[i];

		*step = gen_step(gen);
		step->id = gen->id++ % 65535 + 1;
		if (idle && i == count / 2) {
			*step = step_default();
			step->idle = idle;
		}
	}
	return 0;
}
