// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "clsact.h"
#include "error.h"
#include "load.h"
#include "pins.h"

/* From <linux/bpf.h> of 6.6; Debian 12's is of 6.1. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)

static const struct {
	const char *name;
	enum bpf_attach_type tcx;
	enum bpf_tc_attach_point clsact;
} sides[] = {
	[TC_INGRESS] = {"ingress", TCX_INGRESS, BPF_TC_INGRESS},
	[TC_EGRESS] = {"egress", TCX_EGRESS, BPF_TC_EGRESS},
};

static void link_path(char path[64], unsigned int ifindex, enum tc_side side)
{
	snprintf(path, 64, PINS_LINKS "/%u-%s", ifindex, sides[side].name);
}

/* A link whose device has gone says ifindex 0. Its place in the union is the one of `xdp`, whose
 * first word is an ifindex too; older headers have no name for it. */
static int link_info(int link, unsigned int *ifindex, uint32_t *program)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &len))
		return -errno;
	*ifindex = info.xdp.ifindex;
	*program = info.prog_id;
	return 0;
}

/* The pinned link of this device as a descriptor, or a negative errno. */
static int open_link(const char *path, unsigned int ifindex)
{
	unsigned int at = 0;
	uint32_t program;
	int link = bpf_obj_get(path);

	if (link < 0)
		return -errno;
	if (!link_info(link, &at, &program) && at == ifindex)
		return link;
	close(link);
	unlink(path);
	return -ENOENT;
}

static int make_link(const char *path, unsigned int ifindex, enum tc_side side, int prog)
{
	int err, link = bpf_link_create(prog, ifindex, sides[side].tcx, NULL);

	if (link < 0)
		return -errno;
	if (!bpf_obj_pin(link, path))
		return link;
	err = -errno;
	close(link);
	return err;
}

/* 0, -EINVAL on a kernel without tcx, or another negative errno. */
static int tcx_attach(unsigned int ifindex, enum tc_side side, int prog, bool replace, uint32_t *id)
{
	unsigned int where;
	char path[64];
	int link, err = 0;

	link_path(path, ifindex, side);
	link = open_link(path, ifindex);
	if (link < 0)
		link = make_link(path, ifindex, side, prog);
	else if (replace && bpf_link_update(link, prog, NULL))
		err = -errno;
	if (link < 0)
		return link;
	if (!err)
		err = link_info(link, &where, id);
	close(link);
	return err;
}

/* Kernels before 6.6 do not know the place that is asked for. */
bool tc_by_tcx(unsigned int ifindex)
{
	__u32 ids[1], n = 0;

	return !bpf_prog_query(ifindex, TCX_INGRESS, 0, NULL, ids, &n) || errno != EINVAL;
}

static int attach_clsact(struct state_tc *tc, enum tc_side side, int prog, bool replace,
			 uint32_t *id, struct error *e)
{
	bool made;
	int err = clsact_make(tc->name, tc->ifindex, &made, e);

	if (err)
		return err;
	tc->qdisc |= made;
	return clsact_attach(tc->name, tc->ifindex, sides[side].clsact, prog, replace, id, e);
}

int tc_attach(const struct loader *l, struct state_tc *tc, enum tc_side side, struct error *e)
{
	int prog = side == TC_INGRESS ? l->ingress : l->egress;
	uint32_t *id = side == TC_INGRESS ? &tc->ingress : &tc->egress;
	int err = tcx_attach(tc->ifindex, side, prog, l->replace, id);

	tc->tcx = err != -EINVAL;
	if (err == -EINVAL)
		return attach_clsact(tc, side, prog, l->replace, id, e);
	if (err)
		return error_set(e, err, "%s: the TC program was not attached at %s: %s", tc->name,
				 sides[side].name, strerror(-err));
	return 0;
}

bool tc_is_attached(const struct state_tc *tc, enum tc_side side)
{
	char path[64];
	int link;

	if (!tc->tcx)
		return clsact_is_attached(tc->ifindex, sides[side].clsact);
	link_path(path, tc->ifindex, side);
	link = open_link(path, tc->ifindex);
	if (link >= 0)
		close(link);
	return link >= 0;
}

int tc_detach(const char *name, unsigned int ifindex, enum tc_side side, struct error *e)
{
	char path[64];
	int err;

	link_path(path, ifindex, side);
	unlink(path);
	err = clsact_detach(ifindex, sides[side].clsact);
	if (!err || err == -ENODEV || err == -ENOENT || err == -EINVAL)
		return 0; /* gone already, or its device or qdisc is */
	return error_set(e, err, "%s: the TC program was not detached from %s: %s", name,
			 sides[side].name, strerror(-err));
}
