/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * erxdp's own nftables table. One rule keeps connection tracking, and with it the user's MASQUERADE
 * rules, off the packets that the TC program marked for a translation of erxdp's; another answers
 * those that it marked as refused with ICMP.
 */
#ifndef ERXDP_NFT_H
#define ERXDP_NFT_H

#include <stdbool.h>

struct error;

/* All rules as libnftables lists them, by its NFT_CTX_OUTPUT_* flags; *text is the caller's to
 * free. 0 or a negative errno with its sentence. */
int nft_list_ruleset(unsigned int flags, char **text, struct error *e);
/* Before any use of libnftables, which ends the process where it gets no socket. 0 or a negative
 * errno; -EPROTONOSUPPORT: the kernel has no nf_tables. */
int nft_check_socket(void);
/* Makes the table, or makes it anew; *answers: with the rule that answers, which needs nft_reject.
 * 0 or a negative errno with its sentence. */
int nft_table_add(unsigned int mark_shift, bool *answers, struct error *e);
/* 0 where it is, -ENOENT where it is not, or another negative errno. One question, no ruleset read.
 */
int nft_table_look(void);
/* Removes it; no table is fine too. */
int nft_table_delete(struct error *e);

#endif
