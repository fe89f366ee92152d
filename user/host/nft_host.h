/* SPDX-License-Identifier: GPL-2.0-only */
/* erxdp's nft table, and what the programs are told of it. */
#ifndef ERXDP_NFT_HOST_H
#define ERXDP_NFT_HOST_H

struct error;
struct host;

/* Makes the table, and sets CONTROL_ANSWER where the kernel can reject. 0 or a negative errno with
 * its sentence. */
int nft_host_add(struct host *h, struct error *e);

#endif
