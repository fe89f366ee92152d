// SPDX-License-Identifier: GPL-2.0-only
#include "stages.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "seconds.h"

#define RUNS		 20000
#define SAMPLES_PER_TURN 20

/* Each contains those before it, but for the tag. The addresses are those of tools/bench/net.sh. */
static const struct stage {
	const char *name, *router;
	enum kind kind;
	uint32_t target; /* destination address */
	uint16_t type, tag;
	uint32_t verdict;
} stages[] = {
	{"empty", "redirect", KIND_DIRECT, 0xac100001, ETH_P_IP, 0, XDP_REDIRECT},
	{"not-ip", "erxdp-native", KIND_STAGE, 0xac100001, ETH_P_ARP, 0, XDP_PASS},
	{"unknown-vlan", "erxdp-native", KIND_STAGE, 0xac100001, ETH_P_IP, 7, XDP_PASS},
	{"this-host", "erxdp-native", KIND_STAGE, 0x0a4f0001, ETH_P_IP, 0, XDP_PASS},
	{"blackhole", "erxdp-native", KIND_STAGE, 0xc0000201, ETH_P_IP, 0, XDP_DROP},
};

#define NSTAGES (sizeof(stages) / sizeof(stages[0]))

struct probe {
	int fd;
	struct xdp_md in;
	size_t len;
	char frame[sizeof(struct bench_frame) + BENCH_TAG];
};

static int make_frame(struct probe *probe, struct generator *gen, const struct stage *stage)
{
	const struct traffic traffic = {
		.targets = {.first = stage->target, .step = 1, .each = 1, .number = 1},
		.flows = 1,
		.tag = stage->tag,
	};
	__be16 type = htons(stage->type);
	int len;

	generator_aim(gen, 0, &traffic, 0);
	len = generator_frame(gen, probe->frame, sizeof(probe->frame));
	if (len < 0)
		return len;
	probe->len = len;
	memcpy(probe->frame + len - sizeof(struct bench_frame) + 2 * ETH_ALEN, &type, sizeof(type));
	return 0;
}

/* The program as it is attached, a dispatcher before it included. */
static int find_program(struct probe *probe, const struct stage *stage)
{
	char netns[32];
	__u32 id;

	snprintf(netns, sizeof(netns), "r-%s", stage->router);
	probe->in.ingress_ifindex = netns_device(netns, "in0");
	if (!probe->in.ingress_ifindex || bpf_xdp_query_id(probe->in.ingress_ifindex, 0, &id))
		return -1;
	probe->fd = bpf_prog_get_fd_by_id(id);
	return probe->fd < 0 ? -1 : 0;
}

/* The verdict, or a negative errno. */
static int repeat(struct probe *probe, unsigned int runs)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = probe->frame, .data_size_in = probe->len,
		    .ctx_in = &probe->in, .ctx_size_in = sizeof(probe->in), .repeat = runs);
	int err;

	probe->in.data_end = probe->len;
	err = bpf_prog_test_run_opts(probe->fd, &opts);
	return err ? err : (int)opts.retval;
}

static int sample(struct probe *probe, const struct stage *stage, struct contender *contender)
{
	double began = seconds();
	int verdict = repeat(probe, RUNS);

	if (verdict != (int)stage->verdict) {
		fprintf(stderr, "bench: stage %s: %d instead of verdict %u\n", stage->name, verdict,
			stage->verdict);
		return -1;
	}
	samples_add(&contender->cost.turn, (seconds() - began) * 1e9 / RUNS);
	return 0;
}

static int open_probes(struct probe *probe, struct contender *contender)
{
	struct generator gen;
	int err = generator_open(&gen);

	for (unsigned int i = 0; !err && i < NSTAGES; i++) {
		snprintf(contender[i].name, sizeof(contender[i].name), "%s", stages[i].name);
		contender[i].kind = stages[i].kind;
		err = make_frame(&probe[i], &gen, &stages[i]);
		if (!err)
			err = find_program(&probe[i], &stages[i]);
		if (err)
			fprintf(stderr, "bench: stage %s: no program, or no frame\n",
				stages[i].name);
	}
	generator_close(&gen);
	return err;
}

static int turn(struct probe *probe, const struct stage *stage, struct contender *contender)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < SAMPLES_PER_TURN; i++)
		err = sample(probe, stage, contender);
	contender_end_turn(contender);
	return err;
}

int stages_measure(struct measurement *m)
{
	struct probe probe[NSTAGES] = {};
	int err;

	m->n = NSTAGES;
	m->contender = calloc(NSTAGES, sizeof(*m->contender));
	if (!m->contender)
		return -1;
	err = open_probes(probe, m->contender);
	for (unsigned int i = 0; !err && i < m->rounds * NSTAGES; i++)
		err = turn(&probe[i % NSTAGES], &stages[i % NSTAGES], &m->contender[i % NSTAGES]);
	for (unsigned int i = 0; i < NSTAGES; i++)
		if (probe[i].fd > 0)
			close(probe[i].fd);
	return err;
}
