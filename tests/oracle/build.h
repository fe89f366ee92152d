/* SPDX-License-Identifier: GPL-2.0-only */
/* A step's frames: what is sent into one router. */
#ifndef ORACLE_BUILD_H
#define ORACLE_BUILD_H

#include "frame.h"
#include "step.h"

/* Is the flow's inside tuple seen outside as it is? */
bool step_is_untranslated(const struct step *step);
/* `port`: the outside port that this router gave to the flow, or the inside one. */
void build_frames(const struct step *step, uint16_t port, struct frames *frames);

/* What a router that translates makes of the step, as it leaves on the other side: from the
 * description, not from what was sent. Only of whole, undamaged packets. */
void build_expected(const struct step *step, uint16_t port, struct frame *frame);

extern const uint8_t build_router_mac[SIDES][6];
extern const uint8_t build_far_mac[SIDES][6];

#endif
