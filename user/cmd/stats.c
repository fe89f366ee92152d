// SPDX-License-Identifier: GPL-2.0-only
#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <erxdp/abi.h>

#include "clock.h"
#include "fib_record.h"
#include "mapset.h"

int stats_take(struct stats_source *source, struct stats_sample *sample)
{
	const struct mapset *maps = source->maps;
	int err;

	memset(sample, 0, sizeof(*sample));
	/* The maps outlive their pins for as long as somebody holds them. */
	if (access(ERXDP_PIN_DIR "/control", F_OK))
		return -errno;
	err = counters_read(maps, &sample->counters);
	sample->time = clock_seconds();
	sample->sessions = maps->totals->live;
	sample->routes = fib_records_count(maps->prefix, ERXDP_MAX_ROUTES);
	sample->max_sessions = maps->ctl->max_sessions;
	sample->trusted = maps->ctl->flags & CONTROL_TRUSTED;
	return err;
}

void stats_drop(struct stats_sample *sample)
{
	free(sample->counters);
	sample->counters = NULL;
}

struct stats_rate stats_rate(struct counter before, struct counter now, double seconds)
{
	struct stats_rate rate = {0};

	if (seconds <= 0 || now.packets < before.packets || now.bytes < before.bytes)
		return rate;
	rate.packets = (now.packets - before.packets) / seconds;
	rate.bits = (now.bytes - before.bytes) * 8 / seconds;
	return rate;
}

struct stats_iface_rates stats_iface_rates(const struct stats_sample *before,
					   const struct stats_sample *now,
					   const struct iface_counters *iface)
{
	const struct iface_counters *old = counters_find(before->counters, iface->slot);
	double seconds = now->time - before->time;
	struct stats_iface_rates rates = {0};

	/* What is moved to "removed" did not come in now. */
	if (!old || old->ifindex != iface->ifindex || iface->slot == ERXDP_SLOT_REMOVED)
		return rates;
	rates.in = stats_rate(counters_in(old), counters_in(iface), seconds);
	rates.out = stats_rate(old->sent, iface->sent, seconds);
	return rates;
}

static struct counter verdict_total(const struct stats_sample *sample, unsigned int verdict,
				    bool slow)
{
	return slow ? counters_slow_total(sample->counters, verdict)
		    : counters_entry_total(sample->counters, verdict);
}

static unsigned int list_verdicts(const struct stats_sample *before, const struct stats_sample *now,
				  bool slow, struct stats_verdict *rows)
{
	unsigned int n = 0;

	verdict_for_each(v)
	{
		struct counter total = verdict_total(now, v, slow);

		if (!total.packets)
			continue;
		rows[n] = (struct stats_verdict){.verdict = v, .slow = slow, .total = total};
		if (before)
			rows[n].rate = stats_rate(verdict_total(before, v, slow), total,
						  now->time - before->time);
		n++;
	}
	return n;
}

unsigned int stats_verdicts(const struct stats_sample *before, const struct stats_sample *now,
			    struct stats_verdict *rows)
{
	unsigned int n = list_verdicts(before, now, false, rows);

	return n + list_verdicts(before, now, true, rows + n);
}

double stats_fast_share(const struct stats_sample *before, const struct stats_sample *now)
{
	struct packet_totals b = {0}, n = counters_packets(now->counters);

	if (before)
		b = counters_packets(before->counters);
	if (n.in <= b.in)
		return -1;
	/* Rounded down: 100 means all. */
	return (n.fast - b.fast) * 10000 / (n.in - b.in) / 100.0;
}
