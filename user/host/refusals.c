// SPDX-License-Identifier: GPL-2.0-only
#include "refusals.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <erxdp/maps.h>

#include "log.h"
#include "mapset.h"
#include "proto_names.h"
#include "verdict_names.h"

/* The sum over all CPUs, and the last packet of any. 0 or a negative errno. */
static int read_refused(int fd, struct refused *sum)
{
	int ncpus = libbpf_num_possible_cpus();
	struct refused *each;
	uint32_t zero = 0;
	int err;

	if (ncpus < 0)
		return ncpus;
	each = calloc(ncpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &zero, each);
	*sum = (struct refused){};
	for (int i = 0; i < ncpus && !err; i++) {
		uint64_t count = sum->count + each[i].count;

		if (each[i].count && (int32_t)(each[i].second - sum->second) >= 0)
			*sum = each[i];
		sum->count = count;
	}
	free(each);
	return err;
}

static void say(const struct refused *last, uint64_t times)
{
	const char *proto = proto_name(last->inside.proto), *reason = verdict_text(last->verdict);
	char inside[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN];
	const struct flow *flow = &last->inside;

	inet_ntop(AF_INET, &flow->addr, inside, sizeof(inside));
	inet_ntop(AF_INET, &flow->remote, remote, sizeof(remote));
	log_warn("%s: %s %s:%u from %s (%llu refused in the last second)",
		 reason ? reason : "refused", proto ? proto : "a packet to", remote,
		 ntohs(flow->remote_port), inside, (unsigned long long)times);
}

static uint64_t known;

void refusals_begin(const struct mapset *maps)
{
	struct refused now;

	if (!read_refused(maps->refused, &now))
		known = now.count;
}

void refusals_tick(const struct mapset *maps)
{
	struct refused now;

	if (read_refused(maps->refused, &now))
		return;
	if (now.count > known)
		say(&now, now.count - known);
	known = now.count;
}
