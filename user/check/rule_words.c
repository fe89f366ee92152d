// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "rule_words.h"
#include "ruleset.h"

#define SEPARATORS " \t\n,:{}"

struct words words_of(const char *text)
{
	return (struct words){.at = text};
}

bool words_next(struct words *w)
{
	w->at += strspn(w->at, SEPARATORS);
	w->quoted = *w->at == '"';
	w->at += w->quoted;
	w->word = w->at;
	w->len = strcspn(w->at, w->quoted ? "\"" : SEPARATORS);
	w->at += w->len;
	w->at += w->quoted && *w->at;
	return w->len || w->quoted;
}

bool words_is(const struct words *w, const char *word)
{
	return !w->quoted && strlen(word) == w->len && !memcmp(w->word, word, w->len);
}

void words_copy(const struct words *w, char *to, size_t size)
{
	snprintf(to, size, "%.*s", (int)w->len, w->word);
}

bool words_next_jump(struct words *w, char *chain, size_t size)
{
	while (words_next(w)) {
		if (!words_is(w, "jump") && !words_is(w, "goto") && !words_is(w, "-j") &&
		    !words_is(w, "-g"))
			continue;
		if (!words_next(w))
			return false;
		words_copy(w, chain, size);
		return true;
	}
	return false;
}

static const struct {
	const char *word;
	enum rule_does does;
} verdicts[] = {
	{"drop", RULE_DROPS},	 {"reject", RULE_DROPS},  {"masquerade", RULE_MASQUERADES},
	{"snat", RULE_SNATS},	 {"dnat", RULE_DNATS},	  {"redirect", RULE_DNATS},
	{"accept", RULE_SPARES}, {"return", RULE_SPARES},
};

/* iptables' targets, as nft prints those that it cannot say in its own words; NETMAP translates
 * whole networks, whichever way. */
static const struct {
	const char *word;
	enum rule_does does;
} targets[] = {
	{"DROP", RULE_DROPS},	  {"REJECT", RULE_DROPS},  {"MASQUERADE", RULE_MASQUERADES},
	{"SNAT", RULE_SNATS},	  {"NETMAP", RULE_SNATS},  {"DNAT", RULE_DNATS},
	{"REDIRECT", RULE_DNATS}, {"ACCEPT", RULE_SPARES}, {"RETURN", RULE_SPARES},
};

static unsigned int does_target(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!strcmp(name, targets[i].word))
			return targets[i].does;
	return 0;
}

unsigned int rule_does(const char *text)
{
	struct words words = words_of(text);
	unsigned int does = 0;
	char word[64];

	while (words_next(&words)) {
		for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
			if (words_is(&words, verdicts[i].word))
				does |= verdicts[i].does;
		if (words_is(&words, "-j") || words_is(&words, "target")) {
			if (!words_next(&words))
				break;
			words_copy(&words, word, sizeof(word));
			does |= does_target(word);
		} else if (words_is(&words, "comment") || words_is(&words, "prefix")) {
			words_next(&words); /* the user's own words, quoted or not */
		}
	}
	return does;
}

static bool is_device_key(const struct words *w, bool out)
{
	if (out)
		return words_is(w, "oifname") || words_is(w, "oif") || words_is(w, "-o");
	return words_is(w, "iifname") || words_is(w, "iif") || words_is(w, "-i");
}

void rule_device(const char *text, bool out, char *name, size_t size)
{
	struct words words = words_of(text);

	*name = '\0';
	while (words_next(&words)) {
		bool negated = words_is(&words, "!");

		if (negated && !words_next(&words))
			return;
		if (!is_device_key(&words, out))
			continue;
		/* A set of devices, or a pattern, is taken for any device. */
		if (strspn(words.at, " ") && words.at[strspn(words.at, " ")] == '{')
			return;
		if (!words_next(&words) || negated || words_is(&words, "!=") ||
		    words_is(&words, "vmap") || *words.word == '@' ||
		    memchr(words.word, '*', words.len) || memchr(words.word, '+', words.len))
			return;
		words_copy(&words, name, size);
		return;
	}
}

void rule_source(const char *text, char *addr, size_t size)
{
	struct words words = words_of(text);

	*addr = '\0';
	while (words_next(&words)) {
		if (!words_is(&words, "snat") && !words_is(&words, "--to-source"))
			continue;
		while (words_next(&words) && (words_is(&words, "ip") || words_is(&words, "to")))
			;
		words_copy(&words, addr, size);
		return;
	}
}
