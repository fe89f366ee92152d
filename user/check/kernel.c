// SPDX-License-Identifier: GPL-2.0-only
/* What the programs need of the kernel, beyond its version, which preflight() asks. */
#include <bpf/libbpf.h>
#include <unistd.h>

#include "check.h"
#include "sysctl.h"

#define BTF "/sys/kernel/btf/vmlinux"
#define JIT "/proc/sys/net/core/bpf_jit_enable"

static void check_btf(struct check *c)
{
	struct finding *finding;

	if (!access(BTF, R_OK))
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "kernel-btf", "kernel");
	finding_say(finding,
		    "the kernel has no BTF (" BTF "), so XDP runs without a dispatcher, which lets "
		    "no other program stand beside it, and the port of a socket that neither "
		    "listens nor is connected may be taken for a translation");
	finding_remedy(finding, "apt install linux-image-amd64  # a kernel with "
				"CONFIG_DEBUG_INFO_BTF=y");
}

/* The compiler in the kernel; without it each instruction is interpreted. */
static void check_jit(struct check *c)
{
	struct finding *finding;
	long on;

	if (!sysctl_read(JIT, &on) || on)
		return;
	finding = finding_add(&c->found, SEVERITY_WARNING, "bpf-jit", "kernel");
	finding_say(finding, "BPF programs are interpreted, which makes them several times slower");
	finding_remedy(finding, "sysctl -w net.core.bpf_jit_enable=1");
}

/* Loads a program of two instructions of each kind, and drops it. */
static void check_program_types(struct check *c)
{
	static const struct {
		enum bpf_prog_type type;
		const char *config;
		const char *what;
	} types[] = {
		{BPF_PROG_TYPE_XDP, "CONFIG_BPF_SYSCALL", "XDP"},
		{BPF_PROG_TYPE_SCHED_CLS, "CONFIG_NET_CLS_BPF", "TC"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct finding *finding;

		if (libbpf_probe_bpf_prog_type(types[i].type, NULL))
			continue; /* there, or not to be told */
		finding = finding_add(&c->found, SEVERITY_ERROR, "kernel-bpf", "kernel");
		finding_say(finding, "the kernel takes no BPF programs of the kind %s (%s)",
			    types[i].what, types[i].config);
		finding_remedy(finding, "apt install linux-image-amd64");
	}
}

void check_kernel(struct check *c)
{
	check_program_types(c);
	check_btf(c);
	check_jit(c);
}
