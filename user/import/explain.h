/* SPDX-License-Identifier: GPL-2.0-only */
/* What an import found, as a commented configuration or as JSON. */
#ifndef ERXDP_EXPLAIN_H
#define ERXDP_EXPLAIN_H

#include <stdio.h>

#include "import.h"

void explain_text(FILE *out, const struct import *im);
/* 0, or -EIO where nobody reads; -ENOMEM. */
int explain_json(const struct import *im);

#endif
