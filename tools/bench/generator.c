// SPDX-License-Identifier: GPL-2.0-only
#include "generator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <math.h>
#include <string.h>

#include "latency.h"

#include "bench/gen.skel.h"

#define BATCH 64

static const uint8_t router_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 1};

int generator_open(struct generator *gen)
{
	gen->skel = gen_bpf__open_and_load();
	if (!gen->skel)
		return -1;
	gen->fd = bpf_program__fd(gen->skel->progs.bench_gen);
	return 0;
}

void generator_close(struct generator *gen)
{
	gen_bpf__destroy(gen->skel);
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
	return b ? divisor(b, a % b) : a;
}

/* Near the golden section, which visits the flows most evenly. */
static uint32_t stride_of(uint32_t flows)
{
	uint32_t stride = flows * 0.618;

	while (stride > 1 && divisor(flows, stride) > 1)
		stride--;
	return stride ? stride : 1;
}

/* Exponentially distributed, as the times between packets of many independent senders are; each of
 * the table's entries is as likely as the others. */
static void fill_gaps(uint32_t *gap, double mean)
{
	for (unsigned int i = 0; i < LATENCY_GAPS; i++)
		gap[i] = -log(1 - (i + 0.5) / LATENCY_GAPS) * mean;
}

void generator_aim(struct generator *gen, unsigned int ifindex, const struct traffic *traffic,
		   uint32_t at)
{
	struct gen_bpf__bss *bss = gen->skel->bss;
	struct gen_bpf__data *data = gen->skel->data;

	bss->ifindex = ifindex;
	data->targets = traffic->targets;
	bss->first_flow = traffic->first;
	data->flows = traffic->flows;
	data->stride = stride_of(traffic->flows);
	bss->flood = traffic->flood;
	bss->tag = traffic->tag;
	bss->replying = traffic->replying;
	bss->paced = traffic->paced;
	fill_gaps(bss->gap, traffic->gap);
	memcpy(bss->router_mac, router_mac, ETH_ALEN);
	bss->made = 0;
	memset(bss->stamp, 0, sizeof(bss->stamp));
	bss->next = at < traffic->flows ? at : 0;
}

uint32_t generator_at(const struct generator *gen)
{
	return gen->skel->bss->next;
}

int generator_send(struct generator *gen, uint32_t packets)
{
	char frame[sizeof(struct bench_frame) + BENCH_TAG] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(struct bench_frame), .repeat = packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = gen->skel->bss->paced ? 1 : BATCH);

	if (gen->skel->bss->tag)
		opts.data_size_in += BENCH_TAG;
	return bpf_prog_test_run_opts(gen->fd, &opts);
}

int generator_frame(struct generator *gen, void *frame, unsigned int room)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(struct bench_frame), .data_out = frame,
		    .data_size_out = room, .repeat = 1);
	int err;

	if (gen->skel->bss->tag)
		opts.data_size_in += BENCH_TAG;
	err = bpf_prog_test_run_opts(gen->fd, &opts);
	return err ? err : (int)opts.data_size_out;
}

uint32_t generator_made(const struct generator *gen)
{
	return gen->skel->bss->made;
}

double generator_interval(const struct generator *gen, unsigned int i)
{
	const uint64_t *stamp = (const uint64_t *)gen->skel->bss->stamp;

	if (i + 1 >= BENCH_STAMPS || !stamp[i + 1])
		return -1;
	return (double)(stamp[i + 1] - stamp[i]) / BENCH_INTERVAL;
}
