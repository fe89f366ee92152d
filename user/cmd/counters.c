// SPDX-License-Identifier: GPL-2.0-only
#include "counters.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counter_rows.h"
#include "iface_names.h"
#include "mapset.h"
#include "verdict_names.h"

static void add(struct counter *sum, struct counter c)
{
	sum->packets += c.packets;
	sum->bytes += c.bytes;
}

static void sum_cpus(struct counter *cells, unsigned int n, const struct counter *percpu, int ncpus)
{
	memset(cells, 0, n * sizeof(*cells));
	for (unsigned int i = 0; i < n; i++)
		for (int cpu = 0; cpu < ncpus; cpu++)
			add(&cells[i], percpu[i * ncpus + cpu]);
}

/* Reads n elements from `first` on, whose sums over the CPUs go to cells. */
static int read_cells(int fd, __u32 first, unsigned int n, struct counter *cells, int ncpus)
{
	struct counter *percpu = calloc((size_t)n * ncpus, sizeof(*percpu));
	int err = percpu ? rows_read(fd, first, n, percpu, ncpus) : -ENOMEM;

	if (!err)
		sum_cpus(cells, n, percpu, ncpus);
	free(percpu);
	return err;
}

static int read_iface(const struct mapset *maps, struct iface_counters *iface, int ncpus)
{
	int err;

	_Static_assert(sizeof(iface->row) == SLOT_CELLS * sizeof(struct counter), "rows");
	err = read_cells(maps->counters, COUNTER_INDEX(iface->slot, 0, 0), SLOT_CELLS,
			 &iface->row[0][0], ncpus);
	if (err)
		return err;
	return read_cells(maps->sent, iface->slot, 1, &iface->sent, ncpus);
}

static void add_iface(struct counters *c, const struct iface_names *names, unsigned int slot)
{
	const struct iface_entry *e = &names->slot[slot];
	struct iface_counters *iface = &c->iface[c->n++];

	iface->slot = slot;
	iface->ifindex = e->ifindex;
	iface->uplink = e->flags & IFACE_UPLINK;
	iface->entry = iface_names_entry(names, slot);
	memcpy(iface->name, e->name, sizeof(iface->name));
}

static struct counters *make_list(const struct iface_names *names)
{
	struct counters *c = calloc(1, sizeof(*c) + ERXDP_MAX_IFACES * sizeof(c->iface[0]));

	if (!c)
		return NULL;
	for (unsigned int i = 1; i < ERXDP_MAX_IFACES; i++)
		if (names->slot[i].known)
			add_iface(c, names, i);
	add_iface(c, names, ERXDP_SLOT_REMOVED);
	add_iface(c, names, 0);
	return c;
}

/* "removed", the last but one, is in the list only where something was. */
static void drop_empty_removed(struct counters *c)
{
	static const struct iface_counters none;
	struct iface_counters *removed = &c->iface[c->n - 2];

	if (memcmp(removed->row, none.row, sizeof(none.row)) ||
	    memcmp(&removed->sent, &none.sent, sizeof(none.sent)))
		return;
	*removed = c->iface[--c->n];
}

static int read_list(const struct mapset *maps, int ncpus, struct counters **counters)
{
	struct iface_names names;
	struct counters *c;
	int err = iface_names_read(maps, &names);

	if (err)
		return err;
	c = make_list(&names);
	if (!c)
		return -ENOMEM;
	for (unsigned int i = 0; i < c->n && !err; i++)
		err = read_iface(maps, &c->iface[i], ncpus);
	if (err) {
		free(c);
		return err;
	}
	drop_empty_removed(c);
	*counters = c;
	return 0;
}

int counters_read(const struct mapset *maps, struct counters **counters)
{
	int lock, err, ncpus = libbpf_num_possible_cpus();

	if (ncpus < 0)
		return ncpus;
	lock = rows_lock(ROWS_READ);
	err = read_list(maps, ncpus, counters);
	rows_unlock(lock);
	return err;
}

static struct counter sum_row(const struct counter *row)
{
	struct counter sum = {0};

	for (unsigned int v = 0; v < VERDICT_MAX; v++)
		add(&sum, row[v]);
	return sum;
}

struct counter counters_in(const struct iface_counters *iface)
{
	return sum_row(iface->row[iface->entry]);
}

struct counter counters_entry(const struct iface_counters *iface, unsigned int verdict)
{
	return iface->row[iface->entry][verdict];
}

struct counter counters_slow(const struct iface_counters *iface, unsigned int verdict)
{
	struct counter sum = {0};

	for (enum hook h = 0; h < HOOK_MAX; h++)
		if (h != iface->entry)
			add(&sum, iface->row[h][verdict]);
	return sum;
}

struct counter counters_entry_total(const struct counters *c, unsigned int verdict)
{
	struct counter sum = {0};

	for (unsigned int i = 0; i < c->n; i++)
		add(&sum, counters_entry(&c->iface[i], verdict));
	return sum;
}

struct counter counters_slow_total(const struct counters *c, unsigned int verdict)
{
	struct counter sum = {0};

	for (unsigned int i = 0; i < c->n; i++)
		add(&sum, counters_slow(&c->iface[i], verdict));
	return sum;
}

struct packet_totals counters_packets(const struct counters *c)
{
	struct packet_totals t = {0};

	for (unsigned int v = 0; v < VERDICT_MAX; v++) {
		__u64 n = counters_entry_total(c, v).packets;

		t.in += n;
		if (verdict_group(v) == VERDICT_FAST)
			t.fast += n;
		else if (verdict_group(v) == VERDICT_DROP)
			t.dropped += n;
		else
			t.passed += n; /* with TC as entry, also what the slow path translates */
	}
	return t;
}

const struct iface_counters *counters_find(const struct counters *c, unsigned int slot)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (c->iface[i].slot == slot)
			return &c->iface[i];
	return NULL;
}
