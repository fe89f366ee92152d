// SPDX-License-Identifier: GPL-2.0-only
/* TC filters and programs of others on the interfaces: they see none of the fast path's packets. */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "clsact.h"
#include "prog_name.h"
#include "programs.h"

/* From <linux/bpf.h> of 6.6; Debian 12's is of 6.1. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)
#define MAX_TCX	    64

static const struct {
	const char *name;
	unsigned int minor;
	enum bpf_attach_type tcx;
} sides[] = {
	{"ingress", TC_H_MIN_INGRESS, TCX_INGRESS},
	{"egress", TC_H_MIN_EGRESS, TCX_EGRESS},
};

/* One side of one interface. */
struct side {
	struct check *c;
	const char *device;
	const char *name;
};

static struct finding *tell(const struct side *side)
{
	struct finding *finding =
		finding_get(&side->c->found, SEVERITY_WARNING, "tc-program", side->device);

	finding_say(finding, "TC filters or programs of others are on this device; they go on, but "
			     "see no packet that takes the fast path");
	finding_remedy(finding, "tc filter show dev %s ingress; tc filter show dev %s egress",
		       side->device, side->device);
	return finding;
}

static void take_bpf(const struct nlattr *options, char name[BPF_OBJ_NAME_LEN])
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options) {
		if (mnl_attr_get_type(attr) == TCA_BPF_ID && !mnl_attr_validate(attr, MNL_TYPE_U32))
			prog_name(mnl_attr_get_u32(attr), name);
	}
}

static int take_filter(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
	char kind[32] = "filter", name[BPF_OBJ_NAME_LEN] = "";
	const struct side *side = arg;
	const struct nlattr *attr;

	/* A handle of 0 is the heading of a priority. */
	if (nlh->nlmsg_type != RTM_NEWTFILTER || !tcm->tcm_handle)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm)) {
		if (mnl_attr_get_type(attr) == TCA_KIND)
			snprintf(kind, sizeof(kind), "%s", mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == TCA_OPTIONS && !strcmp(kind, "bpf"))
			take_bpf(attr, name);
	}
	if (!prog_name_is_ours(name))
		finding_fact(&side->c->found, tell(side), "%s: %s%s%s, priority %u", side->name,
			     kind, *name ? " " : "", name, TC_H_MAJ(tcm->tcm_info) >> 16);
	return MNL_CB_OK;
}

/* Fails on kernels without tcx. */
static void look_for_tcx(struct side *side, unsigned int ifindex, enum bpf_attach_type type)
{
	__u32 ids[MAX_TCX], n = MAX_TCX;

	if (bpf_prog_query(ifindex, type, 0, NULL, ids, &n))
		return;
	for (__u32 i = 0; i < n && i < MAX_TCX; i++) {
		char name[BPF_OBJ_NAME_LEN];

		prog_name(ids[i], name);
		if (!prog_name_is_ours(name))
			finding_fact(&side->c->found, tell(side), "%s: tcx program %s (id %u)",
				     side->name, name, ids[i]);
	}
}

void check_programs_tc(struct check *c)
{
	for (unsigned int i = 0; i < c->plan->nifaces; i++) {
		const struct plan_iface *iface = &c->plan->iface[i];

		for (size_t j = 0; j < sizeof(sides) / sizeof(sides[0]); j++) {
			struct side side = {c, iface->name, sides[j].name};

			clsact_filters(iface->ifindex, sides[j].minor, take_filter, &side);
			look_for_tcx(&side, iface->ifindex, sides[j].tcx);
		}
	}
}
