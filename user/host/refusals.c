// SPDX-License-Identifier: GPL-2.0-only
#include "refusals.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <erxdp/maps.h>

#include "log.h"
#include "mapset.h"

static const char *reason_of(unsigned int verdict)
{
	switch (verdict) {
#define REASON(num, id, group, text) \
	case num:                    \
		return text;
		ERXDP_VERDICTS(REASON)
#undef REASON
	default:
		return "refused";
	}
}

/* The sum over all CPUs, and the last packet of any. */
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
		return -1;
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

static void proto_name(unsigned int proto, char name[16])
{
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP)
		snprintf(name, 16, "%s",
			 proto == IPPROTO_TCP	? "tcp"
			 : proto == IPPROTO_UDP ? "udp"
						: "icmp");
	else
		snprintf(name, 16, "protocol %u", proto);
}

static void say(const struct refused *last, uint64_t times)
{
	char proto[16], inside[INET_ADDRSTRLEN], remote[INET_ADDRSTRLEN];
	const struct flow *flow = &last->inside;

	proto_name(flow->proto, proto);
	inet_ntop(AF_INET, &flow->addr, inside, sizeof(inside));
	inet_ntop(AF_INET, &flow->remote, remote, sizeof(remote));
	log_warn("%s: %s %s:%u from %s (%llu refused in the last second)", reason_of(last->verdict),
		 proto, remote, ntohs(flow->remote_port), inside, (unsigned long long)times);
}

void refusals_tick(const struct mapset *maps)
{
	static uint64_t known;
	static bool begun;
	struct refused now;

	if (read_refused(maps->refused, &now))
		return;
	if (begun && now.count > known)
		say(&now, now.count - known);
	known = now.count;
	begun = true;
}
