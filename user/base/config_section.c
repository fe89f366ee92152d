// SPDX-License-Identifier: GPL-2.0-only
/* The sections: [NAME], and [uplink DEVICE] and [inside PREFIX], which may be there many times. */
#include <stdlib.h>
#include <string.h>

#include "config_parts.h"
#include "config_values.h"

#define ALL_SECTIONS \
	"[interfaces], [nat], [uplink DEVICE], [inside PREFIX], [forward] or [timeouts]"

static const struct {
	enum section section;
	const char *name;
} sections[] = {
	{SECTION_INTERFACES, "interfaces"}, {SECTION_NAT, "nat"},
	{SECTION_UPLINK, "uplink"},	    {SECTION_INSIDE, "inside"},
	{SECTION_FORWARD, "forward"},	    {SECTION_TIMEOUTS, "timeouts"},
};

#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *config_section_name(enum section section)
{
	for (unsigned int i = 0; i < NSECTIONS; i++) {
		if (sections[i].section == section)
			return sections[i].name;
	}
	return "";
}

int config_unknown_section(struct parser *p, const char *title)
{
	if (!*title)
		return config_error(p, "expected a section first: " ALL_SECTIONS);
	return config_error(p, "[%s]: unknown section; expected " ALL_SECTIONS, title);
}

/* A policy for a section that is there for the first time; 0: there are too many. */
static unsigned int new_policy(struct parser *p)
{
	struct config *config = &p->config;

	if (config->npolicies == ERXDP_MAX_POLICIES) {
		config_error(p, "[%s]: too many sections", p->title);
		return 0;
	}
	p->begun[config->npolicies] = p->line;
	return config->npolicies++;
}

static struct config_uplink *find_uplink(struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->nuplink_sections; i++) {
		if (!strcmp(config->uplink_section[i].name, name))
			return &config->uplink_section[i];
	}
	return NULL;
}

const struct config_uplink *config_find_uplink(const struct config *config, const char *name)
{
	return find_uplink((struct config *)config, name);
}

static void enter_uplink(struct parser *p, const char *argument)
{
	struct config *config = &p->config;
	char name[IFNAMSIZ];

	if (value_device(argument, name) || !strcmp(name, CONFIG_ANY_UPLINK)) {
		config_error(p, "[%s]: expected the name of a network device, as in [uplink bond0]",
			     p->title);
		return;
	}
	p->uplink = find_uplink(config, name);
	if (!p->uplink) {
		if (config->nuplink_sections == CONFIG_MAX_UPLINKS) {
			config_error(p, "[%s]: too many sections", p->title);
			return;
		}
		p->uplink = &config->uplink_section[config->nuplink_sections++];
		strcpy(p->uplink->name, name);
		p->uplink->line = p->line;
		p->uplink->policy = new_policy(p);
	}
	p->instance = p->uplink->policy;
}

static void enter_inside(struct parser *p, const char *argument)
{
	struct config *config = &p->config;
	struct config_inside *inside = config->inside_section;
	struct config_inside *end = inside + config->ninside_sections;
	struct config_prefix prefix;

	if (value_prefix(argument, &prefix)) {
		config_error(p,
			     "[%s]: expected a prefix (bits behind the length zero), as in [inside "
			     "10.0.2.0/24]",
			     p->title);
		return;
	}
	while (inside < end &&
	       (inside->prefix.addr != prefix.addr || inside->prefix.len != prefix.len))
		inside++;
	if (inside == end) {
		unsigned int policy = new_policy(p);

		if (!policy)
			return;
		*inside = (struct config_inside){.prefix = prefix, .policy = policy};
		config->ninside_sections++;
	}
	p->instance = inside->policy;
}

/* The word before the blank, and what follows it. */
static enum section take_name(const char *title, const char **argument)
{
	size_t len = strcspn(title, " \t");

	*argument = title + len + strspn(title + len, " \t");
	for (unsigned int i = 0; i < NSECTIONS; i++) {
		if (strlen(sections[i].name) == len && !strncmp(sections[i].name, title, len))
			return sections[i].section;
	}
	return SECTION_NONE;
}

void config_enter_section(struct parser *p, const char *line)
{
	size_t len = strcspn(line + 1, "]\r\n");
	const char *argument;

	if (line[1 + len] != ']' || len >= sizeof(p->title)) {
		config_error(p, "expected [SECTION]");
		return;
	}
	memcpy(p->title, line + 1, len);
	p->title[len] = '\0';
	p->instance = 0;
	p->uplink = NULL;
	p->section = take_name(p->title, &argument);
	if (p->section == SECTION_UPLINK)
		enter_uplink(p, argument);
	else if (p->section == SECTION_INSIDE)
		enter_inside(p, argument);
	else if (p->section == SECTION_NONE || *argument)
		config_unknown_section(p, p->title);
}
