// SPDX-License-Identifier: GPL-2.0-only
#include "sink.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "bench/sink.skel.h"

#define MAX_CPUS 1024

int sink_open(struct sink *sink)
{
	*sink = (struct sink){.ncpus = libbpf_num_possible_cpus()};
	if (sink->ncpus < 1 || sink->ncpus > MAX_CPUS)
		return -E2BIG;
	sink->skel = sink_bpf__open_and_load();
	return sink->skel ? 0 : -errno;
}

void sink_close(struct sink *sink)
{
	while (sink->nlinks)
		bpf_link__destroy(sink->link[--sink->nlinks]);
	sink_bpf__destroy(sink->skel);
}

int sink_attach(struct sink *sink, unsigned int ifindex)
{
	struct bpf_link *link;

	if (sink->nlinks == SINK_MAX_DEVICES)
		return -E2BIG;
	link = bpf_program__attach_xdp(sink->skel->progs.bench_sink, ifindex);
	if (!link)
		return -errno;
	sink->link[sink->nlinks++] = link;
	return 0;
}

void sink_expect(struct sink *sink, const struct expectation *expectation)
{
	sink->skel->bss->translated = expectation->translated;
	sink->skel->bss->replying = expectation->replying;
	sink->skel->bss->thorough = expectation->thorough;
	sink->skel->bss->tag = expectation->tag;
}

struct latencies *sink_latencies(const struct sink *sink)
{
	return sink->skel->bss->latency;
}

struct sink_counts sink_read(const struct sink *sink)
{
	struct sink_counts each[MAX_CPUS], sum = {};
	__u32 zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(sink->skel->maps.counts), &zero, each))
		return sum;
	for (int cpu = 0; cpu < sink->ncpus; cpu++) {
		sum.arrived += each[cpu].arrived;
		sum.wrong += each[cpu].wrong;
		sum.moved += each[cpu].moved;
		sum.corrupt += each[cpu].corrupt;
	}
	return sum;
}
