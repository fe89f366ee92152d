// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include "check.h"

void check_programs(struct check *c)
{
	check_programs_xdp(c);
	check_programs_tc(c);
}
