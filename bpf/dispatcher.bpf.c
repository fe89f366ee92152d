// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxdp's dispatcher, version 2 of its protocol (lib/libxdp/protocol.org in xdp-tools): ten slots
 * that libxdp replaces by the programs on a device, called in turn.
 *
 * Debian 12's libxdp 1.3.1 has one of its own, but its slots do not change the packet's geometry,
 * and since 6.13 (and in 6.12's stable releases) the kernel accepts no program that does, as
 * pushing a tag must, in the place of one that does not. These slots do, on a path that is never
 * taken.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp/prog_dispatcher.h>

/* libxdp writes it before it loads the program; volatile, so that clang does not decide by it. */
static volatile const struct xdp_dispatcher_config conf = {};

/* The answer of an empty slot is volatile for the same reason. */
#define SLOT(name)                                             \
	__attribute__((noinline)) int name(struct xdp_md *ctx) \
	{                                                      \
		volatile int ret = XDP_DISPATCHER_RETVAL;      \
                                                               \
		if (!ctx)                                      \
			return XDP_ABORTED;                    \
		if (ret != XDP_DISPATCHER_RETVAL)              \
			bpf_xdp_adjust_head(ctx, 0);           \
		return ret;                                    \
	}

SLOT(prog0)
SLOT(prog1)
SLOT(prog2)
SLOT(prog3)
SLOT(prog4)
SLOT(prog5)
SLOT(prog6)
SLOT(prog7)
SLOT(prog8)
SLOT(prog9)
/* What libxdp attaches a trial program to, to learn what the kernel can do. */
SLOT(compat_test)

#define CALL(number, slot)                                  \
	if (conf.num_progs_enabled <= (number))             \
		return XDP_PASS;                            \
	ret = slot(ctx);                                    \
	if (!(1U << ret & conf.chain_call_actions[number])) \
		return ret;

SEC("xdp")
int xdp_dispatcher(struct xdp_md *ctx)
{
	int ret;

	CALL(0, prog0)
	CALL(1, prog1)
	CALL(2, prog2)
	CALL(3, prog3)
	CALL(4, prog4)
	CALL(5, prog5)
	CALL(6, prog6)
	CALL(7, prog7)
	CALL(8, prog8)
	CALL(9, prog9)
	/* Never, but the trial's slot must be part of the program. */
	if (conf.num_progs_enabled <= MAX_DISPATCHER_ACTIONS)
		return XDP_PASS;
	return compat_test(ctx);
}

/* The trial program. */
SEC("xdp")
int xdp_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
__uint(dispatcher_version, XDP_DISPATCHER_VERSION) SEC(XDP_METADATA_SECTION);
