// SPDX-License-Identifier: GPL-2.0-only
#include "config_print.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "config.h"
#include "output.h"

#define WIDTH 98

/* The words of a list, and where the line is. */
struct list {
	FILE *out;
	size_t column;
	unsigned int n;
};

static struct list begin_list(FILE *out, const char *key)
{
	return (struct list){out, fprintf(out, "%s =", key), 0};
}

/* A list goes on in the next line, indented. */
static void put_word(struct list *list, const char *word)
{
	if (list->n++ && list->column + 1 + strlen(word) > WIDTH)
		list->column = fprintf(list->out, "\n\t%s", word) + 7;
	else
		list->column += fprintf(list->out, " %s", word);
}

static void end_list(struct list *list)
{
	fputc('\n', list->out);
}

static void print_names(FILE *out, const char *key, const char names[][IFNAMSIZ], unsigned int n)
{
	struct list list = begin_list(out, key);

	for (unsigned int i = 0; i < n; i++)
		put_word(&list, names[i]);
	end_list(&list);
}

/* Without "default": the reader wants the zeros. */
static void print_prefixes(FILE *out, const char *key, const struct config_prefix *prefix,
			   unsigned int n)
{
	struct list list = begin_list(out, key);
	char word[64];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(word, sizeof(word), prefix[i].len == 32 ? "%s" : "%s/%u",
			 text_addr(prefix[i].addr).s, prefix[i].len);
		put_word(&list, word);
	}
	end_list(&list);
}

/* Addresses that follow one another are a range. */
static void print_pool(FILE *out, const __be32 *pool, unsigned int n)
{
	struct list list = begin_list(out, "source");
	char word[64];

	for (unsigned int i = 0; i < n;) {
		unsigned int first = i;

		while (++i < n && ntohl(pool[i]) == ntohl(pool[i - 1]) + 1)
			;
		snprintf(word, sizeof(word), i - first > 1 ? "%s-%s" : "%s",
			 text_addr(pool[first]).s, text_addr(pool[i - 1]).s);
		put_word(&list, word);
	}
	end_list(&list);
}

static void print_uplink(FILE *out, const struct config_uplink *uplink)
{
	fprintf(out, "\n[uplink %s]\n", uplink->name);
	if (uplink->npool)
		print_pool(out, uplink->pool, uplink->npool);
	if (uplink->own_exempt_dst)
		print_prefixes(out, "exempt-destination", uplink->exempt_dst, uplink->nexempt_dst);
	if (uplink->own_exempt_src)
		print_prefixes(out, "exempt-source", uplink->exempt_src, uplink->nexempt_src);
}

static void print_forward(FILE *out, const struct config_forward *forward)
{
	unsigned int n = forward->last - forward->first;
	char name[64];

	fprintf(out, "%s = %s:%u", config_forward_name(forward, name), text_addr(forward->inside).s,
		forward->inside_first);
	if (n)
		fprintf(out, "-%u", forward->inside_first + n);
	fputc('\n', out);
}

void config_print(FILE *out, const struct config *config)
{
	fputs("[interfaces]\n", out);
	if (config->nuplinks)
		print_names(out, "uplink", config->uplink, config->nuplinks);
	if (config->ninside)
		print_names(out, "inside", config->inside, config->ninside);
	fputs("\n[nat]\n", out);
	print_prefixes(out, "exempt-destination", config->exempt_dst, config->nexempt_dst);
	print_prefixes(out, "exempt-source", config->exempt_src, config->nexempt_src);
	if (config->port_min != 1 || config->port_max != UINT16_MAX)
		fprintf(out, "ports = %u-%u\n", config->port_min, config->port_max);
	for (unsigned int i = 0; i < config->nuplink_sections; i++)
		print_uplink(out, &config->uplink_section[i]);
	if (config->nforwards)
		fputs("\n[forward]\n", out);
	for (unsigned int i = 0; i < config->nforwards; i++)
		print_forward(out, &config->forward[i]);
}

/* The end of the line that begins at `text`: at a blank, where there is one. */
static size_t line_length(const char *text)
{
	size_t len = strlen(text);

	if (len <= WIDTH)
		return len;
	for (len = WIDTH; len > WIDTH / 2; len--)
		if (text[len] == ' ')
			return len;
	return WIDTH;
}

void comment_print(FILE *out, const char *text)
{
	size_t indent = strspn(text, " ");

	for (text += indent; *text; text += strspn(text, " ")) {
		size_t len = line_length(text);

		fprintf(out, "# %*s", (int)indent, "");
		for (size_t i = 0; i < len; i++)
			fputc(iscntrl((unsigned char)text[i]) ? '?' : text[i], out);
		fputc('\n', out);
		text += len;
	}
}
