/* SPDX-License-Identifier: GPL-2.0-only */
/* What leaves by one device, and what of it the rules of POSTROUTING translate; translate.c has the
 * whole. */
#ifndef ERXDP_LEAVING_H
#define ERXDP_LEAVING_H

#include "import.h"
#include "walk.h"

/* Of one device. */
struct leaving {
	struct import *im;
	unsigned int device;
	space could; /* the packets that erxdp could see leave here */
	struct walk walk;
	space translated;	   /* of those */
	struct ranges src, dst;	   /* of what is translated */
	const struct nat_rule *by; /* the translation; NULL: none */
};

/* Of describe_box(): the device is told beside it. */
#define OUT_ALREADY (1u << DIM_OIF)

const char *leaving_device(const struct leaving *l);
/* The packets that could leave by a device. Strict: any that come in by an uplink or inside
 * interface; else without those that erxdp does not get to see. */
space leaving_packets(struct import *im, unsigned int device, bool strict);
/* Sends what leaves here through the rules. */
void leaving_walk(struct leaving *l);

/* leaving_blame.c. What should be translated too, so that sources and destinations by themselves
 * say what is; and refuses the rules that are the reason of such a hole. */
space leaving_missing(struct leaving *l);
void leaving_blame(struct leaving *l, space hole);

/* leaving_config.c. Adds the uplink to the configuration. */
void leaving_config(struct leaving *l);

#endif
