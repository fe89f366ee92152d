/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF programs of the kernel's by their names. */
#ifndef ERXDP_PROG_NAME_H
#define ERXDP_PROG_NAME_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

/* "" where there is none with that id. */
void prog_name(uint32_t id, char name[BPF_OBJ_NAME_LEN]);
bool prog_name_is_ours(const char *name);

#endif
