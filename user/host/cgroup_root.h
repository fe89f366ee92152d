/* SPDX-License-Identifier: GPL-2.0-only */
/* The place in the kernel where a program sees the sockets of all processes. */
#ifndef ERXDP_CGROUP_ROOT_H
#define ERXDP_CGROUP_ROOT_H

/* A descriptor of the root directory of the cgroup2 hierarchy (in a cgroup namespace, of its part
 * of it), wherever it is mounted and also where it is not; the caller closes it. Or a negative
 * errno. */
int cgroup_root_open(void);

#endif
