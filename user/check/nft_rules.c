// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nft.h"
#include "nft_rules.h"
#include "ruleset.h"

#define HANDLE "# handle "

static const char *string_of(struct json_object *o, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(o, key, &value) ? json_object_get_string(value) : "";
}

/* IPv4 passes both of them. False also for erxdp's own. */
static bool is_wanted(struct json_object *o, char *table, size_t size)
{
	const char *family = string_of(o, "family"), *name = string_of(o, "table");

	snprintf(table, size, "%s %s", family, name);
	return (!strcmp(family, "ip") || !strcmp(family, "inet")) && strcmp(table, "ip erxdp");
}

static int take_chain(struct ruleset *rs, struct json_object *o)
{
	struct rule_chain *chain;
	char table[300];

	if (!is_wanted(o, table, sizeof(table)))
		return 0;
	chain = ruleset_add_chain(rs, table, string_of(o, "name"));
	if (!chain)
		return -ENOMEM;
	snprintf(chain->hook, sizeof(chain->hook), "%s", string_of(o, "hook"));
	snprintf(chain->type, sizeof(chain->type), "%s", string_of(o, "type"));
	chain->drops = !strcmp(string_of(o, "policy"), "drop");
	return 0;
}

/* Verdicts of a map's elements, in the words of a rule. */
static void write_verdicts(FILE *out, struct json_object *o)
{
	struct json_object *value;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			write_verdicts(out, json_object_array_get_idx(o, i));
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	if (json_object_object_get_ex(o, "drop", &value))
		fputs(" drop", out);
	if (json_object_object_get_ex(o, "jump", &value))
		fprintf(out, " jump %s", string_of(value, "target"));
	if (json_object_object_get_ex(o, "goto", &value))
		fprintf(out, " goto %s", string_of(value, "target"));
}

/* The elements of the map that a rule takes its verdict from by name, beside its text. */
static void write_map(FILE *out, struct json_object *list, const char *table, const char *text)
{
	const char *at = strstr(text, "vmap @");
	char of[300], name[128] = "";

	if (!at || sscanf(at, "vmap @%127s", name) != 1)
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *map, *elem;

		if (!json_object_object_get_ex(json_object_array_get_idx(list, i), "map", &map) ||
		    !is_wanted(map, of, sizeof(of)) || strcmp(of, table) ||
		    strcmp(string_of(map, "name"), name) ||
		    !json_object_object_get_ex(map, "elem", &elem))
			continue;
		fprintf(out, " # @%s:", name);
		write_verdicts(out, elem);
	}
}

/* nft's text, of which one line is read after the other. */
struct listing {
	const char *at;
	char *table; /* that the line is in */
	char *text;  /* of a rule, which may take several lines */
	size_t len;
	size_t found; /* where in the JSON the rules have got to */
};

/* Appends the line to what is begun, without the indentation. */
static int listing_append(struct listing *l, const char *line, size_t n)
{
	char *more = realloc(l->text, l->len + n + 2);

	if (!more)
		return -ENOMEM;
	l->text = more;
	if (l->len)
		l->text[l->len++] = ' ';
	memcpy(l->text + l->len, line, n);
	l->len += n;
	l->text[l->len] = '\0';
	return 0;
}

/* 1: l->text has a whole rule, with its handle; 0: the text is at its end. */
static int listing_next(struct listing *l, unsigned long *handle)
{
	char table[300], family[16], *tail;

	for (l->len = 0; *l->at;) {
		size_t blank = strspn(l->at, " \t"), n = strcspn(l->at + blank, "\n");
		const char *line = l->at + blank;

		l->at = line + n + (line[n] == '\n');
		if (listing_append(l, line, n))
			return -ENOMEM;
		if (!blank && sscanf(l->text, "table %15s %280s {", family, table) == 2) {
			free(l->table);
			if (asprintf(&l->table, "%s %s", family, table) < 0)
				return l->table = NULL, -ENOMEM;
		}
		tail = strstr(l->text, " " HANDLE);
		for (char *next; tail && (next = strstr(tail + 1, " " HANDLE));)
			tail = next;
		if (tail && tail > l->text && tail[-1] != '{') {
			*handle = strtoul(tail + 1 + strlen(HANDLE), NULL, 10);
			*tail = '\0';
			return 1;
		}
		/* A long set goes on in the next line. */
		if (!n || line[n - 1] != ',')
			l->len = 0;
	}
	return 0;
}

static bool rule_is(struct json_object *entry, const char *table, unsigned long handle)
{
	struct json_object *rule, *number;
	char of[300];

	return json_object_object_get_ex(entry, "rule", &rule) &&
	       json_object_object_get_ex(rule, "handle", &number) &&
	       (unsigned long)json_object_get_int64(number) == handle &&
	       is_wanted(rule, of, sizeof(of)) && !strcmp(of, table);
}

/* Both lists are in the same order, so that it mostly is the next one behind *at. */
static struct json_object *find_rule(struct json_object *list, const char *table,
				     unsigned long handle, size_t *at)
{
	size_t n = json_object_array_length(list);
	struct json_object *rule;

	for (size_t i = 0; i < n; i++) {
		size_t here = (*at + i) % n;
		struct json_object *entry = json_object_array_get_idx(list, here);

		if (!rule_is(entry, table, handle))
			continue;
		*at = here + 1;
		json_object_object_get_ex(entry, "rule", &rule);
		return rule;
	}
	return NULL;
}

static int take_rule(struct ruleset *rs, struct json_object *list, struct listing *l,
		     unsigned long handle)
{
	struct json_object *rule = l->table ? find_rule(list, l->table, handle, &l->found) : NULL;
	char *text = NULL;
	size_t size;
	FILE *out;
	int err;

	if (!rule)
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	fputs(l->text, out);
	write_map(out, list, l->table, l->text);
	err = fclose(out) ? -ENOMEM
			  : ruleset_add_rule(rs, l->table, string_of(rule, "chain"), text);
	free(text);
	return err;
}

static int take_rules(struct ruleset *rs, struct json_object *list, const char *text)
{
	struct listing l = {.at = text};
	unsigned long handle;
	int ret;

	while ((ret = listing_next(&l, &handle)) > 0) {
		ret = take_rule(rs, list, &l, handle);
		if (ret < 0)
			break;
	}
	free(l.table);
	free(l.text);
	return ret;
}

int nft_rules_parse(struct ruleset *rs, const char *json, const char *text)
{
	struct json_object *root = json_tokener_parse(json), *list, *chain;
	int err = 0;

	if (!root || !json_object_object_get_ex(root, "nftables", &list) ||
	    !json_object_is_type(list, json_type_array)) {
		json_object_put(root);
		return -EBADMSG;
	}
	for (size_t i = 0; i < json_object_array_length(list) && !err; i++)
		if (json_object_object_get_ex(json_object_array_get_idx(list, i), "chain", &chain))
			err = take_chain(rs, chain);
	if (!err)
		err = take_rules(rs, list, text);
	json_object_put(root);
	return err;
}

/* An exported symbol of nf_tables: it says whether that is there, built in or as a module, without
 * a question to it, which would load the module. */
static bool has_nf_tables(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	bool found = false;
	char line[512];

	if (!file)
		return true; /* nothing is known, so ask */
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, " nft_register_chain_type") != NULL;
	fclose(file);
	return found;
}

int nft_rules_read(struct ruleset *rs, struct error *e)
{
	char *json = NULL, *text = NULL;
	int err;

	if (!has_nf_tables())
		return 0;
	err = nft_list_ruleset(NFT_CTX_OUTPUT_JSON, &json, e);
	if (!err)
		err = nft_list_ruleset(NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS, &text, e);
	if (!err) {
		err = nft_rules_parse(rs, json, text);
		if (err)
			error_set(e, err, "the nftables rules cannot be understood: %s",
				  strerror(-err));
	}
	free(json);
	free(text);
	return err;
}
