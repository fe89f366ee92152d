// SPDX-License-Identifier: GPL-2.0-only
#include "latency.h"

/* The shortest latency of a bucket, ns. */
static double bucket_begin(unsigned int bucket)
{
	unsigned int octave = bucket < 2 * LATENCY_SHARE ? 0 : bucket / LATENCY_SHARE - 1;

	return (double)(bucket - octave * LATENCY_SHARE) * (1 << octave);
}

/* Within a bucket, in proportion. */
double latency_percentile(const struct latencies *latencies, double share)
{
	double all = 0, below = 0;

	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
		all += latencies->packets[i];
	for (unsigned int i = 0; all && i < LATENCY_BUCKETS; i++) {
		double here = latencies->packets[i], begin = bucket_begin(i);

		if (here && below + here >= share * all)
			return begin + (share * all - below) / here * (bucket_begin(i + 1) - begin);
		below += here;
	}
	return 0;
}

void latencies_add(struct latencies *to, const struct latencies *what)
{
	for (unsigned int i = 0; i < LATENCY_BUCKETS; i++)
		to->packets[i] += what->packets[i];
}
