/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF objects. The TC object makes the maps, or takes the pinned ones; the XDP object uses the
 * same ones by name. An adopting daemon that carries the same objects as the one before it loads
 * nothing: the TC programs are pinned too.
 */
#ifndef ERXDP_LOAD_H
#define ERXDP_LOAD_H

#include <stdbool.h>

struct bpf_map;
struct bpf_object;
struct error;
struct tc_bpf;
struct xdp_bpf;
struct xdp_program;

/* Of kernel memory, in bytes: whatever is attached, and for each session there is room for. */
#define LOADER_MEMORY_FIXED   80000000ULL
#define LOADER_MEMORY_SESSION 250ULL
static inline unsigned long long loader_memory(unsigned int sessions)
{
	return LOADER_MEMORY_FIXED + LOADER_MEMORY_SESSION * sessions;
}

struct loader {
	struct tc_bpf *tc; /* NULL where the pinned programs serve */
	struct xdp_bpf *xdp;
	struct xdp_program *xdp_prog;
	int ingress, egress;   /* the TC programs */
	char objects[17];      /* hash of all objects, the one of sockets.h too */
	bool made;	       /* the pins were made here; else they were there already */
	unsigned int sessions; /* size of the session table, where it is made here */
	bool replace;	       /* attached programs are of other objects */
};

void loader_init(struct loader *l);
/* objects: those that an earlier attach loaded, or ""; sessions: the size of the session table,
 * where it is made here. 0 or a negative errno with its sentence. */
int loader_open(struct loader *l, const char *objects, unsigned int sessions, struct error *e);
/* The XDP program, to be loaded by libxdp when it is attached first. */
int loader_get_xdp(struct loader *l, struct xdp_program **prog, struct error *e);
void loader_close(struct loader *l);
/* Before an object is loaded: it takes the pinned maps of its maps' names; what is not there yet is
 * made and pinned. 0 or a negative errno; -EPROTO: a pinned map has another shape. */
int loader_share_maps(struct bpf_object *obj, unsigned int sessions);

/* Of a map that is made for so many sessions. */
unsigned int loader_map_entries(const struct bpf_map *map, unsigned int sessions);

/* What libbpf or libxdp complained of last, as " (words)" to end a sentence with; or "". */
const char *loader_complaint(void);
void loader_quiet(void);

#endif
