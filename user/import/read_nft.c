// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ruleset as libnftables tells it: once in JSON, to be read, and once as text, for the
 * comments. Handles say which line is which rule's. read_nft_rule.c reads a rule's expressions.
 */
#include "read_nft.h"

#include <errno.h>
#include <json-c/json.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nft.h"
#include "read_nft_parts.h"
#include "read_xt.h"

static const char *text_of(json *o, const char *key)
{
	return nft_text(nft_get(o, key));
}

static bool is_family(json *o)
{
	const char *family = text_of(o, "family");

	return !strcmp(family, "ip") || !strcmp(family, "inet");
}

static const char *table_of(struct nat_ruleset *set, json *o)
{
	return nat_ruleset_text(set, "%s %s", text_of(o, "family"), text_of(o, "table"));
}

static enum nat_hook hook_of(const char *name)
{
	static const char *const names[] = {
		[HOOK_PREROUTING] = "prerouting",
		[HOOK_INPUT] = "input",
		[HOOK_OUTPUT] = "output",
		[HOOK_POSTROUTING] = "postrouting",
	};

	for (enum nat_hook hook = HOOK_PREROUTING; hook <= HOOK_POSTROUTING; hook++)
		if (!strcmp(names[hook], name))
			return hook;
	return HOOK_NONE;
}

/* Base chains of NAT, and those that are none and may be jumped to. */
static void read_chain(struct nat_ruleset *set, json *o)
{
	enum nat_hook hook = hook_of(text_of(o, "hook"));
	struct nat_chain *chain;

	if (!is_family(o) || (*text_of(o, "hook") && strcmp(text_of(o, "type"), "nat")))
		return;
	chain = nat_ruleset_chain(set, table_of(set, o), text_of(o, "name"));
	chain->hook = hook;
	chain->priority = json_object_get_int(json_object_object_get(o, "prio"));
	chain->drops = !strcmp(text_of(o, "policy"), "drop");
}

static void add_policies(struct nat_ruleset *set)
{
	for (struct nat_chain *chain = set->chains; chain; chain = chain->next) {
		struct nat_rule *rule = chain->drops ? nat_ruleset_rule(set, chain) : NULL;

		if (!rule)
			continue;
		rule->verdict = NAT_DROP;
		rule->text = "policy drop";
	}
}

static void read_objects(struct nft_reader *reader)
{
	size_t n = json_object_array_length(reader->all);

	for (size_t i = 0; i < n; i++) {
		json *o, *is = json_object_array_get_idx(reader->all, i);

		if (json_object_object_get_ex(is, "chain", &o))
			read_chain(reader->set, o);
	}
	for (size_t i = 0; i < n; i++) {
		json *o, *is = json_object_array_get_idx(reader->all, i);
		struct nat_chain *chain;

		if (!json_object_object_get_ex(is, "rule", &o))
			continue;
		chain = nat_ruleset_find(reader->set, table_of(reader->set, o),
					 text_of(o, "chain"));
		if (chain)
			nft_read_rule(reader, chain, o);
	}
}

/* "\tchain NAME { # handle 2" */
static const char *name_in(struct nat_ruleset *set, const char *line, const char *word)
{
	const char *begin = line + strlen(word), *end;

	if (strncmp(line, word, strlen(word)))
		return NULL;
	end = strstr(begin, " {");
	return end ? nat_ruleset_text(set, "%.*s", (int)(end - begin), begin) : NULL;
}

static void set_text(struct nat_ruleset *set, struct nat_chain *chain, const char *line)
{
	const char *mark = NULL, *next = line;
	unsigned long handle;

	while ((next = strstr(next, " # handle ")))
		mark = next++;
	if (!mark)
		return;
	handle = strtoul(mark + strlen(" # handle "), NULL, 10);
	for (struct nat_rule *rule = chain->rules; rule; rule = rule->next)
		if (rule->handle == handle)
			rule->text = nat_ruleset_text(set, "%.*s", (int)(mark - line), line);
}

static void read_texts(struct nat_ruleset *set, char *listing)
{
	const char *table = "", *name;
	struct nat_chain *chain = NULL;
	char *line;

	while ((line = strsep(&listing, "\n"))) {
		if (!strncmp(line, "\t\t", 2)) {
			if (chain)
				set_text(set, chain, line + 2);
			continue;
		}
		chain = NULL;
		if ((name = name_in(set, line, "table ")))
			table = name;
		else if ((name = name_in(set, line, "\tchain ")))
			chain = nat_ruleset_find(set, table, name);
	}
}

static int read_json(struct nft_reader *reader, struct error *e)
{
	char *answer;
	int err = nft_list_ruleset(NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL, &answer, e);
	json *root;

	if (err)
		return err;
	root = json_tokener_parse(answer);
	free(answer);
	if (!json_object_object_get_ex(root, "nftables", &reader->all))
		err = error_set(e, -EBADMSG, "libnftables' JSON has no ruleset in it");
	else
		read_objects(reader);
	json_object_put(root);
	return err;
}

int read_nft(struct nat_ruleset *set, const struct import_host *host, struct error *e)
{
	struct nft_reader reader = {.set = set, .host = host};
	int err = nft_check_socket();
	char *listing;

	if (err == -EPROTONOSUPPORT)
		return 0;
	err = xt_rules_read(&reader.xt);
	if (err)
		return error_set(e, err, "the nftables rules cannot be read: %s%s", strerror(-err),
				 err == -EPERM ? "; run erxdp as root" : "");
	err = read_json(&reader, e);
	xt_rules_free(reader.xt);
	if (err)
		return err;
	err = nft_list_ruleset(NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS, &listing, e);
	if (err)
		return err;
	read_texts(set, listing);
	free(listing);
	add_policies(set);
	return 0;
}
