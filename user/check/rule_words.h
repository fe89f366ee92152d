/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule's text word by word, as nft or iptables-save writes it. */
#ifndef ERXDP_RULE_WORDS_H
#define ERXDP_RULE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
	const char *at;
	const char *word; /* the current one, not terminated; without its quotes */
	size_t len;
	bool quoted;
};

struct words words_of(const char *text);
/* False at the end. Blanks, commas, colons and braces separate: verdict maps are read too. */
bool words_next(struct words *w);
bool words_is(const struct words *w, const char *word);
void words_copy(const struct words *w, char *to, size_t size);
/* The next chain that the rule may go to: "jump X", "goto X", "-j X", "-g X" (iptables' own targets
 * look the same there and name no chain). */
bool words_next_jump(struct words *w, char *chain, size_t size);

#endif
