// SPDX-License-Identifier: GPL-2.0-only
#include "nft_host.h"

#include <stdbool.h>

#include "host.h"
#include "nft.h"

int nft_host_add(struct host *h, struct error *e)
{
	bool answers = false;
	int err = nft_table_add(h->config.mark_shift, &answers, e);

	if (!err && answers)
		__atomic_fetch_or(&h->maps.ctl->flags, CONTROL_ANSWER, __ATOMIC_RELEASE);
	else
		__atomic_fetch_and(&h->maps.ctl->flags, ~CONTROL_ANSWER, __ATOMIC_RELEASE);
	return err;
}
