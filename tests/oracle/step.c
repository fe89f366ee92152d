// SPDX-License-Identifier: GPL-2.0-only
#include "step.h"

#include <stdlib.h>
#include <string.h>

enum format { NUMBER, ADDRESS };

static const struct field {
	const char *name;
	size_t offset;
	uint32_t value;
	enum format format;
} fields[] = {
#define STEP_ROW(name, value, format) {#name, offsetof(struct step, name), value, format},
	STEP_FIELDS(STEP_ROW)
#undef STEP_ROW
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

unsigned int step_fields(void)
{
	return NFIELDS;
}

uint32_t *step_field(struct step *step, unsigned int index)
{
	return (uint32_t *)((char *)step + fields[index].offset);
}

struct step step_default(void)
{
	struct step step;

	for (unsigned int i = 0; i < NFIELDS; i++)
		*step_field(&step, i) = fields[i].value;
	return step;
}

void step_print(FILE *to, const struct step *step)
{
	struct step copy = *step;
	const char *gap = "";

	for (unsigned int i = 0; i < NFIELDS; i++) {
		uint32_t value = *step_field(&copy, i);
		struct in_addr addr = {.s_addr = htonl(value)};

		/* The flow is always shown: that is what a reader follows. */
		if (value == fields[i].value && (step->idle || i < 1 || i > 6))
			continue;
		if (fields[i].format == ADDRESS)
			fprintf(to, "%s%s=%s", gap, fields[i].name, inet_ntoa(addr));
		else
			fprintf(to, "%s%s=%u", gap, fields[i].name, value);
		gap = " ";
	}
	fputc('\n', to);
}

static int parse_value(const struct field *field, const char *text, uint32_t *value)
{
	struct in_addr addr;
	char *end;

	if (field->format == ADDRESS) {
		if (inet_pton(AF_INET, text, &addr) != 1)
			return -1;
		*value = ntohl(addr.s_addr);
		return 0;
	}
	*value = strtoul(text, &end, 0);
	return *end || end == text ? -1 : 0;
}

static int parse_word(char *word, struct step *step)
{
	char *value = strchr(word, '=');

	if (!value)
		return -1;
	*value++ = '\0';
	for (unsigned int i = 0; i < NFIELDS; i++)
		if (!strcmp(word, fields[i].name))
			return parse_value(&fields[i], value, step_field(step, i));
	return -1;
}

int step_parse(const char *line, struct step *step)
{
	char copy[1024], *word, *save;
	int words = 0;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "#\n"), line);
	*step = step_default();
	for (word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (parse_word(word, step))
			return -1;
		words++;
	}
	return words > 0;
}
