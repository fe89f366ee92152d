// SPDX-License-Identifier: GPL-2.0-only
#include "retired.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counter_rows.h"
#include "fib.h"
#include "mapset.h"

/* One element of a per-CPU array to another, on each CPU by itself. */
struct mover {
	const struct fib_io *io;
	int ncpus;
	struct counter *from, *to; /* [ncpus] */
};

static bool is_zero(const struct counter *percpu, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (percpu[i].packets || percpu[i].bytes)
			return false;
	return true;
}

/* Cleared last: a death in between counts twice what it would otherwise lose. */
static int move_cell(const struct mover *m, int fd, __u32 from, __u32 to)
{
	int err = m->io->lookup(fd, &from, m->from);

	if (err || is_zero(m->from, m->ncpus))
		return err;
	err = m->io->lookup(fd, &to, m->to);
	if (err)
		return err;
	for (int cpu = 0; cpu < m->ncpus; cpu++) {
		m->to[cpu].packets += m->from[cpu].packets;
		m->to[cpu].bytes += m->from[cpu].bytes;
	}
	err = m->io->update(fd, &to, m->to);
	if (err)
		return err;
	memset(m->from, 0, m->ncpus * sizeof(*m->from));
	return m->io->update(fd, &from, m->from);
}

/* The entry row becomes the XDP row, and what was there, which is no entry, takes its place. */
static enum hook hook_in_removed(enum hook hook, enum hook entry)
{
	if (hook == entry)
		return HOOK_XDP;
	return hook == HOOK_XDP ? entry : hook;
}

static int move_slot(const struct mover *m, const struct mapset *maps, unsigned int slot,
		     enum hook entry)
{
	int err = 0;

	for (enum hook h = 0; h < HOOK_MAX; h++)
		for (unsigned int v = 0; v < VERDICT_MAX && !err; v++)
			err = move_cell(
				m, maps->counters, COUNTER_INDEX(slot, h, v),
				COUNTER_INDEX(ERXDP_SLOT_REMOVED, hook_in_removed(h, entry), v));
	return err ? err : move_cell(m, maps->sent, slot, ERXDP_SLOT_REMOVED);
}

int retired_move(const struct mapset *maps, const struct fib_io *io, int ncpus, unsigned int slot,
		 enum hook entry)
{
	struct mover m = {.io = io,
			  .ncpus = ncpus,
			  .from = calloc(ncpus, sizeof(*m.from)),
			  .to = calloc(ncpus, sizeof(*m.to))};
	int err = m.from && m.to ? move_slot(&m, maps, slot, entry) : -ENOMEM;

	free(m.from);
	free(m.to);
	return err;
}

bool retired_has_left(const struct iface_names *before, const struct iface_names *after,
		      unsigned int slot)
{
	const struct iface_entry *old = &before->slot[slot], *new = &after->slot[slot];

	if (slot && !old->known)
		return false;
	if (slot && (!new->known || new->ifindex != old->ifindex))
		return true;
	return iface_names_entry(before, slot) != iface_names_entry(after, slot);
}

/* What XDP passes TC counts too: were XDP the entry, its row would not be empty. */
static enum hook guess_entry(const struct counter *rows, int ncpus)
{
	return is_zero(rows + COUNTER_INDEX(0, HOOK_XDP, 0) * ncpus, VERDICT_MAX * ncpus)
		       ? HOOK_TC_INGRESS
		       : HOOK_XDP;
}

static int move_orphans(const struct mapset *maps, const struct iface_names *names, int ncpus)
{
	struct counter *rows = calloc((size_t)SLOT_CELLS * ncpus, sizeof(*rows));
	struct counter *sent = calloc(ncpus, sizeof(*sent));
	int err = rows && sent ? 0 : -ENOMEM;

	for (unsigned int slot = 1; slot < ERXDP_SLOT_REMOVED && !err; slot++) {
		if (names->slot[slot].known)
			continue;
		err = rows_read(maps->counters, COUNTER_INDEX(slot, 0, 0), SLOT_CELLS, rows, ncpus);
		if (!err)
			err = rows_read(maps->sent, slot, 1, sent, ncpus);
		if (!err && (!is_zero(rows, SLOT_CELLS * ncpus) || !is_zero(sent, ncpus)))
			err = retired_move(maps, &fib_io_bpf, ncpus, slot,
					   guess_entry(rows, ncpus));
	}
	free(rows);
	free(sent);
	return err;
}

int retired_begin(struct retired *r, const struct mapset *maps, bool adopt)
{
	int err, ncpus = libbpf_num_possible_cpus();

	if (ncpus < 0)
		return ncpus;
	r->lock = rows_lock(ROWS_MOVE);
	err = iface_names_read(maps, &r->before);
	if (!err && adopt)
		err = move_orphans(maps, &r->before, ncpus);
	r->begun = !err;
	if (err)
		rows_unlock(r->lock);
	return err;
}

static int move_those_that_left(const struct iface_names *before, const struct mapset *maps)
{
	int ncpus = libbpf_num_possible_cpus();
	struct iface_names after;
	int err = ncpus < 0 ? ncpus : iface_names_read(maps, &after);

	for (unsigned int slot = 0; slot < ERXDP_SLOT_REMOVED && !err; slot++)
		if (retired_has_left(before, &after, slot))
			err = retired_move(maps, &fib_io_bpf, ncpus, slot,
					   iface_names_entry(before, slot));
	return err;
}

int retired_end(struct retired *r, const struct mapset *maps)
{
	int err;

	if (!r->begun)
		return 0;
	err = move_those_that_left(&r->before, maps);
	rows_unlock(r->lock);
	r->begun = false;
	return err;
}
