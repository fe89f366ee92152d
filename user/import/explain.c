// SPDX-License-Identifier: GPL-2.0-only
#include "explain.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_print.h"
#include "output.h"

typedef struct json_object json;

static const char *const fate_names[] = {
	[FATE_NONE] = "nothing",    [FATE_EXPRESSED] = "expressed", [FATE_KERNEL] = "kernel",
	[FATE_NOTHING] = "nothing", [FATE_REFUSED] = "refused",
};

static void __attribute__((format(printf, 2, 3))) comment(FILE *out, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	comment_print(out, text);
	free(text);
}

/* Chains of tables of NAT alone are told even where nothing leads to them. */
static bool is_told(const struct nat_chain *chain)
{
	return chain->forwards || chain->own || !strcmp(chain->table, "ip nat") ||
	       !strncmp(chain->table, "iptables", strlen("iptables"));
}

static void print_rule(FILE *out, const struct nat_rule *rule)
{
	if (rule->handle)
		comment(out, "  rule %u (handle %lu): %s", rule->number, rule->handle, rule->text);
	else
		comment(out, "  rule %u: %s", rule->number, rule->text);
	if (rule->fate == FATE_REFUSED) {
		comment(out, "      REFUSED: %s.", rule->why);
		comment(out, "      Remedy: %s.", rule->remedy);
	} else if (rule->fate == FATE_KERNEL) {
		comment(out, "      -> the kernel's: %s", rule->meaning);
	} else {
		comment(out, "      -> %s", rule->meaning ?: "nothing");
	}
}

static void print_chain(FILE *out, const struct nat_chain *chain)
{
	if (!chain->rules || !is_told(chain))
		return;
	fputs("#\n", out);
	comment(out, "%s, chain %s", chain->table, chain->name);
	for (const struct nat_rule *rule = chain->rules; rule; rule = rule->next)
		print_rule(out, rule);
}

static void print_notes(FILE *out, const struct import *im)
{
	if (im->notes)
		fputs("#\n", out);
	for (const struct import_note *note = im->notes; note; note = note->next)
		comment(out, "%s", note->text);
	if (im->refusals)
		fputs("#\n", out);
	for (const struct import_note *note = im->refusals; note; note = note->next) {
		comment(out, "REFUSED: %s.", note->text);
		comment(out, "Remedy: %s.", note->remedy);
	}
}

static void print_head(FILE *out, unsigned int refused)
{
	comment(out,
		"What erxdp import read on this host: links, addresses, the default route, and the "
		"NAT rules of iptables and nftables, each with what it means for forwarded "
		"packets.");
	if (refused)
		comment(out,
			"%u of them cannot be expressed (REFUSED below): with this configuration "
			"erxdp "
			"would do something else than the kernel does.",
			refused);
}

static void print_warnings(FILE *out, const struct config *config)
{
	if (config->nforwards)
		comment(out, "Inside hosts reach what [forward] has by the outside address, too.");
}

void explain_text(FILE *out, const struct import *im)
{
	print_head(out, import_refused(im));
	print_notes(out, im);
	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		print_chain(out, chain);
	fputs("#\n", out);
	print_warnings(out, im->config);
	fputc('\n', out);
	config_print(out, im->config);
}

static json *rule_json(const struct nat_rule *rule)
{
	json *o = json_object_new_object();

	json_add_string(o, "table", rule->chain->table);
	json_add_string(o, "chain", rule->chain->name);
	json_add_u64(o, "number", rule->number);
	if (rule->handle)
		json_add_u64(o, "handle", rule->handle);
	json_add_string(o, "rule", rule->text);
	json_add_string(o, "result", fate_names[rule->fate]);
	if (rule->fate == FATE_REFUSED) {
		json_add_string(o, "why", rule->why);
		json_add_string(o, "remedy", rule->remedy);
	} else {
		json_add_string(o, "meaning", rule->meaning ?: "");
	}
	return o;
}

static json *refusal_json(const struct import_note *note)
{
	json *o = json_object_new_object();

	json_add_string(o, "why", note->text);
	json_add_string(o, "remedy", note->remedy);
	return o;
}

/* The rules; and, where `refused`, again those that are, with what is refused beside. */
static json *rules_json(const struct import *im, bool refused)
{
	json *list = json_object_new_array();

	for (const struct import_note *note = im->refusals; refused && note; note = note->next)
		json_object_array_add(list, refusal_json(note));
	for (const struct nat_chain *chain = im->set.chains; chain; chain = chain->next)
		for (const struct nat_rule *rule = chain->rules; rule; rule = rule->next)
			if (is_told(chain) && (!refused || rule->fate == FATE_REFUSED))
				json_object_array_add(list, rule_json(rule));
	return list;
}

static json *notes_json(const struct import *im)
{
	json *list = json_object_new_array();

	for (const struct import_note *note = im->notes; note; note = note->next)
		json_object_array_add(list, json_object_new_string(note->text));
	return list;
}

int explain_json(const struct import *im)
{
	json *o = json_object_new_object();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out || !o) {
		json_object_put(o);
		return -ENOMEM;
	}
	config_print(out, im->config);
	fclose(out);
	json_add_bool(o, "expressed", !import_refused(im));
	json_add_string(o, "configuration", text);
	json_object_object_add(o, "rules", rules_json(im, false));
	json_object_object_add(o, "refusals", rules_json(im, true));
	json_object_object_add(o, "notes", notes_json(im));
	free(text);
	return json_print(o);
}
