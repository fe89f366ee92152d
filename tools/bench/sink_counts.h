/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sink's program counts, for each CPU. */
#ifndef BENCH_SINK_COUNTS_H
#define BENCH_SINK_COUNTS_H

#include <linux/types.h>
#include <stdbool.h>

struct sink_counts {
	__u64 arrived;
	__u64 wrong;   /* not the tag, the addresses or the port that it should bear */
	__u64 moved;   /* with another source port than it was sent with: allowed, and worth knowing
			*/
	__u64 corrupt; /* a checksum does not hold; looked at only in thorough passes */
};

#endif
