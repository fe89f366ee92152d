/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs' counters, summed over the CPUs, and what follows from them.
 *
 * An interface has one row of verdicts for each hook. Its entry hook (XDP, or TC ingress where no
 * XDP program runs) saw every packet that came in, once: "packets" are counted over entry rows
 * only. What the TC hooks counted beyond that are packets which the entry hook passed to the
 * kernel, seen again on the slow path.
 */
#ifndef ERXDP_COUNTERS_H
#define ERXDP_COUNTERS_H

#include <net/if.h>
#include <stdbool.h>

#include <erxdp/maps.h>

struct mapset;

struct iface_counters {
	unsigned int slot; /* 0: packets of no known interface; ERXDP_SLOT_REMOVED: see retired.h */
	unsigned int ifindex;
	char name[IFNAMSIZ];
	enum hook entry;
	bool uplink;
	struct counter row[HOOK_MAX][VERDICT_MAX];
	struct counter sent; /* what left by it: sent by the programs, or seen at TC egress */
};

struct counters {
	unsigned int n;
	struct iface_counters iface[]; /* ascending by slot; slot 0 is last and always there,
					  ERXDP_SLOT_REMOVED where it has counted something */
};

/* in = fast + passed + dropped */
struct packet_totals {
	__u64 in, fast, passed, dropped;
};

/* Reads every interface's counters; free() them. 0 or a negative errno. */
int counters_read(const struct mapset *maps, struct counters **counters);

/* What came in by an interface: the sum of its entry row. */
struct counter counters_in(const struct iface_counters *iface);
/* One verdict of an interface at its entry hook, or beyond it (slow path). */
struct counter counters_entry(const struct iface_counters *iface, unsigned int verdict);
struct counter counters_slow(const struct iface_counters *iface, unsigned int verdict);
/* The same over all interfaces. */
struct counter counters_entry_total(const struct counters *c, unsigned int verdict);
struct counter counters_slow_total(const struct counters *c, unsigned int verdict);
struct packet_totals counters_packets(const struct counters *c);
/* The interface in this slot, or NULL. */
const struct iface_counters *counters_find(const struct counters *c, unsigned int slot);

#endif
