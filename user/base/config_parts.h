/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the configuration's reader call of one another. */
#ifndef ERXDP_CONFIG_PARTS_H
#define ERXDP_CONFIG_PARTS_H

#include <stdio.h>

#include "config.h"

/* Sections, as a bit each. */
enum section {
	SECTION_NONE = 0,
	SECTION_INTERFACES = 1 << 0,
	SECTION_NAT = 1 << 1,
	SECTION_UPLINK = 1 << 2, /* with the name of a device */
	SECTION_INSIDE = 1 << 3, /* with a prefix */
	SECTION_FORWARD = 1 << 4,
	SECTION_TIMEOUTS = 1 << 5,
};

struct parser {
	struct config config;
	const char *path;
	FILE *file;
	unsigned int line;
	bool continued; /* the line carries on the list of the key before it */
	enum section section;
	char title[64];	       /* of that section, as written between the brackets */
	unsigned int instance; /* index of the policy that it describes; 0: no section's own */
	struct config_uplink *uplink;
	/* The line in which each key was given, by policy (keys of no policy: 0) and by row of the
	 * table of keys; 0: not given. And the line of the section. */
	unsigned int given[ERXDP_MAX_POLICIES][CONFIG_MAX_KEYS];
	unsigned int begun[ERXDP_MAX_POLICIES];
	char *err;
	size_t errlen;
	bool failed;
};

struct key {
	unsigned int sections; /* enum section: where it may stand */
	const char *name;
	const char *expected;
	/* Reads one value; for a list: one item of it. */
	int (*read)(const struct key *key, void *base, const char *text);
	/* What the offsets count from: the configuration, or the section's own record. */
	enum key_base { IN_CONFIG, IN_POLICY, IN_UPLINK } base;
	size_t field; /* offset of what is read */
	size_t count; /* offset of a list's length; 0: not a list */
	uint32_t max;
};

/* config_keys.c */
extern const struct key config_keys[];
extern const unsigned int config_nkeys;
const struct key *config_find_key(enum section section, const char *name);
/* The line in which that key of that policy was given; 0: it was not. */
unsigned int config_given(const struct parser *p, unsigned int policy, const char *name);

/* config_section.c. A line that begins with "[": the section from here on. */
void config_enter_section(struct parser *p, const char *line);
/* "nat" of SECTION_NAT */
const char *config_section_name(enum section section);
int config_unknown_section(struct parser *p, const char *title);

/* config_forward.c. A line of [forward], as inih splits it, at its first ":" or "=". */
int config_read_forward(struct parser *p, const char *name, const char *value);

/* config_check.c. What follows from the whole file, and what contradicts itself in it. */
void config_finish(struct parser *p);

/* The first error wins: what follows it may be its consequence. Returns what inih calls failure. */
int config_error(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
