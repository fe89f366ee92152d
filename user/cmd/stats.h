/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Samples of everything `erxdp stats` shows, and the forms it shows them in.
 *
 * A sample is read from the pinned maps alone, so that statistics need no daemon. Rates come from
 * two samples.
 */
#ifndef ERXDP_STATS_H
#define ERXDP_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "counters.h"
#include "verdict_names.h"

struct mapset;

struct stats_source {
	const struct mapset *maps;
};

struct stats_sample {
	double time; /* CLOCK_MONOTONIC, seconds */
	struct counters *counters;
	uint64_t sessions, max_sessions;
	uint64_t routes;
	bool trusted;
};

/* -ENOENT when erxdp was detached meanwhile, or another negative errno. */
int stats_take(struct stats_source *source, struct stats_sample *sample);
void stats_drop(struct stats_sample *sample);

struct stats_rate {
	double packets; /* per second */
	double bits;
};

/* The rate from one reading to the next; 0 where a counter began anew. */
struct stats_rate stats_rate(struct counter before, struct counter now, double seconds);

struct stats_iface_rates {
	struct stats_rate in, out;
};

/* Of the interface in `now`, against its reading in `before` (zero if it was not there). */
struct stats_iface_rates stats_iface_rates(const struct stats_sample *before,
					   const struct stats_sample *now,
					   const struct iface_counters *iface);

/* A line of the list of verdicts. */
struct stats_verdict {
	unsigned int verdict;
	bool slow; /* seen by TC behind the entry hook */
	struct counter total;
	struct stats_rate rate;
};

#define STATS_MAX_VERDICTS (2 * VERDICT_MAX)

/* Fills rows with all verdicts that occurred, entry hooks first; their number. `before` may be
 * NULL. */
unsigned int stats_verdicts(const struct stats_sample *before, const struct stats_sample *now,
			    struct stats_verdict *rows);
/* Share of the packets between two samples that took the fast path, in percent; negative when none
 * came in. `before` may be NULL. */
double stats_fast_share(const struct stats_sample *before, const struct stats_sample *now);

struct json_object *stats_json(const struct stats_sample *sample);
/* Its part of what metrics.h prints. */
void stats_prometheus(FILE *out, const struct stats_sample *sample);
/* Tables of totals; 0 or a negative errno. */
int stats_tables(const struct stats_sample *sample);
/* One line for each interface with its rates, for output that is no terminal. */
void stats_lines(FILE *out, const struct stats_sample *before, const struct stats_sample *now);
/* The live screen, until the user ends it or erxdp is detached (-ENOENT); -ENOTTY where the
 * terminal cannot do it. */
int stats_screen(struct stats_source *source, double interval);

#endif
