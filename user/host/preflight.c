// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "error.h"
#include "preflight.h"

/* 5.15: XDP on bonds, re-attaching of programs to a second dispatcher; 5.17: bpf_loop();
 * 5.18: bpf_xdp_load_bytes(). */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 18

static const struct {
	int cap;
	const char *name;
} needed[] = {
	{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	/* Finding other programs by their ids asks for it; CAP_BPF and CAP_PERFMON are in it. */
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
};

static int check_capabilities(struct error *e)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &head, data))
		return error_set(e, -errno, "capabilities cannot be read");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!(data[CAP_TO_INDEX(needed[i].cap)].effective & CAP_TO_MASK(needed[i].cap)))
			return error_set(e, -EPERM, "%s is missing; run erxdp as root",
					 needed[i].name);
	}
	return 0;
}

static int check_kernel(struct error *e)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;

	uname(&uts);
	sscanf(uts.release, "%u.%u", &major, &minor);
	if (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))
		return 0;
	return error_set(e, -EOPNOTSUPP, "kernel %s is too old; erxdp needs %d.%d or later",
			 uts.release, KERNEL_MAJOR, KERNEL_MINOR);
}

int preflight(struct error *e)
{
	int err = check_kernel(e);

	return err ? err : check_capabilities(e);
}
