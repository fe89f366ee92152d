/* SPDX-License-Identifier: GPL-2.0-only */
/* TC programs where the kernel has no tcx (before 6.6): as filters of the clsact qdisc. */
#ifndef ERXDP_CLSACT_H
#define ERXDP_CLSACT_H

#include <bpf/libbpf.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

struct error;

/* Makes the qdisc where there is none; *made says whether. */
int clsact_make(const char *name, unsigned int ifindex, bool *made, struct error *e);
/* Attaches the program under erxdp's own priority and handle, or keeps (replace: replaces) the one
 * that is there. *id: of the program that is attached then. */
int clsact_attach(const char *name, unsigned int ifindex, enum bpf_tc_attach_point point, int prog,
		  bool replace, uint32_t *id, struct error *e);
/* Is erxdp's filter there? */
bool clsact_is_attached(unsigned int ifindex, enum bpf_tc_attach_point point);
/* Removes erxdp's filter, and no other. 0 also where there is none. */
int clsact_detach(unsigned int ifindex, enum bpf_tc_attach_point point);
/* Asks for the filters of one side (TC_H_MIN_INGRESS, TC_H_MIN_EGRESS); `take` sees each answer. 0
 * or a negative errno. */
int clsact_filters(unsigned int ifindex, unsigned int minor, mnl_cb_t take, void *arg);
/* Removes the qdisc when it has no filters. */
int clsact_remove_empty(unsigned int ifindex);

#endif
