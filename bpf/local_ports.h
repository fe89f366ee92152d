/* SPDX-License-Identifier: GPL-2.0-only */
/* The ports that are this host's own: sockets.bpf.c counts them, port.h leaves them alone. */
#ifndef BPF_LOCAL_PORTS_H
#define BPF_LOCAL_PORTS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <erxdp/maps.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ERXDP_LOCAL_PORTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} local_ports SEC(".maps");

#endif
