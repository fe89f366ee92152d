// SPDX-License-Identifier: GPL-2.0-only
#include "contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"

static const char *const kind_names[] = {"direct", "routed", "snat", "stage"};

/* Benchmarking addresses (RFC 2544), and private ones, which are exempt. */
static const struct bench_targets public_targets = {0xc6120001, 1, BENCH_PORTS, 1 << 16};
static const struct bench_targets private_targets = {0xac100001, 1, BENCH_PORTS, 1 << 16};

static int find_devices(struct contender *contender)
{
	char device[IFNAMSIZ];

	snprintf(device, sizeof(device), "s-%s", contender->router);
	contender->far = netns_device(NETNS_SINK, device);
	device[0] = 'g';
	contender->near = netns_device(NETNS_GEN, device);
	return contender->near && contender->far ? 0 : -1;
}

int contender_parse(struct contender *contender, const char *text)
{
	char kind[16];

	*contender = (struct contender){};
	if (sscanf(text, "%31[^:]:%13[^:]:%15s", contender->name, contender->router, kind) == 3)
		for (unsigned int i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
			if (!strcmp(kind, kind_names[i])) {
				contender->kind = i;
				return find_devices(contender);
			}
	fprintf(stderr, "bench: \"%s\" is not NAME:ROUTER:KIND\n", text);
	return -1;
}

const char *contender_kind(const struct contender *contender)
{
	return kind_names[contender->kind];
}

struct traffic contender_traffic(const struct contender *contender, uint32_t flows)
{
	bool snat = contender->kind == KIND_SNAT;

	return (struct traffic){
		.targets = snat ? public_targets : private_targets,
		.flows = flows,
	};
}

void contender_end_turn(struct contender *contender)
{
	series_end_turn(&contender->cost);
	if (contender->tail.turn.n)
		series_end_turn(&contender->tail);
}

void contender_free(struct contender *contender)
{
	series_free(&contender->cost);
	series_free(&contender->tail);
	free(contender->latencies);
}
