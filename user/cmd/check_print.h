/* SPDX-License-Identifier: GPL-2.0-only */
/* What `erxdp check` prints. */
#ifndef ERXDP_CHECK_PRINT_H
#define ERXDP_CHECK_PRINT_H

#include <stdbool.h>

#include "config.h"
#include "plan.h"

struct check;
struct json_object;

/* No finding is an error. */
bool check_is_ready(const struct check *c);
int check_print(const struct check *c);
/* Its table of interfaces alone. */
int check_print_plan(const struct check *c);
/* How an attach will serve a port of the plan, as far as it can be told now. */
enum attach_mode check_mode_of(const struct check *c, const struct plan_port *port);
/* The caller's to drop. */
struct json_object *check_json(const struct check *c);

#endif
