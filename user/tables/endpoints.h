/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Owners of outside endpoints: the programs make them, count the sessions in them, and give an idle
 * one to the next who wants it; what nobody has wanted is removed here, with the inside endpoints
 * that lead nowhere and the permissions that are over.
 */
#ifndef ERXDP_ENDPOINTS_H
#define ERXDP_ENDPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include <erxdp/maps.h>

struct mapset;

/* True for a record without sessions that has outlived its mapping's timeout and SESSION_GRACE;
 * never for a forwarding. */
bool endpoint_outlived(const struct control *ctl, const struct endpoint *outside,
		       const struct endpoint_owner *owner, uint32_t now);

/*
 * One step of the walk, for the daemon once a second: looks at `budget` elements of each map at
 * most, and goes on from there the next time. The number removed, or a negative errno.
 */
int endpoints_expire(const struct mapset *maps, uint32_t budget);

#endif
