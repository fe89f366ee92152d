// SPDX-License-Identifier: GPL-2.0-only
#include "describe.h"
#include "leaving.h"

const char *leaving_device(const struct leaving *l)
{
	return l->im->host.device[l->device].name;
}

static struct box leaving_by(struct obstack *mem, const struct import_host *host,
			     unsigned int device)
{
	struct box box;

	for (enum dim dim = 0; dim < DIM_MAX; dim++)
		box.dim[dim] = dim_domain(mem, host, dim);
	box.dim[DIM_IIF] = host_served(mem, host);
	box.dim[DIM_OIF] = ranges_of(mem, device, device);
	return box;
}

/* Networks that are reached by another device. */
static struct ranges networks_elsewhere(struct obstack *mem, const struct import_host *host,
					unsigned int device)
{
	struct ranges all = ranges_none;

	for (unsigned int i = 0; i < host->ndevices; i++)
		if (i != device)
			all = ranges_or(mem, all, host_networks(mem, host, i));
	return ranges_minus(mem, all, host_networks(mem, host, device));
}

space leaving_packets(struct import *im, unsigned int device, bool strict)
{
	struct obstack *mem = &im->set.mem;
	struct box box = leaving_by(mem, &im->host, device);
	struct ranges in = box.dim[DIM_IIF], local = host_local(mem, &im->host);
	struct ranges src = ranges_minus(mem, box.dim[DIM_SRC], local);
	space could = NULL;

	if (strict)
		return space_add(mem, NULL, &box);
	box.dim[DIM_DST] =
		ranges_minus(mem, box.dim[DIM_DST],
			     ranges_or(mem, local, networks_elsewhere(mem, &im->host, device)));
	for (unsigned int i = 0; i < im->host.ndevices; i++) {
		if (!ranges_have(in, i) || i == device)
			continue;
		box.dim[DIM_IIF] = ranges_of(mem, i, i);
		box.dim[DIM_SRC] = ranges_minus(mem, src, networks_elsewhere(mem, &im->host, i));
		could = space_add(mem, could, &box);
	}
	return could;
}

void leaving_walk(struct leaving *l)
{
	struct import *im = l->im;
	struct box all = leaving_by(&im->set.mem, &im->host, l->device);

	l->walk = (struct walk){.set = &im->set, .count = im->host.device[l->device].uplink};
	walk_hook(&l->walk, HOOK_POSTROUTING, space_add(&im->set.mem, NULL, &all));
	if (l->walk.too_many)
		import_refuse(im, "the NAT rules are too many or too involved to be followed",
			      "leave this host to the kernel, or write them simpler");
}
