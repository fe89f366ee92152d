/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the reader of nftables' rules call of one another. */
#ifndef ERXDP_READ_NFT_PARTS_H
#define ERXDP_READ_NFT_PARTS_H

#include <json-c/json.h>

#include "read_nft_rule.h"

typedef struct json_object json;

/* What the reader of one rule works with. */
struct reader {
	struct nft_reader *of;
	struct nat_rule *rule;
	json *o;	    /* the rule */
	unsigned int parts; /* of iptables' own, so far */
};

/* NULL, and "", for whatever is not there or of another type. */
json *nft_get(json *o, const char *key);
const char *nft_text(json *o);
bool nft_is(json *o, const char *text);
/* Flags are a word, or an array of words. */
bool nft_has_word(json *flags, const char *flag);

/* read_nft_values.c: a value, range, prefix, set, or named set of that dimension. False: it is not
 * understood. */
bool nft_values(struct reader *r, enum dim dim, json *v, struct ranges *values);

#endif
