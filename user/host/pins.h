/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of pins: ERXDP_PIN_DIR with the maps under their own names, `progs` with the TC
 * programs and `links` with the tcx links and those of sockets.h. `links` is made first and removed
 * last: a directory without it is not erxdp's.
 */
#ifndef ERXDP_PINS_H
#define ERXDP_PINS_H

#include <erxdp/abi.h>

#define PINS_LINKS ERXDP_PIN_DIR "/links"
#define PINS_PROGS ERXDP_PIN_DIR "/progs"

struct error;

enum pins {
	PINS_NONE,
	PINS_UNFINISHED, /* of an attach that was killed before it attached anything */
	PINS_FOREIGN,	 /* somebody else's files */
	PINS_OTHER_ABI,
	PINS_OURS,
};

/* What is there. abi is set for PINS_OTHER_ABI. */
enum pins pins_look(unsigned int *abi);
/* Refuses foreign pins and another ABI, with what to do. */
int pins_check(struct error *e);
/* Checks, removes unfinished pins, and makes the directories; mounts the bpf file system where
 * there is none. */
int pins_prepare(struct error *e);
/* Removes everything in it; links that lose their last reference so detach. */
void pins_remove(void);

#endif
