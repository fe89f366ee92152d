// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP by libxdp. Its dispatcher holds several programs on one device; where the kernel cannot have
 * one (no BPF_PROG_TYPE_EXT) libxdp attaches the program alone, which it calls legacy.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "attach.h"
#include "dispatcher.h"
#include "error.h"
#include "load.h"

#define PROGRAM	    "erxdp_xdp"
#define LIBXDP_PINS "/sys/fs/bpf/xdp"

static void look_through(struct xdp_multiprog *mp, struct xdp_occupant *o)
{
	struct xdp_program *p = NULL, *main = xdp_multiprog__main_prog(mp);

	o->any = true;
	o->alone = xdp_multiprog__is_legacy(mp);
	o->mode = xdp_multiprog__attach_mode(mp);
	if (main)
		snprintf(o->main, sizeof(o->main), "%s", xdp_program__name(main));
	if (o->alone && !strcmp(o->main, PROGRAM))
		o->ours = xdp_program__id(main);
	while (!o->alone && (p = xdp_multiprog__next_prog(p, mp))) {
		if (!strcmp(xdp_program__name(p), PROGRAM))
			o->ours = xdp_program__id(p);
	}
}

int xdp_look(unsigned int ifindex, struct xdp_occupant *o)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(ifindex);
	long err = libxdp_get_error(mp);

	memset(o, 0, sizeof(*o));
	if (err)
		return err == -ENOENT ? 0 : err;
	look_through(mp, o);
	xdp_multiprog__close(mp);
	return 0;
}

/* Takes one program off; the dispatcher goes with the last one in it. */
static int remove_program(unsigned int ifindex, uint32_t id, enum xdp_attach_mode mode)
{
	struct xdp_program *prog = xdp_program__from_id(id);
	int err = libxdp_get_error(prog);

	if (err)
		return err;
	err = xdp_program__detach(prog, ifindex, mode, 0);
	xdp_program__close(prog);
	return err;
}

static int explain(const struct state_xdp *xdp, const struct xdp_occupant *o, int err,
		   struct error *e)
{
	bool native = xdp->mode == MODE_NATIVE;

	if ((err == -EBUSY || err == -EEXIST) && o->any && o->alone)
		return error_set(
			e, err,
			"%s has the XDP program %s, which is not in libxdp's dispatcher; "
			"remove it (`ip link set dev %s xdp off`) or load it with xdp-loader",
			xdp->name, o->main, xdp->name);
	if (err == -EBUSY || err == -EEXIST)
		return error_set(e, err,
				 "%s: an XDP program on it or on a device above or below it is in "
				 "the way%s; `xdp-loader status` shows it",
				 xdp->name, loader_complaint());
	if (err == -EOPNOTSUPP && native)
		return error_set(e, err, "%s: no native XDP in the driver or in one below it%s",
				 xdp->name, loader_complaint());
	if (err == -ENOMEM || err == -ENOSPC)
		return error_set(e, err,
				 "%s: the driver has no memory or queues for XDP%s; fewer "
				 "channels may help: `ethtool -L %s combined N`",
				 xdp->name, loader_complaint(), xdp->name);
	if (err == -EINVAL || err == -ERANGE)
		return error_set(e, err,
				 "%s: the driver refused XDP%s; an MTU above 3500 and LRO are "
				 "the usual reasons",
				 xdp->name, loader_complaint());
	return error_set(e, err, "%s: XDP was not attached: %s%s", xdp->name, strerror(-err),
			 loader_complaint());
}

int xdp_attach(struct loader *l, struct state_xdp *xdp, struct error *e)
{
	enum xdp_attach_mode mode = xdp->mode == MODE_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct xdp_program *prog;
	struct xdp_occupant o;
	int err = dispatcher_provide(e);

	if (err)
		return err;
	err = xdp_look(xdp->ifindex, &o);
	if (err)
		return explain(xdp, &o, err, e);
	xdp->program = o.ours;
	if (o.ours && !l->replace && o.mode == mode)
		return 0;
	err = loader_get_xdp(l, &prog, e);
	if (err)
		return err;
	/* In a dispatcher the new program comes before the old one goes, so no packet misses both.
	 */
	if (o.ours && (o.alone || o.mode != mode)) {
		err = remove_program(xdp->ifindex, o.ours, o.mode);
		o.ours = 0;
	}
	if (!err)
		err = xdp_program__attach(prog, xdp->ifindex, mode, 0);
	if (err)
		return explain(xdp, &o, err, e);
	xdp->program = xdp_program__id(prog);
	if (o.ours)
		remove_program(xdp->ifindex, o.ours, mode);
	return 0;
}

int xdp_detach(const char *name, unsigned int ifindex, struct error *e)
{
	struct xdp_occupant o;
	int err = xdp_look(ifindex, &o);

	if (!err && !o.ours)
		return 0;
	/* Others may stay on the device: then libxdp builds a new dispatcher for them. */
	if (!err)
		err = dispatcher_provide(e);
	if (!err)
		err = remove_program(ifindex, o.ours, o.mode);
	rmdir(LIBXDP_PINS); /* libxdp leaves it behind, empty */
	if (!err || err == -ENODEV || !o.ours)
		return 0;
	return error_set(e, err, "%s: the XDP program was not detached: %s%s", name, strerror(-err),
			 loader_complaint());
}
