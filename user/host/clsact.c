// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "clsact.h"
#include "error.h"
#include "load.h"
#include "nl_ask.h"
#include "prog_name.h"

/* Before filters that end the classification; unlikely to be anybody else's. */
#define PRIORITY 20
#define HANDLE	 0xe7d9

static struct bpf_tc_hook hook_of(unsigned int ifindex, enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = ifindex,
		.attach_point = point,
	};
}

int clsact_make(const char *name, unsigned int ifindex, bool *made, struct error *e)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	*made = !err;
	if (!err || err == -EEXIST)
		return 0;
	if (err == -ENOENT || err == -EOPNOTSUPP)
		return error_set(e, -EOPNOTSUPP,
				 "%s: the kernel has neither tcx nor the clsact qdisc "
				 "(CONFIG_NET_SCH_INGRESS)",
				 name);
	return error_set(e, err, "%s: the clsact qdisc cannot be made: %s", name, strerror(-err));
}

static bool is_ours(uint32_t id)
{
	char name[BPF_OBJ_NAME_LEN];

	prog_name(id, name);
	return prog_name_is_ours(name);
}

/* The id of the program in erxdp's place; 0: none. */
static uint32_t occupant(const struct bpf_tc_hook *hook)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_query(hook, &opts) ? 0 : opts.prog_id;
}

int clsact_attach(const char *name, unsigned int ifindex, enum bpf_tc_attach_point point, int prog,
		  bool replace, uint32_t *id, struct error *e)
{
	struct bpf_tc_hook hook = hook_of(ifindex, point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY,
			    .prog_fd = prog);
	int err;

	*id = occupant(&hook);
	if (*id && !is_ours(*id))
		return error_set(e, -EEXIST,
				 "%s: a TC filter of somebody else's has priority %d and handle "
				 "0x%x, which erxdp uses; remove it or give it another priority",
				 name, PRIORITY, HANDLE);
	if (*id && !replace)
		return 0;
	opts.flags = *id ? BPF_TC_F_REPLACE : 0;
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		return error_set(e, err, "%s: the TC program was not attached at %s: %s%s", name,
				 point == BPF_TC_INGRESS ? "ingress" : "egress", strerror(-err),
				 loader_complaint());
	*id = opts.prog_id;
	return 0;
}

bool clsact_is_attached(unsigned int ifindex, enum bpf_tc_attach_point point)
{
	struct bpf_tc_hook hook = hook_of(ifindex, point);
	uint32_t id = occupant(&hook);

	return id && is_ours(id);
}

int clsact_detach(unsigned int ifindex, enum bpf_tc_attach_point point)
{
	struct bpf_tc_hook hook = hook_of(ifindex, point);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);
	uint32_t id = occupant(&hook);

	return id && is_ours(id) ? bpf_tc_detach(&hook, &opts) : 0;
}

static int count_filter(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	++*(unsigned int *)data;
	return MNL_CB_OK;
}

int clsact_filters(unsigned int ifindex, unsigned int minor, mnl_cb_t take, void *arg)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;

	nlh->nlmsg_type = RTM_GETTFILTER;
	nlh->nlmsg_flags = NLM_F_DUMP;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor);
	return nl_ask(NETLINK_ROUTE, nlh, take, arg);
}

int clsact_remove_empty(unsigned int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);
	unsigned int count = 0;
	int err = clsact_filters(ifindex, TC_H_MIN_INGRESS, count_filter, &count);

	if (!err)
		err = clsact_filters(ifindex, TC_H_MIN_EGRESS, count_filter, &count);
	if (err || count)
		return err;
	return bpf_tc_hook_destroy(&hook);
}
