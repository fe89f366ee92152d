/* SPDX-License-Identifier: GPL-2.0-only */
/* What `erxdp check` prints. */
#ifndef ERXDP_CHECK_PRINT_H
#define ERXDP_CHECK_PRINT_H

#include <stdbool.h>

struct check;
struct json_object;

/* No finding is an error. */
bool check_is_ready(const struct check *c);
int check_print(const struct check *c);
/* The caller's to drop. */
struct json_object *check_json(const struct check *c);

#endif
