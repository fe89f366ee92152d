// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "error.h"
#include "host.h"
#include "interfaces.h"
#include "log.h"
#include "nft.h"
#include "nft_host.h"
#include "sockets.h"

static int mend_table(struct host *h, struct error *e)
{
	int err = nft_table_look();

	if (err != -ENOENT)
		return err ? error_set(e, err, "nftables cannot be asked: %s", strerror(-err)) : 0;
	err = nft_host_add(h, e);
	if (!err)
		log_warn("erxdp's nft table was removed by somebody; it is there again");
	return err;
}

static int mend_interfaces(struct host *h, struct error *e)
{
	int err;

	if (interfaces_intact(&h->state))
		return 0;
	err = interfaces_attach(&h->loader, &h->state, &h->plan, e);
	if (!err)
		log_warn("erxdp's TC programs were removed by somebody; they are attached again");
	return err;
}

static int mend_sockets(struct host *h, struct error *e)
{
	int err;

	if (!h->sockets || sockets_attached())
		return 0;
	err = sockets_attach(h->maps.local_port, false, e);
	if (!err)
		log_warn("erxdp's socket programs were removed by somebody; they are attached "
			 "again");
	return err;
}

int host_mend(struct host *h, struct error *e)
{
	int err = mend_table(h, e);

	if (!err)
		err = mend_interfaces(h, e);
	return err ? err : mend_sockets(h, e);
}
