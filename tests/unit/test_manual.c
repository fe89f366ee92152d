// SPDX-License-Identifier: GPL-2.0-only
/*
 * erxdp.conf(5) and the example configuration have every key that the parser knows, in each section
 * where it may stand, and no other: a key that nobody tells of is used by nobody, and one that is
 * told of and refused costs somebody's evening.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config_parts.h"

/* Policy keys are described once for the three sections where they may stand. */
#define OF_POLICY   (SECTION_NAT | SECTION_UPLINK | SECTION_INSIDE)
#define POLICY_KEYS "POLICY KEYS"

static char *page, *example;

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!f || !text || !fread(text, 1, (1 << 20) - 1, f))
		fail_msg("%s cannot be read; tests run at the top of the tree", path);
	fclose(f);
	return text;
}

static int setup(void **state)
{
	(void)state;
	page = read_file("user/erxdp.conf.5.scd");
	example = read_file("user/erxdp.conf.example");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(page);
	free(example);
	return 0;
}

/* The lines below the page's heading "## TITLE", up to the next heading; the caller's to free. */
static char *section_of_page(const char *title)
{
	char heading[80];
	const char *begin, *end;

	snprintf(heading, sizeof(heading), "\n## %s\n", title);
	begin = strstr(page, heading);
	if (!begin)
		fail_msg("the page has no section %s", title);
	begin += strlen(heading);
	end = strstr(begin, "\n#");
	return strndup(begin, end ? (size_t)(end - begin) : strlen(begin));
}

static const char *title_of(enum section section)
{
	switch (section) {
	case SECTION_UPLINK:
		return "[uplink DEVICE]";
	case SECTION_INSIDE:
		return "[inside PREFIX]";
	case SECTION_INTERFACES:
		return "[interfaces]";
	case SECTION_NAT:
		return "[nat]";
	case SECTION_FORWARD:
		return "[forward]";
	default:
		return "[timeouts]";
	}
}

/* "*key*" in a line that describes keys: it begins with one. */
static bool describes(const char *text, const char *key)
{
	char word[64];

	snprintf(word, sizeof(word), "*%s*", key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *found, *end;

		line += *line == '\n';
		end = strchr(line, '\n');
		found = *line == '*' ? strstr(line, word) : NULL;
		if (found && (!end || found < end))
			return true;
	}
	return false;
}

static bool in_section(const char *title, const char *key)
{
	char *text = section_of_page(title);
	bool found = describes(text, key);

	free(text);
	return found;
}

static void test_page_has_every_key(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < config_nkeys; i++) {
		const struct key *key = &config_keys[i];

		if (key->sections == OF_POLICY) {
			if (!in_section(POLICY_KEYS, key->name))
				fail_msg("%s: not in " POLICY_KEYS, key->name);
			continue;
		}
		for (unsigned int bit = SECTION_INTERFACES; bit <= SECTION_TIMEOUTS; bit <<= 1)
			if (key->sections & bit && !in_section(title_of(bit), key->name))
				fail_msg("%s: not in %s", key->name, title_of(bit));
	}
}

/* Keys stand before "=", before another one, or alone in their line; anything else is a sentence.
 */
static void expect_known(const char *title, unsigned int sections, const char *line)
{
	char name[64];
	int end = 0;

	while (sscanf(line, "*%63[^*]*%n", name, &end) == 1 && end) {
		line += end;
		if (*line && *line != ',' && strncmp(line, " =", 2))
			return;
		if (!config_find_key(sections, name))
			fail_msg("%s: the page has the key %s, the parser does not", title, name);
		line += strspn(line, ", ");
		end = 0;
	}
}

static void check_lines(const char *title, unsigned int sections)
{
	char *text = section_of_page(title), *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line == '*')
			expect_known(title, sections, line);
	free(text);
}

static void test_page_has_no_other(void **state)
{
	(void)state;
	for (unsigned int bit = SECTION_INTERFACES; bit <= SECTION_TIMEOUTS; bit <<= 1)
		if (bit != SECTION_FORWARD) /* whose lines are no keys */
			check_lines(title_of(bit), bit);
	check_lines(POLICY_KEYS, OF_POLICY);
}

/* "# key = value" or "# [section]", as all of the example is. */
static void test_example_has_every_key(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < config_nkeys; i++) {
		char line[80];

		snprintf(line, sizeof(line), "\n# %s =", config_keys[i].name);
		if (!strstr(example, line))
			fail_msg("%s: not in the example", config_keys[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_has_every_key),
		cmocka_unit_test(test_page_has_no_other),
		cmocka_unit_test(test_example_has_every_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
